package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.INT;
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
import jdk.incubator.vector.ShortVector;

/** One segment of two strips times one token, read where the weights lie: the heart of decoding. */
final class OneToken {
    /*
     * Weights are read with their bias, never negative. What it adds to a sum is taken away in the sum's first value, which
     * Digit.start has prepared; 16-bit lanes may overflow on the way, because the true sum fits.
     *
     * Two strips far from each other are two streams from memory, which arrive nearly twice as fast as one: the processor
     * fetches ahead in either.
     */
    /** Cuts a group's number, so that the compiler sees that no bound can be crossed. */
    private static final int LAST = Layout.SEGMENT_GROUPS - 1;

    private OneToken() {}

    /**
     * Either strip's segment has its integers at {@code integers}, and at {@code scales} what {@link StripScales} made of
     * its scales; to sixteen accumulators each, at {@code acc} and in the line behind it, the products of their groups with
     * those of so many cells are added.
     */
    static void multiply(
            Layout layout,
            long integers0,
            long integers1,
            long scales0,
            long scales1,
            Digit digit,
            long cell,
            int groups,
            long acc) {
        int minima = layout.minima().ordinal();
        boolean two = layout.scales() == Layout.Scales.TWO_FLOATS;
        long pairs = digit.pairs(cell);
        long floats = digit.floats(cell);
        long facts = digit.facts(cell);
        int biased = layout.bias() == 0 ? 0 : -1;
        for (int part = 0; part < LINE; part += Native.VECTOR_BYTES) {
            long from0 = integers0 + part;
            long from1 = integers1 + part;
            long s0 = scales0 + part;
            long s1 = scales1 + part;
            long to = acc + part;
            switch (layout.integers()) {
                case NIBBLES -> nibbles(from0, from1, s0, s1, biased, minima, pairs, facts, groups, to);
                case FIVES -> fives(from0, from1, s0, s1, ~biased, minima, pairs, facts, groups, to);
                case SIXES -> sixes(from0, from1, s0, s1, two, pairs, facts, groups, to);
                case BYTES -> bytes(from0, from1, s0, s1, minima, pairs, facts, groups, to);
                case SHORTS -> shorts(from0, from1, s0, s1, minima, floats, facts, groups, to);
            }
        }
    }

    private static void nibbles(
            long from0,
            long from1,
            long scales0,
            long scales1,
            int biased,
            int minima,
            long pairs,
            long facts,
            int groups,
            long to) {
        from0 &= MASK;
        from1 &= MASK;
        scales0 &= MASK;
        scales1 &= MASK;
        pairs &= MASK;
        facts &= MASK;
        to &= MASK;
        FloatVector acc0 = FloatVector.fromMemorySegment(F, ALL, to, LE);
        FloatVector acc1 = FloatVector.fromMemorySegment(F, ALL, to + 64, LE);
        for (int i = 0; i < groups; i++) {
            long fact = facts + 128L * i;
            int group = ALL.get(INT, fact + Digit.GROUP) & LAST;
            ShortVector start =
                    IntVector.broadcast(I, ALL.get(INT, fact + 16) & biased).reinterpretAsShorts();
            ShortVector a0 = start;
            ShortVector a1 = start;
            for (int j = 0; j < 4; j++) {
                long x = pairs + 64L * i + 16L * j;
                long line = 256L * group + 64L * j;
                IntVector v0 = IntVector.fromMemorySegment(I, ALL, from0 + line, LE);
                IntVector v1 = IntVector.fromMemorySegment(I, ALL, from1 + line, LE);
                ShortVector y = IntVector.broadcast(I, ALL.get(INT, x)).reinterpretAsShorts();
                a0 = a0.add(v0.and(0x000f000f).reinterpretAsShorts().mul(y));
                a1 = a1.add(v1.and(0x000f000f).reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 4)).reinterpretAsShorts();
                a0 = a0.add(v0.lanewise(LSHR, 4)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
                a1 = a1.add(v1.lanewise(LSHR, 4)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 8)).reinterpretAsShorts();
                a0 = a0.add(v0.lanewise(LSHR, 8)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
                a1 = a1.add(v1.lanewise(LSHR, 8)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 12)).reinterpretAsShorts();
                a0 = a0.add(v0.lanewise(LSHR, 12)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
                a1 = a1.add(v1.lanewise(LSHR, 12)
                        .and(0x000f000f)
                        .reinterpretAsShorts()
                        .mul(y));
            }
            IntVector i0 = a0.reinterpretAsInts();
            i0 = i0.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i0.lanewise(ASHR, 16));
            IntVector i1 = a1.reinterpretAsInts();
            i1 = i1.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i1.lanewise(ASHR, 16));
            long at0 = scales0 + 64L * group;
            long at1 = scales1 + 64L * group;
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
            FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, at0, LE);
            acc0 = ((FloatVector) i0.convert(I2F, 0)).fma(d0.mul(scale), acc0);
            FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, at1, LE);
            acc1 = ((FloatVector) i1.convert(I2F, 0)).fma(d1.mul(scale), acc1);
            if (minima == 1) {
                FloatVector sum = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N0, LE)
                        .fma(sum, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N0, LE)
                        .fma(sum, acc1);
            }
        }
        acc0.intoMemorySegment(ALL, to, LE);
        acc1.intoMemorySegment(ALL, to + 64, LE);
    }

    private static void fives(
            long from0,
            long from1,
            long scales0,
            long scales1,
            int unbiased,
            int minima,
            long pairs,
            long facts,
            int groups,
            long to) {
        from0 &= MASK;
        from1 &= MASK;
        scales0 &= MASK;
        scales1 &= MASK;
        pairs &= MASK;
        facts &= MASK;
        to &= MASK;
        FloatVector acc0 = FloatVector.fromMemorySegment(F, ALL, to, LE);
        FloatVector acc1 = FloatVector.fromMemorySegment(F, ALL, to + 64, LE);
        for (int i = 0; i < groups; i++) {
            long fact = facts + 128L * i;
            int group = ALL.get(INT, fact + Digit.GROUP) & LAST;
            ShortVector start = IntVector.broadcast(I, ALL.get(INT, fact + 20)).reinterpretAsShorts();
            ShortVector a0 = start;
            ShortVector a1 = start;
            IntVector high0 = IntVector.fromMemorySegment(I, ALL, from0 + 320L * group, LE);
            IntVector high1 = IntVector.fromMemorySegment(I, ALL, from1 + 320L * group, LE);
            for (int j = 0; j < 4; j++) {
                long x = pairs + 64L * i + 16L * j;
                long line = 320L * group + 64L * j + 64;
                IntVector v0 = IntVector.fromMemorySegment(I, ALL, from0 + line, LE);
                IntVector v1 = IntVector.fromMemorySegment(I, ALL, from1 + line, LE);
                ShortVector y = IntVector.broadcast(I, ALL.get(INT, x)).reinterpretAsShorts();
                IntVector w = v0.and(0x000f000f).or(high0.lanewise(LSHL, 4).and(0x00100010));
                a0 = a0.add(w.reinterpretAsShorts().mul(y));
                w = v1.and(0x000f000f).or(high1.lanewise(LSHL, 4).and(0x00100010));
                a1 = a1.add(w.reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 4)).reinterpretAsShorts();
                w = v0.lanewise(LSHR, 4)
                        .and(0x000f000f)
                        .or(high0.lanewise(LSHL, 3).and(0x00100010));
                a0 = a0.add(w.reinterpretAsShorts().mul(y));
                w = v1.lanewise(LSHR, 4)
                        .and(0x000f000f)
                        .or(high1.lanewise(LSHL, 3).and(0x00100010));
                a1 = a1.add(w.reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 8)).reinterpretAsShorts();
                w = v0.lanewise(LSHR, 8)
                        .and(0x000f000f)
                        .or(high0.lanewise(LSHL, 2).and(0x00100010));
                a0 = a0.add(w.reinterpretAsShorts().mul(y));
                w = v1.lanewise(LSHR, 8)
                        .and(0x000f000f)
                        .or(high1.lanewise(LSHL, 2).and(0x00100010));
                a1 = a1.add(w.reinterpretAsShorts().mul(y));
                y = IntVector.broadcast(I, ALL.get(INT, x + 12)).reinterpretAsShorts();
                w = v0.lanewise(LSHR, 12)
                        .and(0x000f000f)
                        .or(high0.lanewise(LSHL, 1).and(0x00100010));
                a0 = a0.add(w.reinterpretAsShorts().mul(y));
                w = v1.lanewise(LSHR, 12)
                        .and(0x000f000f)
                        .or(high1.lanewise(LSHL, 1).and(0x00100010));
                a1 = a1.add(w.reinterpretAsShorts().mul(y));
                high0 = high0.lanewise(LSHR, 4);
                high1 = high1.lanewise(LSHR, 4);
            }
            IntVector i0 = a0.reinterpretAsInts();
            i0 = i0.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i0.lanewise(ASHR, 16));
            IntVector i1 = a1.reinterpretAsInts();
            i1 = i1.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i1.lanewise(ASHR, 16));
            int more = ALL.get(INT, fact + 32) & unbiased;
            long at0 = scales0 + 64L * group;
            long at1 = scales1 + 64L * group;
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
            FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, at0, LE);
            acc0 = ((FloatVector) i0.add(more).convert(I2F, 0)).fma(d0.mul(scale), acc0);
            FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, at1, LE);
            acc1 = ((FloatVector) i1.add(more).convert(I2F, 0)).fma(d1.mul(scale), acc1);
            if (minima == 1) {
                FloatVector sum = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N0, LE)
                        .fma(sum, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N0, LE)
                        .fma(sum, acc1);
            }
        }
        acc0.intoMemorySegment(ALL, to, LE);
        acc1.intoMemorySegment(ALL, to + 64, LE);
    }

    private static void sixes(
            long from0,
            long from1,
            long scales0,
            long scales1,
            boolean two,
            long pairs,
            long facts,
            int groups,
            long to) {
        from0 &= MASK;
        from1 &= MASK;
        scales0 &= MASK;
        scales1 &= MASK;
        pairs &= MASK;
        facts &= MASK;
        to &= MASK;
        FloatVector acc0 = FloatVector.fromMemorySegment(F, ALL, to, LE);
        FloatVector acc1 = FloatVector.fromMemorySegment(F, ALL, to + 64, LE);
        for (int i = 0; i < groups; i++) {
            long fact = facts + 128L * i;
            int group = ALL.get(INT, fact + Digit.GROUP) & LAST;
            IntVector sum0 = IntVector.zero(I);
            IntVector sum1 = sum0;
            for (int half = 0; half < 2; half++) {
                long block = 384L * group + 192L * half;
                ShortVector start = IntVector.broadcast(I, ALL.get(INT, fact + 24 + 4L * half))
                        .reinterpretAsShorts();
                ShortVector a0 = start;
                ShortVector a1 = start;
                IntVector high0 = IntVector.fromMemorySegment(I, ALL, from0 + block, LE);
                IntVector high1 = IntVector.fromMemorySegment(I, ALL, from1 + block, LE);
                for (int j = 0; j < 2; j++) {
                    long x = pairs + 64L * i + 32L * half + 16L * j;
                    long line = block + 64L * j + 64;
                    IntVector v0 = IntVector.fromMemorySegment(I, ALL, from0 + line, LE);
                    IntVector v1 = IntVector.fromMemorySegment(I, ALL, from1 + line, LE);
                    ShortVector y = IntVector.broadcast(I, ALL.get(INT, x)).reinterpretAsShorts();
                    IntVector w = v0.and(0x000f000f).or(high0.lanewise(LSHL, 4).and(0x00300030));
                    a0 = a0.add(w.reinterpretAsShorts().mul(y));
                    w = v1.and(0x000f000f).or(high1.lanewise(LSHL, 4).and(0x00300030));
                    a1 = a1.add(w.reinterpretAsShorts().mul(y));
                    y = IntVector.broadcast(I, ALL.get(INT, x + 4)).reinterpretAsShorts();
                    w = v0.lanewise(LSHR, 4)
                            .and(0x000f000f)
                            .or(high0.lanewise(LSHL, 2).and(0x00300030));
                    a0 = a0.add(w.reinterpretAsShorts().mul(y));
                    w = v1.lanewise(LSHR, 4)
                            .and(0x000f000f)
                            .or(high1.lanewise(LSHL, 2).and(0x00300030));
                    a1 = a1.add(w.reinterpretAsShorts().mul(y));
                    y = IntVector.broadcast(I, ALL.get(INT, x + 8)).reinterpretAsShorts();
                    w = v0.lanewise(LSHR, 8).and(0x000f000f).or(high0.and(0x00300030));
                    a0 = a0.add(w.reinterpretAsShorts().mul(y));
                    w = v1.lanewise(LSHR, 8).and(0x000f000f).or(high1.and(0x00300030));
                    a1 = a1.add(w.reinterpretAsShorts().mul(y));
                    y = IntVector.broadcast(I, ALL.get(INT, x + 12)).reinterpretAsShorts();
                    w = v0.lanewise(LSHR, 12)
                            .and(0x000f000f)
                            .or(high0.lanewise(LSHR, 2).and(0x00300030));
                    a0 = a0.add(w.reinterpretAsShorts().mul(y));
                    w = v1.lanewise(LSHR, 12)
                            .and(0x000f000f)
                            .or(high1.lanewise(LSHR, 2).and(0x00300030));
                    a1 = a1.add(w.reinterpretAsShorts().mul(y));
                    high0 = high0.lanewise(LSHR, 8);
                    high1 = high1.lanewise(LSHR, 8);
                }
                long sixteenth = StripScales.SIXTEENTHS + 128L * group + 64L * half;
                IntVector i0 = a0.reinterpretAsInts();
                i0 = i0.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i0.lanewise(ASHR, 16));
                sum0 = sum0.add(i0.mul(IntVector.fromMemorySegment(I, ALL, scales0 + sixteenth, LE)));
                IntVector i1 = a1.reinterpretAsInts();
                i1 = i1.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i1.lanewise(ASHR, 16));
                sum1 = sum1.add(i1.mul(IntVector.fromMemorySegment(I, ALL, scales1 + sixteenth, LE)));
                if (two && half == 0) {
                    FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
                    FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, scales0 + 64L * group, LE);
                    acc0 = ((FloatVector) sum0.convert(I2F, 0)).fma(d0.mul(scale), acc0);
                    FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, scales1 + 64L * group, LE);
                    acc1 = ((FloatVector) sum1.convert(I2F, 0)).fma(d1.mul(scale), acc1);
                    sum0 = IntVector.zero(I);
                    sum1 = sum0;
                }
            }
            long last = 64L * group + (two ? StripScales.N0 : StripScales.D);
            long at0 = scales0 + last;
            long at1 = scales1 + last;
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
            FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, at0, LE);
            acc0 = ((FloatVector) sum0.convert(I2F, 0)).fma(d0.mul(scale), acc0);
            FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, at1, LE);
            acc1 = ((FloatVector) sum1.convert(I2F, 0)).fma(d1.mul(scale), acc1);
        }
        acc0.intoMemorySegment(ALL, to, LE);
        acc1.intoMemorySegment(ALL, to + 64, LE);
    }

    private static void bytes(
            long from0,
            long from1,
            long scales0,
            long scales1,
            int minima,
            long pairs,
            long facts,
            int groups,
            long to) {
        from0 &= MASK;
        from1 &= MASK;
        scales0 &= MASK;
        scales1 &= MASK;
        pairs &= MASK;
        facts &= MASK;
        to &= MASK;
        FloatVector acc0 = FloatVector.fromMemorySegment(F, ALL, to, LE);
        FloatVector acc1 = FloatVector.fromMemorySegment(F, ALL, to + 64, LE);
        for (int i = 0; i < groups; i++) {
            long fact = facts + 128L * i;
            int group = ALL.get(INT, fact + Digit.GROUP) & LAST;
            // A word of products is high * 2^16 + low + 2^15, the last so that its lower half is never negative. Words
            // are
            // added whole; what their upper halves come to is added beside, and so both can be told apart in the end.
            IntVector words0 = IntVector.zero(I);
            IntVector words1 = words0;
            IntVector highs0 = words0;
            IntVector highs1 = words0;
            for (int j = 0; j < 8; j++) {
                long x = pairs + 64L * i + 8L * j;
                long line = 512L * group + 64L * j;
                ShortVector y = IntVector.broadcast(I, ALL.get(INT, x)).reinterpretAsShorts();
                ShortVector z = IntVector.broadcast(I, ALL.get(INT, x + 4)).reinterpretAsShorts();
                ShortVector start =
                        IntVector.broadcast(I, ALL.get(INT, fact + 64 + 4L * j)).reinterpretAsShorts();
                IntVector v0 = IntVector.fromMemorySegment(I, ALL, from0 + line, LE);
                ShortVector a0 =
                        start.add(v0.and(0x00ff00ff).reinterpretAsShorts().mul(y));
                a0 = a0.add(v0.lanewise(LSHR, 8)
                        .and(0x00ff00ff)
                        .reinterpretAsShorts()
                        .mul(z));
                words0 = words0.add(a0.reinterpretAsInts());
                highs0 = highs0.add(a0.reinterpretAsInts().lanewise(ASHR, 16));
                IntVector v1 = IntVector.fromMemorySegment(I, ALL, from1 + line, LE);
                ShortVector a1 =
                        start.add(v1.and(0x00ff00ff).reinterpretAsShorts().mul(y));
                a1 = a1.add(v1.lanewise(LSHR, 8)
                        .and(0x00ff00ff)
                        .reinterpretAsShorts()
                        .mul(z));
                words1 = words1.add(a1.reinterpretAsInts());
                highs1 = highs1.add(a1.reinterpretAsInts().lanewise(ASHR, 16));
            }
            IntVector i0 = words0.sub(highs0.lanewise(LSHL, 16)).sub(8 << 15).add(highs0);
            IntVector i1 = words1.sub(highs1.lanewise(LSHL, 16)).sub(8 << 15).add(highs1);
            long at0 = scales0 + 64L * group;
            long at1 = scales1 + 64L * group;
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
            FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, at0, LE);
            acc0 = ((FloatVector) i0.convert(I2F, 0)).fma(d0.mul(scale), acc0);
            FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, at1, LE);
            acc1 = ((FloatVector) i1.convert(I2F, 0)).fma(d1.mul(scale), acc1);
            if (minima == 1) {
                FloatVector sum = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N0, LE)
                        .fma(sum, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N0, LE)
                        .fma(sum, acc1);
            } else if (minima == 2) {
                FloatVector sum0 = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 8));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N0, LE)
                        .fma(sum0, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N0, LE)
                        .fma(sum0, acc1);
                FloatVector sum1 = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 12));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N1, LE)
                        .fma(sum1, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N1, LE)
                        .fma(sum1, acc1);
            }
        }
        acc0.intoMemorySegment(ALL, to, LE);
        acc1.intoMemorySegment(ALL, to + 64, LE);
    }

    private static void shorts(
            long from0,
            long from1,
            long scales0,
            long scales1,
            int minima,
            long floats,
            long facts,
            int groups,
            long to) {
        from0 &= MASK;
        from1 &= MASK;
        scales0 &= MASK;
        scales1 &= MASK;
        floats &= MASK;
        facts &= MASK;
        to &= MASK;
        FloatVector acc0 = FloatVector.fromMemorySegment(F, ALL, to, LE);
        FloatVector acc1 = FloatVector.fromMemorySegment(F, ALL, to + 64, LE);
        for (int i = 0; i < groups; i++) {
            long fact = facts + 128L * i;
            int group = ALL.get(INT, fact + Digit.GROUP) & LAST;
            FloatVector a0 = FloatVector.zero(F);
            FloatVector a1 = a0;
            for (int k = 0; k < 16; k++) {
                long x = floats + 128L * i + 8L * k;
                long line = 1024L * group + 64L * k;
                FloatVector y = FloatVector.broadcast(F, ALL.get(FLOAT, x));
                FloatVector z = FloatVector.broadcast(F, ALL.get(FLOAT, x + 4));
                IntVector v0 = IntVector.fromMemorySegment(I, ALL, from0 + line, LE);
                a0 = ((FloatVector) v0.lanewise(LSHL, 16).lanewise(ASHR, 16).convert(I2F, 0)).fma(y, a0);
                a0 = ((FloatVector) v0.lanewise(ASHR, 16).convert(I2F, 0)).fma(z, a0);
                IntVector v1 = IntVector.fromMemorySegment(I, ALL, from1 + line, LE);
                a1 = ((FloatVector) v1.lanewise(LSHL, 16).lanewise(ASHR, 16).convert(I2F, 0)).fma(y, a1);
                a1 = ((FloatVector) v1.lanewise(ASHR, 16).convert(I2F, 0)).fma(z, a1);
            }
            long at0 = scales0 + 64L * group;
            long at1 = scales1 + 64L * group;
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
            FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, at0, LE);
            acc0 = a0.fma(d0.mul(scale), acc0);
            FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, at1, LE);
            acc1 = a1.fma(d1.mul(scale), acc1);
            if (minima == 1) {
                FloatVector sum = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N0, LE)
                        .fma(sum, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N0, LE)
                        .fma(sum, acc1);
            } else if (minima == 2) {
                FloatVector sum0 = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 8));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N0, LE)
                        .fma(sum0, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N0, LE)
                        .fma(sum0, acc1);
                FloatVector sum1 = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 12));
                acc0 = FloatVector.fromMemorySegment(F, ALL, at0 + StripScales.N1, LE)
                        .fma(sum1, acc0);
                acc1 = FloatVector.fromMemorySegment(F, ALL, at1 + StripScales.N1, LE)
                        .fma(sum1, acc1);
            }
        }
        acc0.intoMemorySegment(ALL, to, LE);
        acc1.intoMemorySegment(ALL, to + 64, LE);
    }
}
