package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.LINE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.I;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.ayni.tensor.strips.Layout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The scales of one segment of a strip as floats: a line for each group at fixed places, whatever the type. */
final class StripScales {
    /** Where d, the minima, and Q6_K's scales of sixteen values (as ints) stand. */
    static final long D = 0;

    static final long N0 = 2048;
    static final long N1 = 4096;
    static final long SIXTEENTHS = 6144;

    /** Room for all of it. */
    static final long BYTES = 10240;

    /** The sign of a binary16 number and its exponent and mantissa, once they stand where binary32 has them. */
    private static final int HALF_BITS = 0x8fffe000;

    /** The exponent's bias of binary32 less binary16's, as a factor; it makes subnormal numbers right as well. */
    private static final float HALF_SCALE = 0x1p112f;

    private StripScales() {}

    static void read(Layout layout, long from, int groups, long to) {
        for (int part = 0; part < LINE; part += Native.VECTOR_BYTES) {
            long source = from + part;
            long target = to + part;
            switch (layout.scales()) {
                case HALVES -> halves(source, (groups + 1) / 2, target + D);
                case HALVES_AND_MINIMA -> {
                    int lines = (groups + 1) / 2;
                    halves(source, lines, target + D);
                    halves(source + (long) LINE * lines, lines, target + N0);
                }
                case SUPER -> superBlocks(source, groups / 8, target);
                case SIXTEENTHS -> sixteenths(source, groups / 8, target);
                case FLOATS -> floats(source, groups, layout.minima().ordinal(), target);
                case TWO_FLOATS -> twoFloats(source, groups, target);
            }
        }
    }

    private static void halves(long from, int lines, long to) {
        from &= MASK;
        to &= MASK;
        for (int i = 0; i < lines; i++) {
            IntVector two = IntVector.fromMemorySegment(I, ALL, from + 64L * i, LE);
            two.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_SCALE)
                    .intoMemorySegment(ALL, to + 128L * i, LE);
            two.lanewise(ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_SCALE)
                    .intoMemorySegment(ALL, to + 128L * i + 64, LE);
        }
    }

    private static void superBlocks(long from, int blocks, long to) {
        from &= MASK;
        to &= MASK;
        for (int block = 0; block < blocks; block++) {
            IntVector two = IntVector.fromMemorySegment(I, ALL, from + 256L * block, LE);
            IntVector a = IntVector.fromMemorySegment(I, ALL, from + 256L * block + 64, LE);
            IntVector b = IntVector.fromMemorySegment(I, ALL, from + 256L * block + 128, LE);
            IntVector c = IntVector.fromMemorySegment(I, ALL, from + 256L * block + 192, LE);
            FloatVector d = two.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_SCALE);
            FloatVector minimum =
                    two.lanewise(ASHR, 3).and(HALF_BITS).reinterpretAsFloats().mul(HALF_SCALE);
            IntVector scales = a.and(0x3f3f3f3f);
            IntVector minima = b.and(0x3f3f3f3f);
            IntVector laterScales = c.and(0x0f0f0f0f).or(a.lanewise(LSHR, 2).and(0x30303030));
            IntVector laterMinima =
                    c.lanewise(LSHR, 4).and(0x0f0f0f0f).or(b.lanewise(LSHR, 2).and(0x30303030));
            for (int i = 0; i < 4; i++) {
                long at = to + 512L * block + 64L * i;
                d.mul((FloatVector) scales.and(0xff).convert(I2F, 0)).intoMemorySegment(ALL, at + D, LE);
                d.mul((FloatVector) laterScales.and(0xff).convert(I2F, 0)).intoMemorySegment(ALL, at + D + 256, LE);
                minimum.mul((FloatVector) minima.and(0xff).convert(I2F, 0))
                        .neg()
                        .intoMemorySegment(ALL, at + N0, LE);
                minimum.mul((FloatVector) laterMinima.and(0xff).convert(I2F, 0))
                        .neg()
                        .intoMemorySegment(ALL, at + N0 + 256, LE);
                scales = scales.lanewise(LSHR, 8);
                laterScales = laterScales.lanewise(LSHR, 8);
                minima = minima.lanewise(LSHR, 8);
                laterMinima = laterMinima.lanewise(LSHR, 8);
            }
        }
    }

    private static void sixteenths(long from, int blocks, long to) {
        from &= MASK;
        to &= MASK;
        for (int word = 0; word < 4 * blocks; word++) {
            IntVector four = IntVector.fromMemorySegment(I, ALL, from + 64L * word, LE);
            long at = to + SIXTEENTHS + 256L * word;
            four.lanewise(LSHL, 24).lanewise(ASHR, 24).intoMemorySegment(ALL, at, LE);
            four.lanewise(LSHL, 16).lanewise(ASHR, 24).intoMemorySegment(ALL, at + 64, LE);
            four.lanewise(LSHL, 8).lanewise(ASHR, 24).intoMemorySegment(ALL, at + 128, LE);
            four.lanewise(ASHR, 24).intoMemorySegment(ALL, at + 192, LE);
        }
        long halves = from + 256L * blocks;
        for (int block = 0; block < blocks; block++) {
            IntVector two = IntVector.fromMemorySegment(I, ALL, halves + 64L * (block >> 1), LE);
            FloatVector d = two.lanewise(LSHL, 16 - 16 * (block & 1))
                    .lanewise(ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_SCALE);
            for (int i = 0; i < 8; i++) {
                d.intoMemorySegment(ALL, to + D + 512L * block + 64L * i, LE);
            }
        }
    }

    /** Scales of halves: d of the first, in the place of a minimum that of the second; each integer counts once. */
    private static void twoFloats(long from, int groups, long to) {
        floats(from, groups, 1, to);
        to &= MASK;
        for (int half = 0; half < 2 * groups; half++) {
            IntVector.broadcast(I, 1).intoMemorySegment(ALL, to + SIXTEENTHS + 64L * half, LE);
        }
    }

    private static void floats(long from, int groups, int minima, long to) {
        from &= MASK;
        to &= MASK;
        for (int i = 0; i < groups; i++) {
            long at = from + 64L * (1 + minima) * i;
            FloatVector.fromMemorySegment(F, ALL, at, LE).intoMemorySegment(ALL, to + D + 64L * i, LE);
            if (minima > 0) {
                FloatVector.fromMemorySegment(F, ALL, at + 64, LE).intoMemorySegment(ALL, to + N0 + 64L * i, LE);
            }
            if (minima > 1) {
                FloatVector.fromMemorySegment(F, ALL, at + 128, LE).intoMemorySegment(ALL, to + N1 + 64L * i, LE);
            }
        }
    }
}
