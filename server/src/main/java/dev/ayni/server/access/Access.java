package dev.ayni.server.access;

import dev.ayni.chat.Usage;
import dev.ayni.server.http.ApiException;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Decides who may ask, and how much; and keeps account of it. */
public interface Access {
    /**
     * Who asks.
     *
     * @param header gives a request's header by its name, whatever its case; null if there is none
     * @throws ApiException (401) if it cannot be told, or the key is unknown, revoked or expired
     */
    Caller identify(Function<String, @Nullable String> header);

    /**
     * Counts a request.
     *
     * @throws ApiException (429, with Retry-After) if the caller's limits allow no further one now
     */
    Admission admit(Caller caller, String requestId);

    /** Whether whoever reaches the server may ask, without a key. */
    default boolean open() {
        return false;
    }

    /** A request that was let in. */
    interface Admission extends AutoCloseable {
        /** What the answer says of the caller's limits: {@code x-ratelimit-...}. */
        Map<String, String> headers();

        /** Writes into the ledger what was used; called before the end of the answer is sent. May be called several times. */
        void settle(String model, Usage usage);

        /** The request is over, however it went. */
        @Override
        void close();
    }

    /** Everybody who reaches the server may ask for anything: for a server that only this machine reaches. */
    static Access local() {
        return new Access() {
            @Override
            public boolean open() {
                return true;
            }

            @Override
            public Caller identify(Function<String, @Nullable String> header) {
                return Caller.LOCAL;
            }

            @Override
            public Admission admit(Caller caller, String requestId) {
                return new Admission() {
                    @Override
                    public Map<String, String> headers() {
                        return Map.of();
                    }

                    @Override
                    public void settle(String model, Usage usage) {}

                    @Override
                    public void close() {}
                };
            }
        };
    }
}
