package dev.ayni.tensor.vector;

import static dev.ayni.tensor.vector.Native.ALL;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.FLOAT;
import static dev.ayni.tensor.vector.Native.INT;
import static dev.ayni.tensor.vector.Native.LE;
import static dev.ayni.tensor.vector.Native.MASK;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.Functions;
import dev.ayni.tensor.Workers;
import jdk.incubator.vector.FloatVector;

/** The activations of one product, quantised, in the order in which the kernels read them. */
final class Activations {
    /*
     * One token: for each group 16 pairs of shorts, 32 floats, and 128 bytes of facts: scale, sum, sum of either half, and
     * what OneToken starts its sums of biased weights with. More tokens: tiles of eight; a pair, a float or a fact stands
     * there eight times, once for each token of the tile.
     */
    /** Tokens in a tile. */
    static final int TILE = 8;

    /** The bytes of facts of a group, of one token or of a tile. */
    static final long FACTS = 128;

    /** Below this, in work of the size of a copy, other threads are not woken. */
    static final int WORTH_SHARING = 1 << 16;

    private final Scratch pairs = new Scratch();
    private final Scratch floats = new Scratch();
    private final Scratch facts = new Scratch();
    private int groups;
    private int columns;

    /** Quantises x [tokens, width] at an address. */
    void quantize(long x, int tokens, int width, Workers workers) {
        groups = width / Arithmetic.GROUP;
        columns = tokens == 1 ? 1 : TILE;
        int padded = (tokens + columns - 1) / columns * columns;
        pairs.reserve(64L * groups * padded);
        floats.reserve(128L * groups * padded);
        facts.reserve(FACTS * groups * (tokens == 1 ? 1 : padded / TILE));
        if ((long) tokens * width < WORTH_SHARING) {
            for (int token = 0; token < padded; token++) {
                column(x, tokens, token);
            }
        } else {
            workers.run(padded, token -> column(x, tokens, token));
        }
    }

    /** Where the pairs of a tile begin, or of the one token. */
    long pairs(int tile) {
        return pairs.address() + 64L * groups * columns * tile;
    }

    long floats(int tile) {
        return floats.address() + 128L * groups * columns * tile;
    }

    long facts(int tile) {
        return facts.address() + FACTS * groups * tile;
    }

    void free() {
        pairs.free();
        floats.free();
        facts.free();
    }

    private void column(long x, int tokens, int token) {
        int tile = token / columns;
        int at = 4 * (token % columns);
        if (token < tokens) {
            long row = x + 4L * groups * Arithmetic.GROUP * token;
            quantize(row, groups, 4L * columns, pairs(tile) + at, floats(tile) + at, facts(tile) + at);
            if (columns == 1) {
                starts(groups, pairs(0), facts(0));
            }
        } else {
            clear(groups, pairs(tile) + at, floats(tile) + at, facts(tile) + at);
        }
    }

    /** @param stride the bytes from a number to the next of the same token */
    private static void quantize(long x, int groups, long stride, long pairs, long floats, long facts) {
        x &= MASK;
        pairs &= MASK;
        floats &= MASK;
        facts &= MASK;
        for (int group = 0; group < groups; group++) {
            long from = x + 128L * group;
            FloatVector largest = FloatVector.zero(F);
            for (int i = 0; i < 32; i += Native.WIDTH) {
                largest = largest.max(
                        FloatVector.fromMemorySegment(F, ALL, from + 4L * i, LE).lanewise(ABS));
            }
            float m = largest.reduceLanes(MAX);
            float scale = m / 127f;
            float inverse = 127f / m;
            if (!(m <= Float.MAX_VALUE)) {
                scale = Float.NaN;
            } else if (m < 0x1p-120f) {
                scale = 0f;
            }
            boolean zeros = !(m <= Float.MAX_VALUE) || m < 0x1p-120f;
            long to = floats + 32 * stride * group;
            int sum0 = 0;
            int sum1 = 0;
            for (int k = 0; k < 16; k++) {
                float first = 0f;
                float second = 0f;
                if (!zeros) {
                    first = ALL.get(FLOAT, from + 8L * k) * inverse + Functions.ROUNDER - Functions.ROUNDER;
                    second = ALL.get(FLOAT, from + 8L * k + 4) * inverse + Functions.ROUNDER - Functions.ROUNDER;
                }
                ALL.set(FLOAT, to + 2 * stride * k, first);
                ALL.set(FLOAT, to + 2 * stride * k + stride, second);
                int low = (int) first;
                int high = (int) second;
                ALL.set(INT, pairs + 16 * stride * group + stride * k, low & 0xffff | high << 16);
                if (k < 8) {
                    sum0 += low + high;
                } else {
                    sum1 += low + high;
                }
            }
            long fact = facts + FACTS * group;
            ALL.set(FLOAT, fact, scale);
            ALL.set(FLOAT, fact + stride, scale * (sum0 + sum1));
            ALL.set(FLOAT, fact + 2 * stride, scale * sum0);
            ALL.set(FLOAT, fact + 3 * stride, scale * sum1);
        }
    }

    /**
     * What the sums of products begin with, so that weights can be read with their bias: -bias times the activations that
     * a lane sums. At 16 for a bias of 8, at 20 of 16, at 24 and 28 of 32 for either half, at 32 the sum of all times 16;
     * at 64 one word a line of bytes for a bias of 128, whose lower half is also raised by 2^15.
     */
    private static void starts(int groups, long pairs, long facts) {
        for (int group = 0; group < groups; group++) {
            long from = pairs + 64L * group;
            long to = facts + FACTS * group;
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
        }
    }

    private static int pair(int low, int high) {
        return low & 0xffff | high << 16;
    }

    /** Zeros where a tile has no token. */
    private static void clear(int groups, long pairs, long floats, long facts) {
        long stride = 4L * TILE;
        for (int i = 0; i < 32 * groups; i++) {
            ALL.set(FLOAT, floats + stride * i, 0f);
        }
        for (int i = 0; i < 16 * groups; i++) {
            ALL.set(INT, pairs + stride * i, 0);
        }
        for (int i = 0; i < 4 * groups; i++) {
            ALL.set(FLOAT, facts + stride * i, 0f);
        }
    }
}
