package dev.ayni.engine.models;

import java.util.Arrays;

/**
 * The new tokens of one conversation in a batch.
 *
 * @param tokens at least one id; they follow what the cache remembers
 * @param cache the conversation's past, to which the tokens are added
 * @param wanted which positions' logits to compute
 */
public record Run(int[] tokens, KvCache cache, Wanted wanted) {
    /** Which positions' logits a run wants. */
    public enum Wanted {
        NONE,
        LAST,
        ALL
    }

    /** How many rows of logits come back. */
    int rows() {
        return switch (wanted) {
            case NONE -> 0;
            case LAST -> 1;
            case ALL -> tokens.length;
        };
    }

    @Override
    public String toString() {
        return "Run" + Arrays.toString(tokens);
    }
}
