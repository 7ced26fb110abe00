package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.INT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.I;
import static dev.ayni.tensor.vector.Native.S_HALF;
import static dev.ayni.tensor.vector.Native.WIDTH;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.Functions;
import dev.ayni.tensor.Workers;
import dev.ayni.tensor.strips.Scratch;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The activations of one product, quantised, in the order in which the kernels read them. */
final class Activations {
    /*
     * Few tokens, each by itself: for each group 16 pairs of shorts, 32 floats, and 128 bytes of facts: scale, sum, sum of either half, and
     * what OneToken starts its sums of biased weights with. More tokens: tiles of eight; a pair, a float or a fact stands
     * there eight times, once for each token of the tile.
     */
    /** Tokens in a tile. */
    static final int TILE = 8;

    /** So many tokens, two digits of one among them, are computed one by one: a strip's weights stay in the cache. */
    static final int FEW = 3;

    /** The bytes of facts of a group, of one token or of a tile. */
    static final long FACTS = 128;

    private static final int ROUNDER_BITS = Float.floatToRawIntBits(Functions.ROUNDER);

    /** Below this, in work of the size of a copy, other threads are not woken. */
    static final int WORTH_SHARING = 1 << 16;

    private final Scratch pairs = new Scratch();
    private final Scratch floats = new Scratch();
    private final Scratch facts = new Scratch();
    private final Scratch room = new Scratch();
    private int groups;
    private int columns;
    private boolean asPairs;
    private boolean asFloats;

    /**
     * Quantises x [tokens, width] at an address.
     *
     * @param asPairs whether the kernels for many tokens will read pairs of shorts; likewise floats
     */
    void quantize(long x, int tokens, int width, boolean asPairs, boolean asFloats, Workers workers) {
        this.asPairs = asPairs;
        this.asFloats = asFloats;
        groups = width / Arithmetic.GROUP;
        columns = tokens <= FEW ? 1 : TILE;
        int padded = (tokens + columns - 1) / columns * columns;
        pairs.reserve(64L * groups * padded);
        floats.reserve(128L * groups * padded);
        facts.reserve(FACTS * groups * (padded / columns));
        room.reserve(192L * padded);
        if ((long) tokens * width < WORTH_SHARING) {
            for (int token = 0; token < padded; token++) {
                column(x, tokens, token);
            }
        } else {
            workers.run(padded, token -> column(x, tokens, token));
        }
    }

    /** Where the pairs of a tile begin, or of one of few tokens. */
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
        room.free();
    }

    private void column(long x, int tokens, int token) {
        int tile = token / columns;
        int at = 4 * (token % columns);
        if (token >= tokens) {
            clear(groups, pairs(tile) + at, floats(tile) + at, facts(tile) + at);
            return;
        }
        long row = x + 4L * groups * Arithmetic.GROUP * token;
        if (columns == 1) {
            for (int group = 0; group < groups; group++) {
                quantize(row, group, floats(tile) + 128L * group, pairs(tile) + 64L * group, 4, facts(tile));
            }
            starts(groups, pairs(tile), facts(tile));
            return;
        }
        long numbers = room.address() + 192L * token;
        long stride = 4L * TILE;
        for (int group = 0; group < groups; group++) {
            quantize(row, group, numbers, numbers + 128, stride, facts(tile) + at);
            if (asFloats) {
                spread(numbers, 32, floats(tile) + at + 32 * stride * group);
            }
            if (asPairs) {
                spread(numbers + 128, 16, pairs(tile) + at + 16 * stride * group);
            }
        }
    }

    /**
     * Quantises one group.
     *
     * @param x the row; the group's 32 floats and 16 pairs go to {@code floats} and {@code pairs}
     * @param stride the bytes from a fact to the next
     */
    private static void quantize(long x, int group, long floats, long pairs, long stride, long facts) {
        x = x + 128L * group & MASK;
        floats &= MASK;
        pairs &= MASK;
        // as integers, sizes of floats have the same order, and what is not finite is the largest
        IntVector largest = IntVector.zero(I);
        for (int i = 0; i < 32; i += WIDTH) {
            largest = largest.max(
                    IntVector.fromMemorySegment(I, ALL, x + 4L * i, LE).and(Integer.MAX_VALUE));
        }
        float m = Float.intBitsToFloat(largest.reduceLanes(MAX));
        long fact = facts + FACTS * group;
        if (!(m <= Float.MAX_VALUE) || m < 0x1p-120f) {
            zeros(floats, pairs, fact, stride, m <= Float.MAX_VALUE ? 0f : Float.NaN);
            return;
        }
        float scale = m / 127f;
        float inverse = 127f / m;
        IntVector sum0 = IntVector.zero(I);
        IntVector sum1 = sum0;
        for (int i = 0; i < 16; i += WIDTH) {
            IntVector q = FloatVector.fromMemorySegment(F, ALL, x + 4L * i, LE)
                    .mul(inverse)
                    .add(Functions.ROUNDER)
                    .reinterpretAsInts()
                    .sub(ROUNDER_BITS);
            q.convert(I2F, 0).intoMemorySegment(ALL, floats + 4L * i, LE);
            q.convertShape(I2S, S_HALF, 0).intoMemorySegment(ALL, pairs + 2L * i, LE);
            sum0 = sum0.add(q);
            q = FloatVector.fromMemorySegment(F, ALL, x + 64 + 4L * i, LE)
                    .mul(inverse)
                    .add(Functions.ROUNDER)
                    .reinterpretAsInts()
                    .sub(ROUNDER_BITS);
            q.convert(I2F, 0).intoMemorySegment(ALL, floats + 64 + 4L * i, LE);
            q.convertShape(I2S, S_HALF, 0).intoMemorySegment(ALL, pairs + 32 + 2L * i, LE);
            sum1 = sum1.add(q);
        }
        int first = sum0.reduceLanes(ADD);
        int second = sum1.reduceLanes(ADD);
        ALL.set(FLOAT, fact, scale);
        ALL.set(FLOAT, fact + stride, scale * (first + second));
        ALL.set(FLOAT, fact + 2 * stride, scale * first);
        ALL.set(FLOAT, fact + 3 * stride, scale * second);
    }

    private static void zeros(long floats, long pairs, long fact, long stride, float scale) {
        ALL.asSlice(floats, 128).fill((byte) 0);
        ALL.asSlice(pairs, 64).fill((byte) 0);
        for (int i = 0; i < 4; i++) {
            ALL.set(FLOAT, fact + i * stride, scale);
        }
    }

    /** Copies words to their places in a tile. */
    private static void spread(long from, int count, long to) {
        from &= MASK;
        to &= MASK;
        for (int i = 0; i < count; i++) {
            ALL.set(INT, to + 4L * TILE * i, ALL.get(INT, from + 4L * i));
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
