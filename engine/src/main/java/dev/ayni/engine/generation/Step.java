package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import java.util.List;

/** What one call of {@link Generation#next} gave. */
public sealed interface Step {
    /** More of the prompt has been read, but not all of it. */
    record Reading(int done, int total) implements Step {}

    /**
     * One more token.
     *
     * @param id perhaps an end token, of which {@link Ended} follows
     * @param logProbability natural logarithm of the model's own probability, before penalties and temperature; NaN where
     *     it was not asked for
     * @param alternatives the most probable tokens, best first; empty where not asked for
     */
    record Token(int id, double logProbability, List<Candidate> alternatives) implements Step {}

    /** No further token comes: the model ended, the limit is reached, or the context is full. */
    record Ended(Reason reason) implements Step {}

    /** A token with its natural log-probability. */
    record Candidate(int id, double logProbability) {}
}
