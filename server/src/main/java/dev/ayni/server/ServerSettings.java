package dev.ayni.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a server listens, and what it puts up with.
 *
 * @param host the address to listen on, or a name of it
 * @param port 0: any that is free
 * @param certificate for TLS; null: plain HTTP
 * @param origins of web pages that may ask, such as {@code https://chat.example.org}; {@code *}: all of them
 * @param limits what it puts up with
 * @param content whether the log holds what was asked and answered
 */
public record ServerSettings(
        String host, int port, @Nullable Certificate certificate, Set<String> origins, Limits limits, boolean content) {
    /**
     * PEM files, as certificate authorities give them. They are read again when they change.
     *
     * @param chain the server's certificate, followed by those that vouch for it
     * @param key its private key
     * @param password that the key is encrypted with; empty: it is not
     */
    public record Certificate(Path chain, Path key, String password) {
        /** A certificate whose key is not encrypted. */
        public Certificate(Path chain, Path key) {
            this(chain, key, "");
        }

        @Override
        public String toString() {
            return "%s with the key %s".formatted(chain, key); // and nothing of the password
        }
    }

    /**
     * What a server puts up with.
     *
     * @param bodyBytes the largest body of a request
     * @param uploadBytes the largest multipart body, which is kept on disk
     * @param connections that may be open at once; more of them wait to be accepted
     * @param requests that may be under way at once; more of them are told to come back
     * @param idleMillis how long a connection may rest, a request's head may take, and a client may take in nothing of an
     *     answer
     * @param stopMillis how long answers may go on once the server is asked to stop
     */
    public record Limits(
            long bodyBytes, long uploadBytes, int connections, int requests, long idleMillis, long stopMillis) {
        /** For some hundred people. */
        public static final Limits USUAL = new Limits(
                32L << 20, 1L << 30, 8192, 2048, 60_000, Duration.ofSeconds(30).toMillis());

        public Limits {
            for (long limit : new long[] {bodyBytes, uploadBytes, connections, requests, idleMillis}) {
                if (limit <= 0) {
                    throw new IllegalArgumentException(
                            "A limit of the server is %d; it must be above 0.".formatted(limit));
                }
            }
        }
    }

    public ServerSettings {
        origins = Set.copyOf(origins);
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("The port is %d; it must be from 0 (any) to 65535.".formatted(port));
        }
    }

    /** For this machine only. */
    public static ServerSettings local(int port) {
        return new ServerSettings("127.0.0.1", port, null, Set.of(), Limits.USUAL, false);
    }

    public ServerSettings at(String otherHost, int otherPort) {
        return new ServerSettings(otherHost, otherPort, certificate, origins, limits, content);
    }

    public ServerSettings with(@Nullable Certificate other) {
        return new ServerSettings(host, port, other, origins, limits, content);
    }

    public ServerSettings withOrigins(Set<String> other) {
        return new ServerSettings(host, port, certificate, other, limits, content);
    }

    public ServerSettings with(Limits other) {
        return new ServerSettings(host, port, certificate, origins, other, content);
    }

    /** Other limits; see those of the same names. */
    public ServerSettings withLimits(long bodyBytes, int connections, int requests, long idleMillis, long stopMillis) {
        return with(new Limits(bodyBytes, limits.uploadBytes(), connections, requests, idleMillis, stopMillis));
    }

    public ServerSettings withContent(boolean other) {
        return new ServerSettings(host, port, certificate, origins, limits, other);
    }
}
