package dev.ayni.tensor;

import static dev.ayni.tensor.BlockQuantizer.putHalf;

import org.jspecify.annotations.Nullable;

/** Makes what {@link TernaryBlocks} reads: the scale is the largest size, and values below half of it become 0. */
final class TernaryQuantizers {
    private static final int BLOCK = 256;

    private TernaryQuantizers() {}

    static void tq1(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        int[] q = new int[BLOCK];
        for (int block = first; block < first + count; block += BLOCK, at += 54) {
            putHalf(to, at + 52, digits(x, block, q));
            fractions(q, 0, 32, 5, to, at);
            fractions(q, 160, 16, 5, to, at + 32);
            fractions(q, 240, 4, 4, to, at + 48);
        }
    }

    /** Bytes that hold so many digits each, as fractions in base three of five digits, rounded up. */
    private static void fractions(int[] q, int first, int bytes, int digits, byte[] to, int at) {
        for (int i = 0; i < bytes; i++) {
            int number = 0;
            for (int digit = 0; digit < 5; digit++) {
                number = 3 * number + (digit < digits ? q[first + digit * bytes + i] : 0);
            }
            to[at + i] = (byte) ((number * 256 + 242) / 243);
        }
    }

    static void tq2(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        int[] q = new int[BLOCK];
        for (int block = first; block < first + count; block += BLOCK, at += 66) {
            putHalf(to, at + 64, digits(x, block, q));
            for (int i = 0; i < 64; i++) {
                int from = i / 32 * 128 + i % 32;
                to[at + i] = (byte) (q[from] | q[from + 32] << 2 | q[from + 64] << 4 | q[from + 96] << 6);
            }
        }
    }

    /** Makes a block's digits 0, 1 and 2 for -1, 0 and 1; the scale. */
    private static float digits(float[] x, int first, int[] q) {
        float d = Math.abs(ScaleSearch.largest(x, first, BLOCK));
        float inverse = d != 0 ? 1 / d : 0;
        for (int i = 0; i < BLOCK; i++) {
            q[i] = SmallQuantizers.awayFromZero(x[first + i] * inverse) + 1;
        }
        return d;
    }
}
