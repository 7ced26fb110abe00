package dev.ayni.tensor.vector;

import static dev.ayni.tensor.vector.Native.ALL;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.FLOAT;
import static dev.ayni.tensor.vector.Native.I;
import static dev.ayni.tensor.vector.Native.INT;
import static dev.ayni.tensor.vector.Native.LE;
import static dev.ayni.tensor.vector.Native.LINE;
import static dev.ayni.tensor.vector.Native.MASK;
import static dev.ayni.tensor.vector.Native.S;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.ayni.tensor.BlockFormat.Minima;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** One segment of a strip times one token, read where the weights lie: the heart of decoding. */
final class OneToken {
    /*
     * Weights are read with their bias, never negative. What it adds to a sum is taken away in the sum's first value, which
     * Activations.starts has prepared; 16-bit lanes may overflow on the way, because the true sum fits.
     */
    private OneToken() {}

    /**
     * @param integers the segment's integers
     * @param scales what {@link StripScales} made of its scales
     * @param pairs the token's activations from the segment on; likewise floats and facts
     * @param acc sixteen results
     */
    static void multiply(
            Layout layout, long integers, long scales, long pairs, long floats, long facts, int groups, long acc) {
        int minima = layout.minima().ordinal();
        for (int part = 0; part < LINE; part += Native.VECTOR_BYTES) {
            long from = integers + part;
            long scale = scales + part;
            long to = acc + part;
            switch (layout.integers()) {
                case NIBBLES -> nibbles(from, scale, layout.bias() == 0 ? 0 : -1, minima, pairs, facts, groups, to);
                case FIVES -> fives(from, scale, layout.bias() == 0 ? -1 : 0, minima, pairs, facts, groups, to);
                case SIXES -> sixes(from, scale, pairs, facts, groups, to);
                case BYTES -> bytes(from, scale, minima, pairs, facts, groups, to);
                case SHORTS -> shorts(from, scale, minima, floats, facts, groups, to);
            }
        }
        assert layout.minima() != Minima.HALF || layout.scales() == Layout.Scales.FLOATS : layout;
    }

    private static void nibbles(
            long from, long scales, int biased, int minima, long pairs, long facts, int groups, long to) {
        from &= MASK;
        scales &= MASK;
        pairs &= MASK;
        facts &= MASK;
        FloatVector acc = FloatVector.zero(F);
        for (int group = 0; group < groups; group++) {
            long x = pairs + 64L * group;
            long fact = facts + 128L * group;
            ShortVector a =
                    IntVector.broadcast(I, ALL.get(INT, fact + 16) & biased).reinterpretAsShorts();
            ShortVector b = ShortVector.zero(S);
            for (int j = 0; j < 4; j++) {
                IntVector v = IntVector.fromMemorySegment(I, ALL, from + 256L * group + 64L * j, LE);
                ShortVector y =
                        IntVector.broadcast(I, ALL.get(INT, x + 16L * j)).reinterpretAsShorts();
                a = a.add(v.and(0x000f000f).reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 16L * j + 4)).reinterpretAsShorts();
                b = b.add(v.lanewise(LSHR, 4)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 16L * j + 8)).reinterpretAsShorts();
                a = a.add(v.lanewise(LSHR, 8)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 16L * j + 12)).reinterpretAsShorts();
                b = b.add(v.lanewise(LSHR, 12)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
            }
            IntVector i = a.add(b).reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            long at = scales + 64L * group;
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, at, LE);
            acc = ((FloatVector) i.convert(I2F, 0)).fma(d.mul(ALL.get(FLOAT, fact)), acc);
            if (minima == 1) {
                FloatVector n = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N0, LE);
                acc = n.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4)), acc);
            }
        }
        acc.intoMemorySegment(ALL, to, LE);
    }

    private static void fives(
            long from, long scales, int unbiased, int minima, long pairs, long facts, int groups, long to) {
        from &= MASK;
        scales &= MASK;
        pairs &= MASK;
        facts &= MASK;
        FloatVector acc = FloatVector.zero(F);
        for (int group = 0; group < groups; group++) {
            long x = pairs + 64L * group;
            long fact = facts + 128L * group;
            IntVector high = IntVector.fromMemorySegment(I, ALL, from + 320L * group, LE);
            ShortVector a = IntVector.broadcast(I, ALL.get(INT, fact + 20)).reinterpretAsShorts();
            ShortVector b = ShortVector.zero(S);
            for (int j = 0; j < 4; j++) {
                IntVector v = IntVector.fromMemorySegment(I, ALL, from + 320L * group + 64L * j + 64, LE);
                ShortVector y =
                        IntVector.broadcast(I, ALL.get(INT, x + 16L * j)).reinterpretAsShorts();
                IntVector w = v.and(0x000f000f).or(high.lanewise(LSHL, 4).and(0x00100010));
                a = a.add(w.reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 16L * j + 4)).reinterpretAsShorts();
                w = v.lanewise(LSHR, 4)
                        .and(0x000f000f)
                        .or(high.lanewise(LSHL, 3).and(0x00100010));
                b = b.add(w.reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 16L * j + 8)).reinterpretAsShorts();
                w = v.lanewise(LSHR, 8)
                        .and(0x000f000f)
                        .or(high.lanewise(LSHL, 2).and(0x00100010));
                a = a.add(w.reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 16L * j + 12)).reinterpretAsShorts();
                w = v.lanewise(LSHR, 12)
                        .and(0x000f000f)
                        .or(high.lanewise(LSHL, 1).and(0x00100010));
                b = b.add(w.reinterpretAsShorts().mul(y));
                high = high.lanewise(LSHR, 4);
            }
            IntVector i = a.add(b).reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            i = i.add(ALL.get(INT, fact + 32) & unbiased);
            long at = scales + 64L * group;
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, at, LE);
            acc = ((FloatVector) i.convert(I2F, 0)).fma(d.mul(ALL.get(FLOAT, fact)), acc);
            if (minima == 1) {
                FloatVector n = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N0, LE);
                acc = n.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4)), acc);
            }
        }
        acc.intoMemorySegment(ALL, to, LE);
    }

    private static void sixes(long from, long scales, long pairs, long facts, int groups, long to) {
        from &= MASK;
        scales &= MASK;
        pairs &= MASK;
        facts &= MASK;
        FloatVector acc = FloatVector.zero(F);
        for (int group = 0; group < groups; group++) {
            long fact = facts + 128L * group;
            IntVector sum = IntVector.zero(I);
            for (int half = 0; half < 2; half++) {
                long at = from + 384L * group + 192L * half;
                ShortVector a = IntVector.broadcast(I, ALL.get(INT, fact + 24 + 4L * half))
                        .reinterpretAsShorts();
                ShortVector b = ShortVector.zero(S);
                IntVector high = IntVector.fromMemorySegment(I, ALL, at, LE);
                for (int j = 0; j < 2; j++) {
                    long x = pairs + 64L * group + 32L * half + 16L * j;
                    IntVector v = IntVector.fromMemorySegment(I, ALL, at + 64 + 64L * j, LE);
                    ShortVector y = IntVector.broadcast(I, ALL.get(INT, x)).reinterpretAsShorts();
                    IntVector w = v.and(0x000f000f).or(high.lanewise(LSHL, 4).and(0x00300030));
                    a = a.add(w.reinterpretAsShorts().mul(y));
                    y = IntVector.broadcast(I, ALL.get(INT, x + 4)).reinterpretAsShorts();
                    w = v.lanewise(LSHR, 4)
                            .and(0x000f000f)
                            .or(high.lanewise(LSHL, 2).and(0x00300030));
                    b = b.add(w.reinterpretAsShorts().mul(y));
                    y = IntVector.broadcast(I, ALL.get(INT, x + 8)).reinterpretAsShorts();
                    w = v.lanewise(LSHR, 8).and(0x000f000f).or(high.and(0x00300030));
                    a = a.add(w.reinterpretAsShorts().mul(y));
                    y = IntVector.broadcast(I, ALL.get(INT, x + 12)).reinterpretAsShorts();
                    w = v.lanewise(LSHR, 12)
                            .and(0x000f000f)
                            .or(high.lanewise(LSHR, 2).and(0x00300030));
                    b = b.add(w.reinterpretAsShorts().mul(y));
                    high = high.lanewise(LSHR, 8);
                }
                IntVector i = a.add(b).reinterpretAsInts();
                i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
                IntVector scale = IntVector.fromMemorySegment(
                        I, ALL, scales + StripScales.SIXTEENTHS + 128L * group + 64L * half, LE);
                sum = sum.add(i.mul(scale));
            }
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, scales + 64L * group, LE);
            acc = ((FloatVector) sum.convert(I2F, 0)).fma(d.mul(ALL.get(FLOAT, fact)), acc);
        }
        acc.intoMemorySegment(ALL, to, LE);
    }

    private static void bytes(long from, long scales, int minima, long pairs, long facts, int groups, long to) {
        from &= MASK;
        scales &= MASK;
        pairs &= MASK;
        facts &= MASK;
        FloatVector acc = FloatVector.zero(F);
        for (int group = 0; group < groups; group++) {
            long x = pairs + 64L * group;
            long fact = facts + 128L * group;
            // A word of products is high * 2^16 + low + 2^15, the last so that its lower half is never negative. Words
            // are
            // added whole; what their upper halves come to is added beside, and so both can be told apart in the end.
            IntVector words = IntVector.zero(I);
            IntVector highs = IntVector.zero(I);
            for (int j = 0; j < 8; j++) {
                IntVector v = IntVector.fromMemorySegment(I, ALL, from + 512L * group + 64L * j, LE);
                ShortVector y = IntVector.broadcast(I, ALL.get(INT, x + 8L * j)).reinterpretAsShorts();
                ShortVector z =
                        IntVector.broadcast(I, ALL.get(INT, x + 8L * j + 4)).reinterpretAsShorts();
                ShortVector start =
                        IntVector.broadcast(I, ALL.get(INT, fact + 64 + 4L * j)).reinterpretAsShorts();
                IntVector word = v.and(0x00ff00ff)
                        .reinterpretAsShorts()
                        .mul(y)
                        .add(start)
                        .add(v.lanewise(LSHR, 8)
                                .and(0x00ff00ff)
                                .reinterpretAsShorts()
                                .mul(z))
                        .reinterpretAsInts();
                words = words.add(word);
                highs = highs.add(word.lanewise(ASHR, 16));
            }
            IntVector sum = words.sub(highs.lanewise(LSHL, 16)).sub(8 << 15).add(highs);
            long at = scales + 64L * group;
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, at, LE);
            acc = ((FloatVector) sum.convert(I2F, 0)).fma(d.mul(ALL.get(FLOAT, fact)), acc);
            if (minima == 1) {
                FloatVector n = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N0, LE);
                acc = n.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4)), acc);
            } else if (minima == 2) {
                FloatVector n0 = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N0, LE);
                acc = n0.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 8)), acc);
                FloatVector n1 = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N1, LE);
                acc = n1.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 12)), acc);
            }
        }
        acc.intoMemorySegment(ALL, to, LE);
    }

    private static void shorts(long from, long scales, int minima, long floats, long facts, int groups, long to) {
        from &= MASK;
        scales &= MASK;
        floats &= MASK;
        facts &= MASK;
        FloatVector acc = FloatVector.zero(F);
        for (int group = 0; group < groups; group++) {
            long fact = facts + 128L * group;
            FloatVector a = FloatVector.zero(F);
            FloatVector b = FloatVector.zero(F);
            for (int k = 0; k < 16; k++) {
                IntVector v = IntVector.fromMemorySegment(I, ALL, from + 1024L * group + 64L * k, LE);
                long x = floats + 128L * group + 8L * k;
                FloatVector low =
                        (FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convert(I2F, 0);
                a = low.fma(FloatVector.broadcast(F, ALL.get(FLOAT, x)), a);
                FloatVector high = (FloatVector) v.lanewise(ASHR, 16).convert(I2F, 0);
                b = high.fma(FloatVector.broadcast(F, ALL.get(FLOAT, x + 4)), b);
            }
            long at = scales + 64L * group;
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, at, LE);
            acc = a.add(b).fma(d.mul(ALL.get(FLOAT, fact)), acc);
            if (minima == 1) {
                FloatVector n = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N0, LE);
                acc = n.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4)), acc);
            } else if (minima == 2) {
                FloatVector n0 = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N0, LE);
                acc = n0.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 8)), acc);
                FloatVector n1 = FloatVector.fromMemorySegment(F, ALL, at + StripScales.N1, LE);
                acc = n1.fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact + 12)), acc);
            }
        }
        acc.intoMemorySegment(ALL, to, LE);
    }
}
