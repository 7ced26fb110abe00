package dev.ayni.engine.generation;

import dev.ayni.chat.Sampling;
import dev.ayni.engine.models.Model;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** Where guesses of a text's next tokens come from. Answers are the same with any. */
public interface Drafting {
    /** No guesses: one token a pass. */
    Drafting NONE = (sampling, seed, answer) -> (tokens, length, most) -> new int[0];

    /** From the text itself: what followed its latest tokens before. Costs nothing and pays where a text is quoted. */
    Drafting LOOKUP = (sampling, seed, answer) -> new PromptLookup();

    /** From a smaller model with the same token ids, which stays its caller's to close, after the generator. */
    static Drafting of(Model smaller) {
        Lock free = new ReentrantLock();
        return (sampling, seed, answer) -> new DraftModel(smaller, free, sampling, seed, answer);
    }

    /**
     * Guesses for one generation.
     *
     * @param answer which of several answers to the same prompt
     */
    Drafter start(Sampling sampling, long seed, int answer);
}
