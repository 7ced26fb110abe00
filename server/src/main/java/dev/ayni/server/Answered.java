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
 * @param kind what was answered
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
public record Answered(
        String id,
        Kind kind,
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
    /** What was answered. */
    public enum Kind {
        /** A request over HTTP, whose client waited. */
        REQUEST,
        /** What a request over HTTP asked to be done after its answer, in the background. */
        BACKGROUND,
        /** A request of a batch. */
        BATCH
    }

    /** One answer of a model. */
    public record Use(String model, Usage usage) {}

    /** What the guard decided about one text. */
    public record Decided(Stage stage, Verdict verdict) {}

    /** The status of what nobody waited for. */
    static final int CLIENT_LEFT = 499;

    public Answered {
        uses = List.copyOf(uses);
        decisions = List.copyOf(decisions);
    }

    /** Something that wants to know of every request that is over. */
    @FunctionalInterface
    public interface Listener {
        void answered(Answered request);
    }
}
