package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import java.util.List;

/** What one call of {@link Generation#next} gave. */
public sealed interface Step {
    /** More of the prompt has been read; or half a second has gone by in which nothing else happened. */
    record Reading(int done, int total) implements Step {}

    /**
     * The next token of the prompt itself.
     *
     * @param logProbability natural logarithm of the model's probability of it; NaN for the first one
     * @param alternatives the most probable tokens, best first; empty for the first one, or where not asked for
     */
    record PromptToken(int id, double logProbability, List<Candidate> alternatives) implements Step {}

    /**
     * One more token.
     *
     * @param id perhaps an end token, of which {@link Ended} follows
     * @param logProbability natural logarithm of the model's own probability, before penalties and temperature; NaN where
     *     it was not asked for
     * @param alternatives the most probable tokens, best first; empty where not asked for
     */
    record Token(int id, double logProbability, List<Candidate> alternatives) implements Step {}

    /** No further token comes: the model ended, the limit is reached, the context is full, or the time is over. */
    record Ended(Reason reason) implements Step {}

    /** A token with its natural log-probability. */
    record Candidate(int id, double logProbability) {}
}
