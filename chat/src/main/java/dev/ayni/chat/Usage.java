package dev.ayni.chat;

/**
 * What an answer took.
 *
 * @param promptTokens tokens of the prompt
 * @param reusedTokens how many of them were still remembered from an earlier turn
 * @param answerTokens tokens drawn
 * @param contextTokens the size of the context
 * @param promptNanos time to the first token: waiting for a turn, and reading the prompt
 * @param answerNanos time from the first token to the last
 * @param queueNanos how much of {@code promptNanos} went by before any of the prompt was read
 */
public record Usage(
        int promptTokens,
        int reusedTokens,
        int answerTokens,
        int contextTokens,
        long promptNanos,
        long answerNanos,
        long queueNanos) {
    /** What an answer took that did not have to wait for its turn. */
    public Usage(
            int promptTokens,
            int reusedTokens,
            int answerTokens,
            int contextTokens,
            long promptNanos,
            long answerNanos) {
        this(promptTokens, reusedTokens, answerTokens, contextTokens, promptNanos, answerNanos, 0);
    }

    /** Tokens a second while answering; 0 when fewer than two were drawn. */
    public double answerTokensPerSecond() {
        return answerTokens < 2 || answerNanos == 0 ? 0 : (answerTokens - 1) * 1e9 / answerNanos;
    }
}
