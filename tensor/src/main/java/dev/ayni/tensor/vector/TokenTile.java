package dev.ayni.tensor.vector;

import static dev.ayni.tensor.vector.Native.ALL;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.FLOAT;
import static dev.ayni.tensor.vector.Native.I;
import static dev.ayni.tensor.vector.Native.INT;
import static dev.ayni.tensor.vector.Native.LE;
import static dev.ayni.tensor.vector.Native.MASK;
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
 *
 * <p>Written out, not folded into helpers: what the compiler does not inline it would allocate, vector by vector.
 */
final class TokenTile {
    private TokenTile() {}

    /** Four tokens, weights as pairs of shorts. */
    static void shorts4(
            long first, long second, long firstScales, long secondScales, int minima, long x, long facts, int groups, long acc) {
        first &= MASK;
        second &= MASK;
        firstScales &= MASK;
        secondScales &= MASK;
        x &= MASK;
        facts &= MASK;
        acc &= MASK;
        for (int group = 0; group < groups; group++) {
            ShortVector a00 = ShortVector.zero(S);
            ShortVector a01 = ShortVector.zero(S);
            ShortVector a02 = ShortVector.zero(S);
            ShortVector a03 = ShortVector.zero(S);
            ShortVector a10 = ShortVector.zero(S);
            ShortVector a11 = ShortVector.zero(S);
            ShortVector a12 = ShortVector.zero(S);
            ShortVector a13 = ShortVector.zero(S);
            for (int k = 0; k < 16; k++) {
                long at = 1024L * group + 64L * k;
                long from = x + 512L * group + 32L * k;
                ShortVector v0 = ShortVector.fromMemorySegment(S, ALL, first + at, LE);
                ShortVector v1 = ShortVector.fromMemorySegment(S, ALL, second + at, LE);
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
            long scales = 64L * group;
            long fact = facts + 128L * group;
            FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, firstScales + scales, LE);
            FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, secondScales + scales, LE);
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
            IntVector i = a00.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc, LE)).intoMemorySegment(ALL, acc, LE);
            i = a10.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 64, LE)).intoMemorySegment(ALL, acc + 64, LE);
            scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4));
            i = a01.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 128, LE)).intoMemorySegment(ALL, acc + 128, LE);
            i = a11.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 192, LE)).intoMemorySegment(ALL, acc + 192, LE);
            scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 8));
            i = a02.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 256, LE)).intoMemorySegment(ALL, acc + 256, LE);
            i = a12.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 320, LE)).intoMemorySegment(ALL, acc + 320, LE);
            scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 12));
            i = a03.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 384, LE)).intoMemorySegment(ALL, acc + 384, LE);
            i = a13.reinterpretAsInts();
            i = i.lanewise(LSHL, 16).lanewise(ASHR, 16).add(i.lanewise(ASHR, 16));
            ((FloatVector) i.convert(I2F, 0)).fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 448, LE)).intoMemorySegment(ALL, acc + 448, LE);
            for (int c = 0; c < 4 && minima > 0; c++) {
                long sum = acc + 128L * c;
                long fact0 = fact + 4L * c + (minima == 1 ? 32 : 64);
                FloatVector.fromMemorySegment(F, ALL, firstScales + scales + StripScales.N0, LE)
                        .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0)), FloatVector.fromMemorySegment(F, ALL, sum, LE))
                        .intoMemorySegment(ALL, sum, LE);
                FloatVector.fromMemorySegment(F, ALL, secondScales + scales + StripScales.N0, LE)
                        .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0)), FloatVector.fromMemorySegment(F, ALL, sum + 64, LE))
                        .intoMemorySegment(ALL, sum + 64, LE);
                if (minima == 2) {
                    FloatVector.fromMemorySegment(F, ALL, firstScales + scales + StripScales.N1, LE)
                            .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0 + 32)), FloatVector.fromMemorySegment(F, ALL, sum, LE))
                            .intoMemorySegment(ALL, sum, LE);
                    FloatVector.fromMemorySegment(F, ALL, secondScales + scales + StripScales.N1, LE)
                            .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0 + 32)), FloatVector.fromMemorySegment(F, ALL, sum + 64, LE))
                            .intoMemorySegment(ALL, sum + 64, LE);
                }
            }
        }
    }

    /** Four tokens, weights as floats. */
    static void floats4(
            long first, long second, long firstScales, long secondScales, int minima, long x, long facts, int groups, long acc) {
        first &= MASK;
        second &= MASK;
        firstScales &= MASK;
        secondScales &= MASK;
        x &= MASK;
        facts &= MASK;
        acc &= MASK;
        for (int group = 0; group < groups; group++) {
            FloatVector a00 = FloatVector.zero(F);
            FloatVector a01 = FloatVector.zero(F);
            FloatVector a02 = FloatVector.zero(F);
            FloatVector a03 = FloatVector.zero(F);
            FloatVector a10 = FloatVector.zero(F);
            FloatVector a11 = FloatVector.zero(F);
            FloatVector a12 = FloatVector.zero(F);
            FloatVector a13 = FloatVector.zero(F);
            for (int k = 0; k < 32; k++) {
                long at = 2048L * group + 64L * k;
                long from = x + 1024L * group + 32L * k;
                FloatVector v0 = FloatVector.fromMemorySegment(F, ALL, first + at, LE);
                FloatVector v1 = FloatVector.fromMemorySegment(F, ALL, second + at, LE);
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
            long scales = 64L * group;
            long fact = facts + 128L * group;
            FloatVector d0 = FloatVector.fromMemorySegment(F, ALL, firstScales + scales, LE);
            FloatVector d1 = FloatVector.fromMemorySegment(F, ALL, secondScales + scales, LE);
            FloatVector scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact));
            a00.fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc, LE)).intoMemorySegment(ALL, acc, LE);
            a10.fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 64, LE)).intoMemorySegment(ALL, acc + 64, LE);
            scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 4));
            a01.fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 128, LE)).intoMemorySegment(ALL, acc + 128, LE);
            a11.fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 192, LE)).intoMemorySegment(ALL, acc + 192, LE);
            scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 8));
            a02.fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 256, LE)).intoMemorySegment(ALL, acc + 256, LE);
            a12.fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 320, LE)).intoMemorySegment(ALL, acc + 320, LE);
            scale = FloatVector.broadcast(F, ALL.get(FLOAT, fact + 12));
            a03.fma(d0.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 384, LE)).intoMemorySegment(ALL, acc + 384, LE);
            a13.fma(d1.mul(scale), FloatVector.fromMemorySegment(F, ALL, acc + 448, LE)).intoMemorySegment(ALL, acc + 448, LE);
            for (int c = 0; c < 4 && minima > 0; c++) {
                long sum = acc + 128L * c;
                long fact0 = fact + 4L * c + (minima == 1 ? 32 : 64);
                FloatVector.fromMemorySegment(F, ALL, firstScales + scales + StripScales.N0, LE)
                        .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0)), FloatVector.fromMemorySegment(F, ALL, sum, LE))
                        .intoMemorySegment(ALL, sum, LE);
                FloatVector.fromMemorySegment(F, ALL, secondScales + scales + StripScales.N0, LE)
                        .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0)), FloatVector.fromMemorySegment(F, ALL, sum + 64, LE))
                        .intoMemorySegment(ALL, sum + 64, LE);
                if (minima == 2) {
                    FloatVector.fromMemorySegment(F, ALL, firstScales + scales + StripScales.N1, LE)
                            .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0 + 32)), FloatVector.fromMemorySegment(F, ALL, sum, LE))
                            .intoMemorySegment(ALL, sum, LE);
                    FloatVector.fromMemorySegment(F, ALL, secondScales + scales + StripScales.N1, LE)
                            .fma(FloatVector.broadcast(F, ALL.get(FLOAT, fact0 + 32)), FloatVector.fromMemorySegment(F, ALL, sum + 64, LE))
                            .intoMemorySegment(ALL, sum + 64, LE);
                }
            }
        }
    }
}
