package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.INT;
import static dev.ayni.tensor.strips.NativeMemory.MASK;

import dev.ayni.tensor.strips.Scratch;

/** Quantised groups of 32 in the order in which the kernels read them: the first digit of activations, or the second. */
final class Digit {
    /*
     * A cell is one group of one token (one column), or of a tile of tokens. For each column it has 16 pairs of shorts and
     * 32 floats, and it has 128 bytes of facts: scale, sum, sum of either half; for one column also what OneToken starts
     * its sums of biased weights with, and the group's number. Where a cell has several columns, a pair, a float
     * or a fact stands there once for each of them, side by side.
     */
    /** The bytes of a cell's facts. */
    static final long FACTS = 128;

    /** In the facts of a cell of one column, the group's number within its segment. */
    static final int GROUP = 36;

    private final Scratch pairs = new Scratch();
    private final Scratch floats = new Scratch();
    private final Scratch facts = new Scratch();
    private int columns;

    void reserve(long cells, int columns) {
        this.columns = columns;
        pairs.reserve(64L * columns * cells);
        floats.reserve(128L * columns * cells);
        facts.reserve(FACTS * cells);
    }

    long pairs(long cell) {
        return pairs.address() + 64L * columns * cell;
    }

    long floats(long cell) {
        return floats.address() + 128L * columns * cell;
    }

    long facts(long cell) {
        return facts.address() + FACTS * cell;
    }

    void free() {
        pairs.free();
        floats.free();
        facts.free();
    }

    /** Copies a column's pairs or floats, or some of both, to its place in a cell of several columns. */
    void spread(long fromPairs, int pairCount, long fromFloats, int floatCount, long cell, int column) {
        spread(fromPairs, pairCount, pairs(cell) + 4L * column, 4L * columns);
        spread(fromFloats, floatCount, floats(cell) + 4L * column, 4L * columns);
    }

    private static void spread(long from, int count, long to, long stride) {
        from &= MASK;
        to &= MASK;
        for (int i = 0; i < count; i++) {
            ALL.set(INT, to + stride * i, ALL.get(INT, from + 4L * i));
        }
    }

    /** Zeros for a column that no token has. */
    void clear(long cell, int column) {
        for (int i = 0; i < 32; i++) {
            long at = 4L * columns * i + 4L * column;
            ALL.set(FLOAT, floats(cell) + at, 0f);
            if (i < 16) {
                ALL.set(INT, pairs(cell) + at, 0);
            }
            if (i < 4) {
                ALL.set(FLOAT, facts(cell) + at, 0f);
            }
        }
    }

    /**
     * What the sums of products of a cell of one column begin with, so that weights can be read with their bias: -bias times
     * the activations that a lane sums. At 16 for a bias of 8, at 20 of 16, at 24 and 28 of 32 for either half, at 32 the sum
     * of all times 16; at 64 one word a line of bytes for a bias of 128, whose lower half is also raised by 2^15.
     */
    void start(long cell, int group) {
        long from = pairs(cell);
        long to = facts(cell);
        int even0 = 0;
        int odd0 = 0;
        int even1 = 0;
        int odd1 = 0;
        for (int k = 0; k < 16; k += 2) {
            int pair = ALL.get(INT, from + 4L * k);
            int next = ALL.get(INT, from + 4L * k + 4);
            int even = (short) pair + (short) next;
            int odd = (pair >> 16) + (next >> 16);
            ALL.set(INT, to + 64 + 2L * k, pair(32768 - 128 * even, -128 * odd));
            if (k < 8) {
                even0 += even;
                odd0 += odd;
            } else {
                even1 += even;
                odd1 += odd;
            }
        }
        int even = even0 + even1;
        int odd = odd0 + odd1;
        ALL.set(INT, to + 16, pair(-8 * even, -8 * odd));
        ALL.set(INT, to + 20, pair(-16 * even, -16 * odd));
        ALL.set(INT, to + 24, pair(-32 * even0, -32 * odd0));
        ALL.set(INT, to + 28, pair(-32 * even1, -32 * odd1));
        ALL.set(INT, to + 32, 16 * (even + odd));
        ALL.set(INT, to + GROUP, group);
    }

    private static int pair(int low, int high) {
        return low & 0xffff | high << 16;
    }
}
