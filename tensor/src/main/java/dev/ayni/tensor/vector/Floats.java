package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.strips.NativeMemory.SHORT;
import static dev.ayni.tensor.vector.Native.I;
import static dev.ayni.tensor.vector.Native.S_HALF;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.ayni.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** Plain floats of all types to and from binary32. */
final class Floats {
    private static final int HALF_BITS = 0x8fffe000;
    private static final float HALF_SCALE = 0x1p112f;

    /** Where binary16's infinity lands when its exponent is read as a number's. */
    private static final float HALF_INFINITY = 0x1p16f;

    private static final int INFINITY_BITS = 0x7f800000;

    private Floats() {}

    /** Widens {@code count} numbers of a plain type. */
    static void widen(DType type, long from, int count, long to) {
        switch (type) {
            case F32 -> ALL.asSlice(to, 4L * count).copyFrom(ALL.asSlice(from, 4L * count));
            case F16 -> widenHalf(from, count, to);
            case BF16 -> widenBrain(from, count, to);
            default -> throw new AssertionError(type + " is not a plain type");
        }
    }

    private static void widenHalf(long from, int count, long to) {
        from &= MASK;
        to &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            ShortVector half = ShortVector.fromMemorySegment(S_HALF, ALL, from + 2L * Native.WIDTH * i, LE);
            IntVector bits = (IntVector) half.convertShape(S2I, I, 0);
            FloatVector wide =
                    bits.lanewise(LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(HALF_SCALE);
            IntVector result = wide.reinterpretAsInts();
            result = result.blend(
                    result.or(INFINITY_BITS),
                    wide.lanewise(ABS).compare(GE, HALF_INFINITY).cast(I));
            result.intoMemorySegment(ALL, to + (long) Native.VECTOR_BYTES * i, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, to + 4L * i, Float.float16ToFloat(ALL.get(SHORT, from + 2L * i)));
        }
    }

    private static void widenBrain(long from, int count, long to) {
        from &= MASK;
        to &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            ShortVector half = ShortVector.fromMemorySegment(S_HALF, ALL, from + 2L * Native.WIDTH * i, LE);
            IntVector bits = (IntVector) half.convertShape(S2I, I, 0);
            bits.lanewise(LSHL, 16).intoMemorySegment(ALL, to + (long) Native.VECTOR_BYTES * i, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, to + 4L * i, Float.intBitsToFloat(ALL.get(SHORT, from + 2L * i) << 16));
        }
    }

    /** Stores floats in F32 or F16, the latter rounded to nearest, ties to even. */
    static void narrow(DType type, long from, int count, long to) {
        if (type == DType.F32) {
            ALL.asSlice(to, 4L * count).copyFrom(ALL.asSlice(from, 4L * count));
            return;
        }
        assert type == DType.F16 : type;
        from &= MASK;
        to &= MASK;
        for (int i = 0; i < count; i++) {
            ALL.set(SHORT, to + 2L * i, Float.floatToFloat16(ALL.get(FLOAT, from + 4L * i)));
        }
    }
}
