package dev.ayni.tensor;

import static dev.ayni.tensor.BlockFormat.bits;
import static dev.ayni.tensor.BlockFormat.f16;

/** The "K" formats: 256 values in eight groups, whose small integer scales (and minima) share one or two binary16 factors. */
final class KBlocks {
    private KBlocks() {}

    /** 16 scales (low half) and minima (high half) of 16 values; 64 bytes of 2-bit values; d; dmin. */
    static void q2(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at + 80);
        float dmin = f16(bytes, at + 82);
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d;
            for (int half = 0; half < 2; half++) {
                byte scale = bytes[at + 2 * g + half];
                to.n[2 * (group + g) + half] = -(dmin * bits(scale, 4, 4));
                int first = 32 * (group + g) + 16 * half;
                for (int i = 0; i < 16; i++) {
                    byte q = bytes[at + 16 + 32 * (g / 4) + 16 * half + i];
                    to.w[first + i] = bits(scale, 0, 4) * bits(q, 2 * (g % 4), 2);
                }
            }
        }
    }

    /**
     * 32 bytes of third bits, of which a set one means "no 4 is taken away"; 64 bytes of 2-bit values; 12 bytes with 16 6-bit
     * scales; d.
     */
    static void q3(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at + 108);
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d;
            for (int half = 0; half < 2; half++) {
                int s = 2 * g + half;
                int low = bits(bytes[at + 96 + s % 8], 4 * (s / 8), 4);
                int high = bits(bytes[at + 104 + s % 4], 2 * (s / 4), 2);
                int scale = (low | (high << 4)) - 32;
                int first = 32 * (group + g) + 16 * half;
                for (int i = 0; i < 16; i++) {
                    int q = bits(bytes[at + 32 + 32 * (g / 4) + 16 * half + i], 2 * (g % 4), 2)
                            | (bits(bytes[at + 16 * half + i], g, 1) << 2);
                    to.w[first + i] = scale * (q - 4);
                }
            }
        }
    }

    /** d; dmin; 12 bytes with 8 scales and minima; 128 bytes, low halves one group, high halves the next. */
    static void q4(byte[] bytes, int at, UnpackedRow to, int group) {
        scalesAndMinima(bytes, at, to, group);
        for (int g = 0; g < 8; g++) {
            int from = at + 16 + 32 * (g / 2);
            int first = 32 * (group + g);
            for (int i = 0; i < 32; i++) {
                to.w[first + i] = bits(bytes[from + i], 4 * (g % 2), 4);
            }
        }
    }

    /** As Q4_K, with 32 bytes of fifth bits before the 128 bytes; bit g belongs to group g. */
    static void q5(byte[] bytes, int at, UnpackedRow to, int group) {
        scalesAndMinima(bytes, at, to, group);
        for (int g = 0; g < 8; g++) {
            int from = at + 48 + 32 * (g / 2);
            int first = 32 * (group + g);
            for (int i = 0; i < 32; i++) {
                to.w[first + i] = bits(bytes[from + i], 4 * (g % 2), 4) | (bits(bytes[at + 16 + i], g, 1) << 4);
            }
        }
    }

    /** Groups 0 to 3 have 6-bit scales and minima in a byte each; those of 4 to 7 are put together from the rest. */
    private static void scalesAndMinima(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at);
        float dmin = f16(bytes, at + 2);
        int s = at + 4;
        for (int g = 0; g < 8; g++) {
            int scale;
            int minimum;
            if (g < 4) {
                scale = bits(bytes[s + g], 0, 6);
                minimum = bits(bytes[s + 4 + g], 0, 6);
            } else {
                scale = bits(bytes[s + 4 + g], 0, 4) | (bits(bytes[s + g - 4], 6, 2) << 4);
                minimum = bits(bytes[s + 4 + g], 4, 4) | (bits(bytes[s + g], 6, 2) << 4);
            }
            to.d[group + g] = d * scale;
            to.n[2 * (group + g)] = -(dmin * minimum);
        }
    }

    /** 128 bytes of low halves; 64 bytes of upper two bits; 16 signed scales of 16 values; d. */
    static void q6(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at + 208);
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d;
            int low = at + 64 * (g / 4) + 32 * (g % 2);
            int high = at + 128 + 32 * (g / 4);
            for (int half = 0; half < 2; half++) {
                int scale = bytes[at + 192 + 2 * g + half];
                int first = 32 * (group + g);
                for (int i = 16 * half; i < 16 * half + 16; i++) {
                    int q = bits(bytes[low + i], 4 * (g % 4 / 2), 4) | (bits(bytes[high + i], 2 * (g % 4), 2) << 4);
                    to.w[first + i] = scale * (q - 32);
                }
            }
        }
    }
}
