package dev.ayni.tensor.vector;

import static dev.ayni.tensor.Arithmetic.GROUP;
import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.BYTE;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.strips.NativeMemory.SHORT;
import static dev.ayni.tensor.vector.Native.B;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.I;
import static dev.ayni.tensor.vector.Native.S_HALF;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import dev.ayni.tensor.DType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** Plain floats of all types, and cached blocks of Q8_0, to and from binary32. */
final class Floats {
    private static final int HALF_BITS = 0x8fffe000;
    private static final float HALF_SCALE = 0x1p112f;

    /** Where binary16's infinity lands when its exponent is read as a number's. */
    private static final float HALF_INFINITY = 0x1p16f;

    private static final int INFINITY_BITS = 0x7f800000;

    /** Room for a group as {@link Quantization#group} leaves it: floats, shorts, four facts. */
    static final long NARROW_BYTES = 4L * GROUP + 2L * GROUP + 4 * Float.BYTES;

    private Floats() {}

    /** Widens {@code count} numbers of a plain type, or whole blocks of Q8_0. */
    static void widen(DType type, long from, int count, long to) {
        switch (type) {
            case F32 -> ALL.asSlice(to, 4L * count).copyFrom(ALL.asSlice(from, 4L * count));
            case F16 -> widenHalf(from, count, to);
            case BF16 -> widenBrain(from, count, to);
            case Q8_0 -> widenBlocks(from, count / GROUP, to);
            default -> throw new AssertionError(type + " is neither a plain type nor Q8_0");
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

    private static void widenBlocks(long from, int blocks, long to) {
        from &= MASK;
        to &= MASK;
        for (int block = 0; block < blocks; block++) {
            long at = from + (long) DType.Q8_0.blockBytes() * block;
            FloatVector scale = FloatVector.broadcast(F, Float.float16ToFloat(ALL.get(SHORT, at)));
            for (int i = 0; i < GROUP; i += B.length()) {
                ByteVector q = ByteVector.fromMemorySegment(B, ALL, at + 2 + i, LE);
                for (int part = 0; part < B.length() / Native.WIDTH; part++) {
                    ((FloatVector) q.convertShape(B2F, F, part))
                            .mul(scale)
                            .intoMemorySegment(ALL, to + 4L * (GROUP * block + i + Native.WIDTH * part), LE);
                }
            }
        }
    }

    /**
     * Stores floats in F32, F16, which rounds to nearest, ties to even, or whole blocks of Q8_0.
     *
     * @param scratch {@link #NARROW_BYTES} of room
     */
    static void narrow(DType type, long from, int count, long to, long scratch) {
        if (type == DType.F32) {
            ALL.asSlice(to, 4L * count).copyFrom(ALL.asSlice(from, 4L * count));
            return;
        }
        if (type == DType.Q8_0) {
            narrowBlocks(from, count / GROUP, to, scratch);
            return;
        }
        assert type == DType.F16 : type;
        from &= MASK;
        to &= MASK;
        for (int i = 0; i < count; i++) {
            ALL.set(SHORT, to + 2L * i, Float.floatToFloat16(ALL.get(FLOAT, from + 4L * i)));
        }
    }

    private static void narrowBlocks(long from, int blocks, long to, long scratch) {
        long pairs = scratch + 4L * GROUP;
        long facts = pairs + 2L * GROUP;
        for (int block = 0; block < blocks; block++) {
            float scale = Quantization.group(from + 4L * GROUP * block, scratch, pairs, facts, Float.BYTES);
            long at = to + (long) DType.Q8_0.blockBytes() * block;
            ALL.set(SHORT, at, Float.floatToFloat16(scale));
            for (int i = 0; i < GROUP; i++) {
                ALL.set(BYTE, at + 2 + i, (byte) ALL.get(SHORT, pairs + 2L * i));
            }
        }
    }
}
