package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.LINE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.I;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.ayni.tensor.strips.Layout;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Unpacks the integers of one segment of a strip for products with many columns: as floats, line i of a group for value i,
 * or as pairs of shorts, line k for pair k.
 */
final class StripIntegers {
    private StripIntegers() {}

    /** @param scales where {@link StripScales} has put the strip's scales */
    static void toFloats(Layout layout, long from, int groups, long scales, long to) {
        for (int part = 0; part < LINE; part += Native.VECTOR_BYTES) {
            long source = from + part;
            long target = to + part;
            switch (layout.integers()) {
                case NIBBLES -> nibblesToFloats(source, groups, layout.bias(), target);
                case FIVES -> fivesToFloats(source, groups, layout.bias(), target);
                case SIXES -> sixesToFloats(source, groups, scales + part + StripScales.SIXTEENTHS, target);
                case BYTES -> bytesToFloats(source, groups, target);
                case SHORTS -> shortsToFloats(source, groups, target);
            }
        }
    }

    /** Whether sums of sixteen products with bytes fit 16 bits, so that {@link #toShorts} serves. */
    static boolean fitShorts(Layout layout) {
        return layout.integers() == Layout.Integers.NIBBLES
                || layout.integers() == Layout.Integers.FIVES && layout.bias() != 0;
    }

    static void toShorts(Layout layout, long from, int groups, long to) {
        for (int part = 0; part < LINE; part += Native.VECTOR_BYTES) {
            if (layout.integers() == Layout.Integers.NIBBLES) {
                nibblesToShorts(from + part, groups, layout.bias(), to + part);
            } else {
                fivesToShorts(from + part, groups, layout.bias(), to + part);
            }
        }
    }

    private static void nibblesToShorts(long from, int groups, int bias, long to) {
        from &= MASK;
        to &= MASK;
        ShortVector less = IntVector.broadcast(I, bias << 16 | bias).reinterpretAsShorts();
        for (int line = 0; line < 4 * groups; line++) {
            IntVector v = IntVector.fromMemorySegment(I, ALL, from + 64L * line, LE);
            long at = to + 256L * line;
            v.and(0x000f000f).reinterpretAsShorts().sub(less).intoMemorySegment(ALL, at, LE);
            v.lanewise(LSHR, 4).and(0x000f000f).reinterpretAsShorts().sub(less).intoMemorySegment(ALL, at + 64, LE);
            v.lanewise(LSHR, 8).and(0x000f000f).reinterpretAsShorts().sub(less).intoMemorySegment(ALL, at + 128, LE);
            v.lanewise(LSHR, 12).and(0x000f000f).reinterpretAsShorts().sub(less).intoMemorySegment(ALL, at + 192, LE);
        }
    }

    private static void fivesToShorts(long from, int groups, int bias, long to) {
        from &= MASK;
        to &= MASK;
        ShortVector less = IntVector.broadcast(I, bias << 16 | bias).reinterpretAsShorts();
        for (int group = 0; group < groups; group++) {
            IntVector high = IntVector.fromMemorySegment(I, ALL, from + 320L * group, LE);
            for (int j = 0; j < 4; j++) {
                IntVector v = IntVector.fromMemorySegment(I, ALL, from + 320L * group + 64L * j + 64, LE);
                long at = to + 1024L * group + 256L * j;
                v.and(0x000f000f)
                        .or(high.lanewise(LSHL, 4).and(0x00100010))
                        .reinterpretAsShorts()
                        .sub(less)
                        .intoMemorySegment(ALL, at, LE);
                v.lanewise(LSHR, 4)
                        .and(0x000f000f)
                        .or(high.lanewise(LSHL, 3).and(0x00100010))
                        .reinterpretAsShorts()
                        .sub(less)
                        .intoMemorySegment(ALL, at + 64, LE);
                v.lanewise(LSHR, 8)
                        .and(0x000f000f)
                        .or(high.lanewise(LSHL, 2).and(0x00100010))
                        .reinterpretAsShorts()
                        .sub(less)
                        .intoMemorySegment(ALL, at + 128, LE);
                v.lanewise(LSHR, 12)
                        .and(0x000f000f)
                        .or(high.lanewise(LSHL, 1).and(0x00100010))
                        .reinterpretAsShorts()
                        .sub(less)
                        .intoMemorySegment(ALL, at + 192, LE);
                high = high.lanewise(LSHR, 4);
            }
        }
    }

    private static void nibblesToFloats(long from, int groups, int bias, long to) {
        from &= MASK;
        to &= MASK;
        for (int line = 0; line < 4 * groups; line++) {
            IntVector v = IntVector.fromMemorySegment(I, ALL, from + 64L * line, LE);
            for (int s = 0; s < 4; s++) {
                long at = to + 512L * line + 128L * s;
                v.and(15).sub(bias).convert(I2F, 0).intoMemorySegment(ALL, at, LE);
                v.lanewise(LSHR, 16).and(15).sub(bias).convert(I2F, 0).intoMemorySegment(ALL, at + 64, LE);
                v = v.lanewise(LSHR, 4);
            }
        }
    }

    private static void fivesToFloats(long from, int groups, int bias, long to) {
        from &= MASK;
        to &= MASK;
        for (int group = 0; group < groups; group++) {
            IntVector high = IntVector.fromMemorySegment(I, ALL, from + 320L * group, LE);
            for (int k = 0; k < 16; k++) {
                IntVector v = IntVector.fromMemorySegment(I, ALL, from + 320L * group + 64L * (k >> 2) + 64, LE)
                        .lanewise(LSHR, 4 * (k & 3));
                long at = to + 2048L * group + 128L * k;
                v.and(15)
                        .or(high.lanewise(LSHL, 4).and(16))
                        .sub(bias)
                        .convert(I2F, 0)
                        .intoMemorySegment(ALL, at, LE);
                v.lanewise(LSHR, 16)
                        .and(15)
                        .or(high.lanewise(LSHR, 12).and(16))
                        .sub(bias)
                        .convert(I2F, 0)
                        .intoMemorySegment(ALL, at + 64, LE);
                high = high.lanewise(LSHR, 1);
            }
        }
    }

    private static void sixesToFloats(long from, int groups, long scales, long to) {
        from &= MASK;
        to &= MASK;
        scales &= MASK;
        for (int half = 0; half < 2 * groups; half++) {
            IntVector high = IntVector.fromMemorySegment(I, ALL, from + 192L * half, LE);
            IntVector scale = IntVector.fromMemorySegment(I, ALL, scales + 64L * half, LE);
            for (int k = 0; k < 8; k++) {
                IntVector v = IntVector.fromMemorySegment(I, ALL, from + 192L * half + 64L * (k >> 2) + 64, LE)
                        .lanewise(LSHR, 4 * (k & 3));
                long at = to + 1024L * half + 128L * k;
                v.and(15)
                        .or(high.lanewise(LSHL, 4).and(48))
                        .sub(32)
                        .mul(scale)
                        .convert(I2F, 0)
                        .intoMemorySegment(ALL, at, LE);
                v.lanewise(LSHR, 16)
                        .and(15)
                        .or(high.lanewise(LSHR, 12).and(48))
                        .sub(32)
                        .mul(scale)
                        .convert(I2F, 0)
                        .intoMemorySegment(ALL, at + 64, LE);
                high = high.lanewise(LSHR, 2);
            }
        }
    }

    private static void bytesToFloats(long from, int groups, long to) {
        from &= MASK;
        to &= MASK;
        for (int line = 0; line < 8 * groups; line++) {
            IntVector v = IntVector.fromMemorySegment(I, ALL, from + 64L * line, LE);
            long at = to + 256L * line;
            v.and(0xff).sub(128).convert(I2F, 0).intoMemorySegment(ALL, at, LE);
            v.lanewise(LSHR, 16).and(0xff).sub(128).convert(I2F, 0).intoMemorySegment(ALL, at + 64, LE);
            v.lanewise(LSHR, 8).and(0xff).sub(128).convert(I2F, 0).intoMemorySegment(ALL, at + 128, LE);
            v.lanewise(LSHR, 24).sub(128).convert(I2F, 0).intoMemorySegment(ALL, at + 192, LE);
        }
    }

    private static void shortsToFloats(long from, int groups, long to) {
        from &= MASK;
        to &= MASK;
        for (int line = 0; line < 16 * groups; line++) {
            IntVector v = IntVector.fromMemorySegment(I, ALL, from + 64L * line, LE);
            long at = to + 128L * line;
            v.lanewise(LSHL, 16).lanewise(ASHR, 16).convert(I2F, 0).intoMemorySegment(ALL, at, LE);
            v.lanewise(ASHR, 16).convert(I2F, 0).intoMemorySegment(ALL, at + 64, LE);
        }
    }
}
