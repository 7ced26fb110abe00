package dev.ayni.server.http;

/** How a protocol writes an error. */
@FunctionalInterface
public interface ErrorShape {
    /** The JSON text of an error's body. */
    String body(ApiException error, String requestId);
}
