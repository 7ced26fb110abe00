package dev.ayni.server;

import dev.ayni.chat.Usage;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of a request that is over: for the log, the measurements and the traces.
 *
 * @param trace the id of its trace, 32 hexadecimal digits; empty: it is not traced
 * @param began when it came
 * @param route the path of its route, with {@code {name}} for what varies; empty: there is none
 * @param principal who asked; empty: nobody was asked
 * @param keyId the key that was shown; empty: none
 * @param status of the answer; 499: the client left before it was whole
 * @param error what went wrong, as a word; empty: nothing
 * @param nanos from the request's head to the end of the answer
 * @param firstNanos until the first piece of an answer was sent; -1: none was
 * @param requestBytes of the body
 * @param answerBytes of the body
 * @param uses of models
 * @param decisions of the guard
 * @param question what was asked, if the log is to hold it
 * @param answer what was answered, if the log is to hold it
 */
record Answered(
        String id,
        String trace,
        Instant began,
        String method,
        String path,
        String route,
        String principal,
        String keyId,
        int status,
        String error,
        long nanos,
        long firstNanos,
        long requestBytes,
        long answerBytes,
        List<Use> uses,
        List<Decided> decisions,
        @Nullable String question,
        @Nullable String answer) {
    /** One answer of a model. */
    record Use(String model, Usage usage) {}

    /** What the guard decided about one text. */
    record Decided(Stage stage, Verdict verdict) {}

    static final int CLIENT_LEFT = 499;

    Answered {
        uses = List.copyOf(uses);
        decisions = List.copyOf(decisions);
    }

    /** Something that wants to know of every request that is over. */
    @FunctionalInterface
    interface Listener {
        void answered(Answered request);
    }
}
