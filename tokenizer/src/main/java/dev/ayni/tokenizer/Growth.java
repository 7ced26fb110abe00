package dev.ayni.tokenizer;

/** How much longer a text may become on its way to the tokens: a few rules that each double it would fill any memory. */
final class Growth {
    private static final int LEAST = 1 << 20;
    private static final int FOR_EACH = 32;

    private Growth() {}

    /** @throws TokenizerException if so many characters are too many for a text that had {@code before} */
    static void check(long after, int before) {
        if (after > Math.max(LEAST, (long) FOR_EACH * before)) {
            throw new TokenizerException(
                    "The normalizer makes %d characters of a text of %d, which is no change that a model was trained on. Take the tokenizer from another source."
                            .formatted(after, before));
        }
    }
}
