package dev.ayni.engine.generation;

import dev.ayni.chat.Sampling;
import dev.ayni.engine.models.Model;

/** Where guesses of a text's next tokens come from. Answers are the same with any. */
public interface Drafting extends AutoCloseable {
    /** No guesses: one token a pass. */
    Drafting NONE = (sampling, seed, answer) -> (tokens, length, most) -> new int[0];

    /** From the text itself: what followed its latest tokens before. Costs nothing and pays where a text is quoted. */
    Drafting LOOKUP = (sampling, seed, answer) -> new PromptLookup();

    /** From a smaller model with the same token ids, which stays its caller's to close, after this. */
    static Drafting of(Model smaller) {
        ForwardQueue queue = new ForwardQueue(smaller);
        return new Drafting() {
            @Override
            public Drafter start(Sampling sampling, long seed, int answer) {
                return new DraftModel(smaller, queue, sampling, seed, answer);
            }

            @Override
            public void close() {
                queue.close();
            }
        };
    }

    /**
     * Guesses for one generation.
     *
     * @param answer which of several answers to the same prompt
     */
    Drafter start(Sampling sampling, long seed, int answer);

    @Override
    default void close() {}
}
