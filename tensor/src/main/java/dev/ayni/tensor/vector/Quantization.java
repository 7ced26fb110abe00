package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
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
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Section 3's quantised activations, a group of 32 at a time. */
final class Quantization {
    /*
     * No vector lives from one round of a loop to the next: depending on when such a loop is compiled, C2 may leave it on
     * the heap.
     */
    private static final int ROUNDER_BITS = Float.floatToRawIntBits(Functions.ROUNDER);

    private Quantization() {}

    /**
     * Quantises the 32 floats at x.
     *
     * @param floats where the integers go as floats; likewise as 16 pairs of shorts
     * @param fact where the scale, the sum, and the sums of either half go, {@code stride} bytes apart
     * @return the scale
     */
    static float group(long x, long floats, long pairs, long fact, long stride) {
        x &= MASK;
        floats &= MASK;
        pairs &= MASK;
        // as integers, sizes of floats have the same order, and what is not finite is the largest
        int largest = 0;
        for (int i = 0; i < 32; i += WIDTH) {
            int size = IntVector.fromMemorySegment(I, ALL, x + 4L * i, LE)
                    .and(Integer.MAX_VALUE)
                    .reduceLanes(MAX);
            largest = Math.max(largest, size);
        }
        float m = Float.intBitsToFloat(largest);
        if (!(m <= Float.MAX_VALUE) || m < 0x1p-120f) {
            float scale = m <= Float.MAX_VALUE ? 0f : Float.NaN;
            ALL.asSlice(floats, 128).fill((byte) 0);
            ALL.asSlice(pairs, 64).fill((byte) 0);
            facts(fact, stride, scale, 0, 0);
            return scale;
        }
        float scale = m / 127f;
        float inverse = 127f / m;
        int first = 0;
        int second = 0;
        for (int i = 0; i < 16; i += WIDTH) {
            IntVector q = FloatVector.fromMemorySegment(F, ALL, x + 4L * i, LE)
                    .mul(inverse)
                    .add(Functions.ROUNDER)
                    .reinterpretAsInts()
                    .sub(ROUNDER_BITS);
            q.convert(I2F, 0).intoMemorySegment(ALL, floats + 4L * i, LE);
            q.convertShape(I2S, S_HALF, 0).intoMemorySegment(ALL, pairs + 2L * i, LE);
            first += q.reduceLanes(ADD);
            q = FloatVector.fromMemorySegment(F, ALL, x + 64 + 4L * i, LE)
                    .mul(inverse)
                    .add(Functions.ROUNDER)
                    .reinterpretAsInts()
                    .sub(ROUNDER_BITS);
            q.convert(I2F, 0).intoMemorySegment(ALL, floats + 64 + 4L * i, LE);
            q.convertShape(I2S, S_HALF, 0).intoMemorySegment(ALL, pairs + 32 + 2L * i, LE);
            second += q.reduceLanes(ADD);
        }
        facts(fact, stride, scale, first, second);
        return scale;
    }

    private static void facts(long to, long stride, float scale, int first, int second) {
        ALL.set(FLOAT, to, scale);
        ALL.set(FLOAT, to + stride, scale * (first + second));
        ALL.set(FLOAT, to + 2 * stride, scale * first);
        ALL.set(FLOAT, to + 3 * stride, scale * second);
    }

    /** What quantising has left of the 32 floats at x; their integers stand at {@code floats}. */
    static void rest(long x, long floats, float scale, long to) {
        x &= MASK;
        floats &= MASK;
        to &= MASK;
        FloatVector less = FloatVector.broadcast(F, -scale);
        for (int i = 0; i < 32; i += WIDTH) {
            FloatVector.fromMemorySegment(F, ALL, floats + 4L * i, LE)
                    .fma(less, FloatVector.fromMemorySegment(F, ALL, x + 4L * i, LE))
                    .intoMemorySegment(ALL, to + 4L * i, LE);
        }
    }

    /**
     * Beyond this, a scale's square makes its group loud.
     *
     * @param scales those of the row
     * @param lanes room for sixteen floats
     */
    static float loudBound(long scales, int groups, long lanes) {
        return Arithmetic.LOUD * (LanedSum.product(scales, scales, groups, lanes) / groups);
    }
}
