package dev.ayni.server.http;

/** Answers requests. May be called by several threads at once, each of which may wait as long as it needs. */
@FunctionalInterface
public interface Handler {
    /** @throws ApiException what is to be answered instead */
    void handle(Exchange exchange);
}
