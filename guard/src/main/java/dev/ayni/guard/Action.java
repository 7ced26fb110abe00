package dev.ayni.guard;

/** What is done about a text, from the mildest to the hardest: of two, the later one wins. */
public enum Action {
    ALLOW,
    /** It goes on, and a person is to look at it. */
    FLAG,
    /** It goes on with its edits made. */
    REWRITE,
    /** It does not go on. */
    BLOCK
}
