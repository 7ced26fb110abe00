package dev.ayni.server.access;

/** What a caller may do. */
public enum Role {
    /** Ask models, and see what is served. */
    USER,
    /** See measurements, load and unload models. */
    OPERATOR,
    /** All of it, keys included. */
    ADMIN
}
