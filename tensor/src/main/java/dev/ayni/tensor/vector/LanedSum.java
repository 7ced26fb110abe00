package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/** Sums in sixteen lanes, whatever the width of a vector. */
final class LanedSum {
    /** Each moves the upper half of the lowest 16, 8, 4 or 2 lanes down. */
    private static final VectorShuffle<Float> DOWN_8 = VectorShuffle.iota(F, 8 % Native.WIDTH, 1, true);

    private static final VectorShuffle<Float> DOWN_4 = VectorShuffle.iota(F, 4 % Native.WIDTH, 1, true);
    private static final VectorShuffle<Float> DOWN_2 = VectorShuffle.iota(F, 2 % Native.WIDTH, 1, true);
    private static final VectorShuffle<Float> DOWN_1 = VectorShuffle.iota(F, 1, 1, true);

    private LanedSum() {}

    /**
     * The sum of products of {@code n} pairs of floats.
     *
     * @param lanes room for sixteen floats
     */
    static float product(long x, long y, int n, long lanes) {
        x &= MASK;
        y &= MASK;
        lanes &= MASK;
        int whole = n / 16;
        for (int part = 0; part < 64; part += Native.VECTOR_BYTES) {
            FloatVector acc = FloatVector.zero(F);
            for (int i = 0; i < whole; i++) {
                FloatVector a = FloatVector.fromMemorySegment(F, ALL, x + part + 64L * i, LE);
                acc = a.fma(FloatVector.fromMemorySegment(F, ALL, y + part + 64L * i, LE), acc);
            }
            acc.intoMemorySegment(ALL, lanes + part, LE);
        }
        for (int i = 0; i < n % 16; i++) {
            long at = 64L * whole + 4L * i;
            float sum = Math.fma(ALL.get(FLOAT, x + at), ALL.get(FLOAT, y + at), ALL.get(FLOAT, lanes + 4L * i));
            ALL.set(FLOAT, lanes + 4L * i, sum);
        }
        return tree(lanes);
    }

    /**
     * The sum of {@code n} floats.
     *
     * @param lanes room for sixteen floats
     */
    static float of(long x, int n, long lanes) {
        x &= MASK;
        lanes &= MASK;
        int whole = n / 16;
        for (int part = 0; part < 64; part += Native.VECTOR_BYTES) {
            FloatVector sum = FloatVector.zero(F);
            for (int i = 0; i < whole; i++) {
                sum = sum.add(FloatVector.fromMemorySegment(F, ALL, x + part + 64L * i, LE));
            }
            sum.intoMemorySegment(ALL, lanes + part, LE);
        }
        for (int i = 0; i < n % 16; i++) {
            float sum = ALL.get(FLOAT, lanes + 4L * i) + ALL.get(FLOAT, x + 64L * whole + 4L * i);
            ALL.set(FLOAT, lanes + 4L * i, sum);
        }
        return tree(lanes);
    }

    /** Adds sixteen lanes, always in the same order. */
    static float tree(long lanes) {
        lanes &= MASK;
        FloatVector sum = FloatVector.fromMemorySegment(F, ALL, lanes, LE);
        if (Native.WIDTH == 16) {
            sum = sum.add(sum.rearrange(DOWN_8));
        } else if (Native.WIDTH == 8) {
            sum = sum.add(FloatVector.fromMemorySegment(F, ALL, lanes + 32, LE));
        } else {
            FloatVector upper = FloatVector.fromMemorySegment(F, ALL, lanes + 16, LE)
                    .add(FloatVector.fromMemorySegment(F, ALL, lanes + 48, LE));
            sum = sum.add(FloatVector.fromMemorySegment(F, ALL, lanes + 32, LE)).add(upper);
        }
        if (Native.WIDTH > 4) {
            sum = sum.add(sum.rearrange(DOWN_4));
        }
        sum = sum.add(sum.rearrange(DOWN_2));
        return sum.add(sum.rearrange(DOWN_1)).lane(0);
    }
}
