package dev.ayni.tensor;

import static dev.ayni.tensor.BlockFormat.bits;
import static dev.ayni.tensor.BlockFormat.f16;
import static dev.ayni.tensor.BlockFormat.u16;

/** Formats whose four bits name one of sixteen numbers. */
final class CodebookBlocks {
    /** GGML's non-linear levels, denser around 0. */
    static final int[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** E2M1 numbers, doubled (OCP Microscaling Formats 1.0, table 5). */
    static final int[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private CodebookBlocks() {}

    /** 32 values: d, then 16 bytes as Q4_0 has them. */
    static void iq4nl(byte[] bytes, int at, UnpackedRow to, int group) {
        to.d[group] = f16(bytes, at);
        look(LEVELS, bytes, at + 2, to.w, 32 * group);
    }

    /** 256 values: d, 16 bits of high scale bits, 4 bytes of low ones, 8 times 16 bytes. */
    static void iq4xs(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at);
        int high = u16(bytes, at + 2);
        for (int g = 0; g < 8; g++) {
            int scale = bits(bytes[at + 4 + g / 2], 4 * (g % 2), 4) | (((high >> (2 * g)) & 3) << 4);
            to.d[group + g] = d * (scale - 32);
            look(LEVELS, bytes, at + 8 + 16 * g, to.w, 32 * (group + g));
        }
    }

    /** 32 values: the exponent of a power of two, then 16 bytes as Q4_0 has them. */
    static void mxfp4(byte[] bytes, int at, UnpackedRow to, int group) {
        to.d[group] = powerOfTwo(bytes[at] & 0xff);
        look(E2M1, bytes, at + 1, to.w, 32 * group);
    }

    /** 64 values: four scales, then for each 16 values 8 bytes, which hold the first eight in their lower halves. */
    static void nvfp4(byte[] bytes, int at, UnpackedRow to, int group) {
        for (int g = 0; g < 2; g++) {
            to.d[group + g] = halfUe4m3(bytes[at + 2 * g]);
            to.n[2 * (group + g) + 1] = halfUe4m3(bytes[at + 2 * g + 1]);
        }
        for (int i = 0; i < 32; i++) {
            int first = 32 * group + i / 8 * 16 + i % 8;
            to.w[first] = E2M1[bits(bytes[at + 4 + i], 0, 4)];
            to.w[first + 8] = E2M1[bits(bytes[at + 4 + i], 4, 4)];
        }
    }

    /**
     * Half of an unsigned number of four bits of exponent and three of mantissa (the numbers are doubled), as ggml-impl.h
     * reads it: 0x7F, E4M3's NaN, is 0, and the top bit counts for nothing.
     */
    static float halfUe4m3(byte number) {
        int exponent = bits(number, 3, 4);
        int mantissa = bits(number, 0, 3);
        if (number == 0x7f) {
            return 0;
        }
        return exponent == 0 ? mantissa * 0x1p-10f : Math.scalb(8 + mantissa, exponent - 11);
    }

    /** 2^(exponent - 128): one less than E8M0's, because the numbers are doubled; the first two are subnormal. */
    static float powerOfTwo(int exponent) {
        return Float.intBitsToFloat(exponent < 2 ? 0x0020_0000 << exponent : (exponent - 1) << 23);
    }

    private static void look(int[] numbers, byte[] bytes, int at, int[] w, int first) {
        for (int i = 0; i < 16; i++) {
            w[first + i] = numbers[bits(bytes[at + i], 0, 4)];
            w[first + 16 + i] = numbers[bits(bytes[at + i], 4, 4)];
        }
    }
}
