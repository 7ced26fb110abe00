package dev.ayni.engine.generation;

/**
 * Guesses how a text goes on, so that the model can check several tokens in one pass (speculative decoding: Leviathan,
 * Kalman, Matias 2023). Guesses change how long an answer takes, never what it says.
 */
public interface Drafter extends AutoCloseable {
    /**
     * The tokens that may follow.
     *
     * @param tokens the text so far; what stands behind {@code length} does not count
     * @param most how many guesses are wanted at most
     * @return as many as it has a guess for; perhaps none
     */
    int[] draft(int[] tokens, int length, int most);

    @Override
    default void close() {}
}
