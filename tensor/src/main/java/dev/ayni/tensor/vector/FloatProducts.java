package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;

import jdk.incubator.vector.FloatVector;

/** Products with weights of plain floats: sixteen lanes along the width, four rows side by side. */
final class FloatProducts {
    /** Rows that one call multiplies. */
    static final int ROWS = 4;

    private FloatProducts() {}

    /**
     * Four rows of F32 times one token.
     *
     * @param w the first row; rows follow one another at {@code width} floats
     * @param lanes room for four lines
     * @param out four results
     */
    static void multiply(long w, int width, int rows, long x, long lanes, long out) {
        w &= MASK;
        x &= MASK;
        lanes &= MASK;
        out &= MASK;
        int whole = width / 16;
        long w1 = w + 4L * width * Math.min(1, rows - 1) & MASK;
        long w2 = w + 4L * width * Math.min(2, rows - 1) & MASK;
        long w3 = w + 4L * width * Math.min(3, rows - 1) & MASK;
        for (int part = 0; part < 64; part += Native.VECTOR_BYTES) {
            FloatVector a0 = FloatVector.zero(F);
            FloatVector a1 = a0;
            FloatVector a2 = a0;
            FloatVector a3 = a0;
            for (int i = 0; i < whole; i++) {
                long at = part + 64L * i;
                FloatVector y = FloatVector.fromMemorySegment(F, ALL, x + at, LE);
                a0 = y.fma(FloatVector.fromMemorySegment(F, ALL, w + at, LE), a0);
                a1 = y.fma(FloatVector.fromMemorySegment(F, ALL, w1 + at, LE), a1);
                a2 = y.fma(FloatVector.fromMemorySegment(F, ALL, w2 + at, LE), a2);
                a3 = y.fma(FloatVector.fromMemorySegment(F, ALL, w3 + at, LE), a3);
            }
            a0.intoMemorySegment(ALL, lanes + part, LE);
            a1.intoMemorySegment(ALL, lanes + 64 + part, LE);
            a2.intoMemorySegment(ALL, lanes + 128 + part, LE);
            a3.intoMemorySegment(ALL, lanes + 192 + part, LE);
        }
        for (int row = 0; row < rows; row++) {
            long from = lanes + 64L * row;
            for (int i = 0; i < width % 16; i++) {
                float weight = ALL.get(FLOAT, w + 4L * ((long) width * row + 16 * whole + i));
                float sum = Math.fma(ALL.get(FLOAT, x + 4L * (16 * whole + i)), weight, ALL.get(FLOAT, from + 4L * i));
                ALL.set(FLOAT, from + 4L * i, sum);
            }
            ALL.set(FLOAT, out + 4L * row, LanedSum.tree(from));
        }
    }
}
