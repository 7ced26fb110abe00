package dev.ayni.engine.models;

import java.util.Arrays;

/**
 * The new tokens of one conversation in a batch.
 *
 * @param tokens at least one id; they follow what the cache remembers
 * @param cache the conversation's past, to which the tokens are added
 * @param wanted what to compute of which positions
 * @param room earlier rows that nobody needs any more: the first ones are overwritten by the new ones, also if the pass
 *     fails; rows that are lacking are made
 */
public record Run(int[] tokens, KvCache cache, Wanted wanted, float[][] room) {
    /** A run whose rows are all made for it. */
    public Run(int[] tokens, KvCache cache, Wanted wanted) {
        this(tokens, cache, wanted, new float[0][]);
    }

    /** What a run wants: logits, or states, which are what stands for a token after the last norm. */
    public enum Wanted {
        NONE,
        /** The logits of the last position. */
        LAST,
        /** The logits of every position. */
        ALL,
        LAST_STATE,
        ALL_STATES;

        boolean isLogits() {
            return this == LAST || this == ALL;
        }
    }

    /** The rows that the logits or states go into. */
    float[][] rowsOf(ModelSpec spec) {
        int length = wanted.isLogits() ? spec.vocabulary() : spec.width();
        float[][] rows = Arrays.copyOf(room, rows());
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] == null || rows[i].length != length) {
                rows[i] = new float[length];
            }
        }
        return rows;
    }

    /** How many rows come back. */
    int rows() {
        return switch (wanted) {
            case NONE -> 0;
            case LAST, LAST_STATE -> 1;
            case ALL, ALL_STATES -> tokens.length;
        };
    }

    @Override
    public String toString() {
        return "Run" + Arrays.toString(tokens);
    }
}
