package dev.ayni.tensor;

import static dev.ayni.tensor.BlockFormat.bits;
import static dev.ayni.tensor.BlockFormat.f16;

/** Formats for weights of -1, 0 and 1, in blocks of 256 with one scale. */
final class TernaryBlocks {
    private static final int[] POWERS_OF_THREE = {1, 3, 9, 27, 81};

    private TernaryBlocks() {}

    /** Five values a byte, as a fraction in base three; bytes 48 to 51 hold four each; then d. */
    static void tq1(byte[] bytes, int at, UnpackedRow to, int group) {
        int first = 32 * group;
        digits(bytes, at, 32, 5, to.w, first);
        digits(bytes, at + 32, 16, 5, to.w, first + 160);
        digits(bytes, at + 48, 4, 4, to.w, first + 240);
        scale(f16(bytes, at + 52), to, group);
    }

    /** Digit k of {@code count} bytes, then digit k + 1 of the same bytes. */
    private static void digits(byte[] bytes, int at, int count, int digits, int[] w, int first) {
        for (int digit = 0; digit < digits; digit++) {
            for (int i = 0; i < count; i++) {
                int fraction = (bytes[at + i] * POWERS_OF_THREE[digit]) & 0xff;
                w[first + digit * count + i] = ((fraction * 3) >> 8) - 1;
            }
        }
    }

    /** 64 bytes of 2-bit values, then d. */
    static void tq2(byte[] bytes, int at, UnpackedRow to, int group) {
        for (int g = 0; g < 8; g++) {
            for (int i = 0; i < 32; i++) {
                to.w[32 * (group + g) + i] = bits(bytes[at + 32 * (g / 4) + i], 2 * (g % 4), 2) - 1;
            }
        }
        scale(f16(bytes, at + 64), to, group);
    }

    private static void scale(float d, UnpackedRow to, int group) {
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d;
        }
    }
}
