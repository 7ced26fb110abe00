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
