package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.INT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.I;
import static dev.ayni.tensor.vector.Native.S;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * One segment of products of two vectors of rows with some tokens of a tile: the heart of prefill. The sums of a group are
 * exact integers, kept in 16-bit lanes where sixteen products fit them, else in floats.
 */
final class TokenTile {
    /*
     * Written out, not folded into helpers: what C2 does not inline it would allocate, vector by vector. But in several
     * methods, because C1 gives up on one that is too large, and a method that C1 cannot compile never gets to C2.
     */
    private TokenTile() {}

    /** Cuts a number of accumulators, so that the compiler sees that no bound can be crossed. */
    private static final int SLOTS = 0xff_ffff;

    /** The bytes of the accumulators of a full tile. */
    static final long BYTES = 128L * Activations.TILE;

    /**
     * Adds a segment's groups to the accumulators.
     *
     * @param first weights of the first vector of rows, as {@link StripIntegers#toShorts} unpacks them
     * @param firstScales what {@link StripScales} made of its scales
     * @param x activations of the tile from the segment on; likewise facts
     * @param columns 4 or 8
     * @param sums room for as much as the accumulators
     * @param slots the number of each column's accumulators
     * @param acc for each number a line for the first and one for the second vector
     */
    static void shorts(
            long first,
            long second,
            long firstScales,
            long secondScales,
            int minima,
            long x,
            long facts,
            int groups,
            int columns,
            long sums,
            long slots,
            long acc) {
        for (int group = 0; group < groups; group++) {
            if (columns == 4) {
                shorts4(first, second, x, group, sums);
            } else {
                shorts8(first, second, x, group, sums);
            }
            addShorts(
                    firstScales + 64L * group,
                    secondScales + 64L * group,
                    facts + 128L * group,
                    columns,
                    sums,
                    slots,
                    acc);
            if (minima > 0) {
                addMinima(
                        firstScales + 64L * group,
                        secondScales + 64L * group,
                        minima,
                        facts + 128L * group,
                        columns,
                        slots,
                        acc);
            }
        }
    }

    /**
     * As {@link #shorts}, with weights as {@link StripIntegers#toFloats} unpacks them.
     *
     * @param two whether the halves of a group have a scale each, the second one in the place of a minimum
     */
    static void floats(
            long first,
            long second,
            long firstScales,
            long secondScales,
            boolean two,
            int minima,
            long x,
            long facts,
            int groups,
            int columns,
            long sums,
            long slots,
            long acc) {
        for (int group = 0; group < groups; group++) {
            long scales = 64L * group;
            for (int part = 0; part < 2; part++) {
                int from = two && part == 1 ? 16 : 0;
                int to = two && part == 0 ? 16 : 32;
                if (columns == 4) {
                    floats4(first, second, x, group, from, to, sums);
                } else {
                    floats8(first, second, x, group, from, to, sums);
                }
                long d = scales + (from == 0 ? StripScales.D : StripScales.N0);
                addFloats(firstScales + d, secondScales + d, facts + 128L * group, columns, sums, slots, acc);
                if (!two) {
                    break;
                }
            }
            if (minima > 0) {
                addMinima(
                        firstScales + scales, secondScales + scales, minima, facts + 128L * group, columns, slots, acc);
            }
        }
    }

    /** The sums of one group with four tokens. */
    private static void shorts4(long first, long second, long x, int group, long sums) {
        first = first + 1024L * group & MASK;
        second = second + 1024L * group & MASK;
        x = x + 512L * group & MASK;
        sums &= MASK;
        ShortVector a00 = ShortVector.zero(S);
        ShortVector a01 = ShortVector.zero(S);
        ShortVector a02 = ShortVector.zero(S);
        ShortVector a03 = ShortVector.zero(S);
        ShortVector a10 = ShortVector.zero(S);
        ShortVector a11 = ShortVector.zero(S);
        ShortVector a12 = ShortVector.zero(S);
        ShortVector a13 = ShortVector.zero(S);
        for (int k = 0; k < 16; k++) {
            long from = x + 32L * k;
            ShortVector v0 = ShortVector.fromMemorySegment(S, ALL, first + 64L * k, LE);
            ShortVector v1 = ShortVector.fromMemorySegment(S, ALL, second + 64L * k, LE);
            ShortVector y = IntVector.broadcast(I, ALL.get(INT, from)).reinterpretAsShorts();
            a00 = a00.add(v0.mul(y));
            a10 = a10.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 4)).reinterpretAsShorts();
            a01 = a01.add(v0.mul(y));
            a11 = a11.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 8)).reinterpretAsShorts();
            a02 = a02.add(v0.mul(y));
            a12 = a12.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 12)).reinterpretAsShorts();
            a03 = a03.add(v0.mul(y));
            a13 = a13.add(v1.mul(y));
        }
        a00.intoMemorySegment(ALL, sums, LE);
        a10.intoMemorySegment(ALL, sums + 64, LE);
        a01.intoMemorySegment(ALL, sums + 128, LE);
        a11.intoMemorySegment(ALL, sums + 192, LE);
        a02.intoMemorySegment(ALL, sums + 256, LE);
        a12.intoMemorySegment(ALL, sums + 320, LE);
        a03.intoMemorySegment(ALL, sums + 384, LE);
        a13.intoMemorySegment(ALL, sums + 448, LE);
    }

    /** The sums of one group with eight tokens. */
    private static void shorts8(long first, long second, long x, int group, long sums) {
        first = first + 1024L * group & MASK;
        second = second + 1024L * group & MASK;
        x = x + 512L * group & MASK;
        sums &= MASK;
        ShortVector a00 = ShortVector.zero(S);
        ShortVector a01 = ShortVector.zero(S);
        ShortVector a02 = ShortVector.zero(S);
        ShortVector a03 = ShortVector.zero(S);
        ShortVector a04 = ShortVector.zero(S);
        ShortVector a05 = ShortVector.zero(S);
        ShortVector a06 = ShortVector.zero(S);
        ShortVector a07 = ShortVector.zero(S);
        ShortVector a10 = ShortVector.zero(S);
        ShortVector a11 = ShortVector.zero(S);
        ShortVector a12 = ShortVector.zero(S);
        ShortVector a13 = ShortVector.zero(S);
        ShortVector a14 = ShortVector.zero(S);
        ShortVector a15 = ShortVector.zero(S);
        ShortVector a16 = ShortVector.zero(S);
        ShortVector a17 = ShortVector.zero(S);
        for (int k = 0; k < 16; k++) {
            long from = x + 32L * k;
            ShortVector v0 = ShortVector.fromMemorySegment(S, ALL, first + 64L * k, LE);
            ShortVector v1 = ShortVector.fromMemorySegment(S, ALL, second + 64L * k, LE);
            ShortVector y = IntVector.broadcast(I, ALL.get(INT, from)).reinterpretAsShorts();
            a00 = a00.add(v0.mul(y));
            a10 = a10.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 4)).reinterpretAsShorts();
            a01 = a01.add(v0.mul(y));
            a11 = a11.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 8)).reinterpretAsShorts();
            a02 = a02.add(v0.mul(y));
            a12 = a12.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 12)).reinterpretAsShorts();
            a03 = a03.add(v0.mul(y));
            a13 = a13.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 16)).reinterpretAsShorts();
            a04 = a04.add(v0.mul(y));
            a14 = a14.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 20)).reinterpretAsShorts();
            a05 = a05.add(v0.mul(y));
            a15 = a15.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 24)).reinterpretAsShorts();
            a06 = a06.add(v0.mul(y));
            a16 = a16.add(v1.mul(y));
            y = IntVector.broadcast(I, ALL.get(INT, from + 28)).reinterpretAsShorts();
            a07 = a07.add(v0.mul(y));
            a17 = a17.add(v1.mul(y));
        }
        a00.intoMemorySegment(ALL, sums, LE);
        a10.intoMemorySegment(ALL, sums + 64, LE);
        a01.intoMemorySegment(ALL, sums + 128, LE);
        a11.intoMemorySegment(ALL, sums + 192, LE);
        a02.intoMemorySegment(ALL, sums + 256, LE);
        a12.intoMemorySegment(ALL, sums + 320, LE);
        a03.intoMemorySegment(ALL, sums + 384, LE);
        a13.intoMemorySegment(ALL, sums + 448, LE);
        a04.intoMemorySegment(ALL, sums + 512, LE);
        a14.intoMemorySegment(ALL, sums + 576, LE);
        a05.intoMemorySegment(ALL, sums + 640, LE);
        a15.intoMemorySegment(ALL, sums + 704, LE);
        a06.intoMemorySegment(ALL, sums + 768, LE);
        a16.intoMemorySegment(ALL, sums + 832, LE);
        a07.intoMemorySegment(ALL, sums + 896, LE);
        a17.intoMemorySegment(ALL, sums + 960, LE);
    }

    /** The sums of values {@code start} to {@code end - 1} of one group with four tokens. */
    private static void floats4(long first, long second, long x, int group, int start, int end, long sums) {
        first = first + 2048L * group & MASK;
        second = second + 2048L * group & MASK;
        x = x + 1024L * group & MASK;
        sums &= MASK;
        FloatVector a00 = FloatVector.zero(F);
        FloatVector a01 = FloatVector.zero(F);
        FloatVector a02 = FloatVector.zero(F);
        FloatVector a03 = FloatVector.zero(F);
        FloatVector a10 = FloatVector.zero(F);
        FloatVector a11 = FloatVector.zero(F);
        FloatVector a12 = FloatVector.zero(F);
        FloatVector a13 = FloatVector.zero(F);
        for (int k = start; k < end; k++) {
            long from = x + 32L * k;
            FloatVector v0 = FloatVector.fromMemorySegment(F, ALL, first + 64L * k, LE);
            FloatVector v1 = FloatVector.fromMemorySegment(F, ALL, second + 64L * k, LE);
            FloatVector y = FloatVector.broadcast(F, ALL.get(FLOAT, from));
            a00 = v0.fma(y, a00);
            a10 = v1.fma(y, a10);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 4));
            a01 = v0.fma(y, a01);
            a11 = v1.fma(y, a11);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 8));
            a02 = v0.fma(y, a02);
            a12 = v1.fma(y, a12);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 12));
            a03 = v0.fma(y, a03);
            a13 = v1.fma(y, a13);
        }
        a00.intoMemorySegment(ALL, sums, LE);
        a10.intoMemorySegment(ALL, sums + 64, LE);
        a01.intoMemorySegment(ALL, sums + 128, LE);
        a11.intoMemorySegment(ALL, sums + 192, LE);
        a02.intoMemorySegment(ALL, sums + 256, LE);
        a12.intoMemorySegment(ALL, sums + 320, LE);
        a03.intoMemorySegment(ALL, sums + 384, LE);
        a13.intoMemorySegment(ALL, sums + 448, LE);
    }

    /** The sums of values {@code start} to {@code end - 1} of one group with eight tokens. */
    private static void floats8(long first, long second, long x, int group, int start, int end, long sums) {
        first = first + 2048L * group & MASK;
        second = second + 2048L * group & MASK;
        x = x + 1024L * group & MASK;
        sums &= MASK;
        FloatVector a00 = FloatVector.zero(F);
        FloatVector a01 = FloatVector.zero(F);
        FloatVector a02 = FloatVector.zero(F);
        FloatVector a03 = FloatVector.zero(F);
        FloatVector a04 = FloatVector.zero(F);
        FloatVector a05 = FloatVector.zero(F);
        FloatVector a06 = FloatVector.zero(F);
        FloatVector a07 = FloatVector.zero(F);
        FloatVector a10 = FloatVector.zero(F);
        FloatVector a11 = FloatVector.zero(F);
        FloatVector a12 = FloatVector.zero(F);
        FloatVector a13 = FloatVector.zero(F);
        FloatVector a14 = FloatVector.zero(F);
        FloatVector a15 = FloatVector.zero(F);
        FloatVector a16 = FloatVector.zero(F);
        FloatVector a17 = FloatVector.zero(F);
        for (int k = start; k < end; k++) {
            long from = x + 32L * k;
            FloatVector v0 = FloatVector.fromMemorySegment(F, ALL, first + 64L * k, LE);
            FloatVector v1 = FloatVector.fromMemorySegment(F, ALL, second + 64L * k, LE);
            FloatVector y = FloatVector.broadcast(F, ALL.get(FLOAT, from));
            a00 = v0.fma(y, a00);
            a10 = v1.fma(y, a10);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 4));
            a01 = v0.fma(y, a01);
            a11 = v1.fma(y, a11);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 8));
            a02 = v0.fma(y, a02);
            a12 = v1.fma(y, a12);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 12));
            a03 = v0.fma(y, a03);
            a13 = v1.fma(y, a13);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 16));
            a04 = v0.fma(y, a04);
            a14 = v1.fma(y, a14);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 20));
            a05 = v0.fma(y, a05);
            a15 = v1.fma(y, a15);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 24));
            a06 = v0.fma(y, a06);
            a16 = v1.fma(y, a16);
            y = FloatVector.broadcast(F, ALL.get(FLOAT, from + 28));
            a07 = v0.fma(y, a07);
            a17 = v1.fma(y, a17);
        }
        a00.intoMemorySegment(ALL, sums, LE);
        a10.intoMemorySegment(ALL, sums + 64, LE);
        a01.intoMemorySegment(ALL, sums + 128, LE);
        a11.intoMemorySegment(ALL, sums + 192, LE);
        a02.intoMemorySegment(ALL, sums + 256, LE);
        a12.intoMemorySegment(ALL, sums + 320, LE);
        a03.intoMemorySegment(ALL, sums + 384, LE);
        a13.intoMemorySegment(ALL, sums + 448, LE);
        a04.intoMemorySegment(ALL, sums + 512, LE);
        a14.intoMemorySegment(ALL, sums + 576, LE);
        a05.intoMemorySegment(ALL, sums + 640, LE);
        a15.intoMemorySegment(ALL, sums + 704, LE);
        a06.intoMemorySegment(ALL, sums + 768, LE);
        a16.intoMemorySegment(ALL, sums + 832, LE);
        a07.intoMemorySegment(ALL, sums + 896, LE);
        a17.intoMemorySegment(ALL, sums + 960, LE);
    }

    /** The step of the chain: sums in pairs of shorts. */
    private static void addShorts(
            long firstScales, long secondScales, long facts, int columns, long sums, long slots, long acc) {
        facts &= MASK;
        sums &= MASK;
        slots &= MASK;
        acc &= MASK;
        FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, firstScales, LE);
        FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, secondScales, LE);
        for (int c = 0; c < columns; c++) {
            long at = acc + 128L * (ALL.get(INT, slots + 4L * c) & SLOTS);
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, facts + 4L * c));
            IntVector i = IntVector.fromMemorySegment(I, ALL, sums + 128L * c, LE);
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0))
                    .fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, at, LE))
                    .intoMemorySegment(ALL, at, LE);
            i = IntVector.fromMemorySegment(I, ALL, sums + 128L * c + 64, LE);
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0))
                    .fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, at + 64, LE))
                    .intoMemorySegment(ALL, at + 64, LE);
        }
    }

    /** The step of the chain: sums in floats. */
    private static void addFloats(
            long firstScales, long secondScales, long facts, int columns, long sums, long slots, long acc) {
        facts &= MASK;
        sums &= MASK;
        slots &= MASK;
        acc &= MASK;
        FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, firstScales, LE);
        FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, secondScales, LE);
        for (int c = 0; c < columns; c++) {
            long at = acc + 128L * (ALL.get(INT, slots + 4L * c) & SLOTS);
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, facts + 4L * c));
            FloatVector.fromMemorySegment(F, ALL, sums + 128L * c, LE)
                    .fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, at, LE))
                    .intoMemorySegment(ALL, at, LE);
            FloatVector.fromMemorySegment(F, ALL, sums + 128L * c + 64, LE)
                    .fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, at + 64, LE))
                    .intoMemorySegment(ALL, at + 64, LE);
        }
    }

    /** The step of the chain for one or two minima a group. */
    private static void addMinima(
            long firstScales, long secondScales, int minima, long facts, int columns, long slots, long acc) {
        slots &= MASK;
        acc &= MASK;
        for (int i = 0; i < minima; i++) {
            long n = i == 0 ? StripScales.N0 : StripScales.N1;
            long sums = facts + 32L * (minima + i) & MASK;
            FloatVector n0 = FloatVector.fromMemorySegment(F, ALL, firstScales + n, LE);
            FloatVector n1 = FloatVector.fromMemorySegment(F, ALL, secondScales + n, LE);
            for (int c = 0; c < columns; c++) {
                long at = acc + 128L * (ALL.get(INT, slots + 4L * c) & SLOTS);
                FloatVector sum = FloatVector.broadcast(F, ALL.get(FLOAT, sums + 4L * c));
                n0.fma(sum, FloatVector.fromMemorySegment(F, ALL, at, LE)).intoMemorySegment(ALL, at, LE);
                n1.fma(sum, FloatVector.fromMemorySegment(F, ALL, at + 64, LE)).intoMemorySegment(ALL, at + 64, LE);
            }
        }
    }
}
