package dev.ayni.engine.models;

import java.util.Arrays;

/**
 * The new tokens of one conversation in a batch.
 *
 * @param tokens at least one id; they follow what the cache remembers
 * @param cache the conversation's past, to which the tokens are added
 * @param wanted which positions' logits to compute
 * @param room rows of earlier logits, [V] each, that nobody needs any more: the first ones are overwritten by the new ones,
 *     also if the pass fails; rows that are lacking are made
 */
public record Run(int[] tokens, KvCache cache, Wanted wanted, float[][] room) {
    /** A run whose rows of logits are all made for it. */
    public Run(int[] tokens, KvCache cache, Wanted wanted) {
        this(tokens, cache, wanted, new float[0][]);
    }

    /** Which positions' logits a run wants. */
    public enum Wanted {
        NONE,
        LAST,
        ALL
    }

    /** The rows that the logits go into. */
    float[][] rowsOf(int vocabulary) {
        float[][] rows = Arrays.copyOf(room, rows());
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] == null || rows[i].length != vocabulary) {
                rows[i] = new float[vocabulary];
            }
        }
        return rows;
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
