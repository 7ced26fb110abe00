package dev.ayni.server.jobs;

import dev.ayni.server.access.Caller;
import dev.ayni.server.access.KeyedAccess.Used;
import java.util.List;

/** Answers a request of a batch by the same handlers as one that came over the network. */
@FunctionalInterface
public interface RequestRunner {
    /**
     * Answers one request, and waits for that. Limits are not asked and nothing is written into the ledger: whoever keeps
     * the answer does both.
     *
     * @param caller whose request it is; of lower priority than requests that somebody waits for
     * @param id names the request in logs
     * @param path such as {@code /v1/chat/completions}
     * @param body JSON
     */
    Answer run(Caller caller, String id, String path, byte[] body);

    /**
     * An answer.
     *
     * @param status of HTTP; 429 and 503 say that the request can be sent again
     * @param body JSON
     * @param retryAfterSeconds when to send it again, if so; 0: not said
     * @param used what it took
     */
    record Answer(int status, String body, long retryAfterSeconds, List<Used> used) {
        public Answer {
            used = List.copyOf(used);
        }

        /** Whether the request was not answered, because there was no room for it just now. */
        boolean later() {
            return status == 429 || status == 503;
        }
    }
}
