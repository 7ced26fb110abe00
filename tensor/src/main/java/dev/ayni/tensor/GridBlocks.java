package dev.ayni.tensor;

import static dev.ayni.tensor.BlockFormat.bits;
import static dev.ayni.tensor.BlockFormat.f16;
import static dev.ayni.tensor.BlockFormat.i32;
import static dev.ayni.tensor.BlockFormat.u16;

/**
 * Formats of 256 values that name whole vectors of magnitudes in a grid, with signs beside them. Odd multiples of a half in
 * their scales are doubled into integers, and the halves are taken out of d, a power of two each time.
 */
final class GridBlocks {
    private static final byte[][] IQ2_XXS = Grids.of(DType.IQ2_XXS);
    private static final byte[][] IQ2_XS = Grids.of(DType.IQ2_XS);
    private static final byte[][] IQ2_S = Grids.of(DType.IQ2_S);
    private static final byte[][] IQ3_XXS = Grids.of(DType.IQ3_XXS);
    private static final byte[][] IQ3_S = Grids.of(DType.IQ3_S);
    private static final byte[][] IQ1_S = Grids.of(DType.IQ1_S);

    private GridBlocks() {}

    /** d; for each group four entries and 32 bits: four times seven signs, and a 4-bit scale. */
    static void iq2xxs(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at);
        for (int g = 0; g < 8; g++) {
            int from = at + 2 + 8 * g;
            int signs = i32(bytes, from + 4);
            to.d[group + g] = d * (2 * (signs >>> 28) + 1) / 8;
            for (int k = 0; k < 4; k++) {
                byte[] entry = IQ2_XXS[bytes[from + k] & 0xff];
                signed(entry, withParity(signs >>> (7 * k)), 1, to.w, 32 * (group + g) + 8 * k);
            }
        }
    }

    /** d; 32 times 16 bits: a 9-bit entry and seven signs; 16 4-bit scales of 16 values. */
    static void iq2xs(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at) / 8;
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d;
            for (int k = 0; k < 4; k++) {
                int q = u16(bytes, at + 2 + 2 * (4 * g + k));
                int scale = 2 * bits(bytes[at + 66 + g], 4 * (k / 2), 4) + 1;
                signed(IQ2_XS[q & 511], withParity(q >>> 9), scale, to.w, 32 * (group + g) + 8 * k);
            }
        }
    }

    /** d; 32 low bytes of entries; 32 bytes of eight signs; 32 times two high bits of entries; 16 4-bit scales. */
    static void iq2s(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at) / 8;
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d;
            for (int k = 0; k < 4; k++) {
                int entry = (bytes[at + 2 + 4 * g + k] & 0xff) | (bits(bytes[at + 66 + g], 2 * k, 2) << 8);
                int scale = 2 * bits(bytes[at + 74 + g], 4 * (k / 2), 4) + 1;
                signed(IQ2_S[entry], bytes[at + 34 + 4 * g + k], scale, to.w, 32 * (group + g) + 8 * k);
            }
        }
    }

    /** d; 64 entries of four; for each group 32 bits: four times seven signs, and a 4-bit scale. */
    static void iq3xxs(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at);
        for (int g = 0; g < 8; g++) {
            int signs = i32(bytes, at + 66 + 4 * g);
            to.d[group + g] = d * (2 * (signs >>> 28) + 1) / 4;
            for (int k = 0; k < 8; k++) {
                byte[] entry = IQ3_XXS[bytes[at + 2 + 8 * g + k] & 0xff];
                signed(entry, withParity(signs >>> (7 * (k / 2))) >> (4 * (k % 2)), 1, to.w, 32 * (group + g) + 4 * k);
            }
        }
    }

    /** d; 64 low bytes of entries of four; 64 ninth bits; 32 bytes of eight signs; 8 4-bit scales. */
    static void iq3s(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at);
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d * (2 * bits(bytes[at + 106 + g / 2], 4 * (g % 2), 4) + 1);
            for (int k = 0; k < 8; k++) {
                int entry = (bytes[at + 2 + 8 * g + k] & 0xff) | (bits(bytes[at + 66 + g], k, 1) << 8);
                int signs = bytes[at + 74 + 4 * g + k / 2] >> (4 * (k % 2));
                signed(IQ3_S[entry], signs, 1, to.w, 32 * (group + g) + 4 * k);
            }
        }
    }

    /**
     * d; 32 low bytes of entries of -1, 0 and 1; for each group 16 bits: four times three high bits of entries, a 3-bit scale,
     * and the sign of an eighth that is added to each number.
     */
    static void iq1s(byte[] bytes, int at, UnpackedRow to, int group) {
        float d = f16(bytes, at);
        for (int g = 0; g < 8; g++) {
            int high = u16(bytes, at + 34 + 2 * g);
            to.d[group + g] = d * (2 * ((high >> 12) & 7) + 1) / 8;
            int eighth = (high & 0x8000) == 0 ? 1 : -1;
            for (int k = 0; k < 4; k++) {
                byte[] entry = IQ1_S[(bytes[at + 2 + 4 * g + k] & 0xff) | (((high >> (3 * k)) & 7) << 8)];
                for (int i = 0; i < 8; i++) {
                    to.w[32 * (group + g) + 8 * k + i] = 8 * entry[i] + eighth;
                }
            }
        }
    }

    /**
     * 32 low bytes of entries of -1, 0 and 1; 16 bytes, for each entry three high bits and the sign of an eighth that is added
     * to each number; four times 16 bits: four 3-bit scales of 16 values, and four bits of d.
     */
    static void iq1m(byte[] bytes, int at, UnpackedRow to, int group) {
        int half = 0;
        for (int i = 0; i < 4; i++) {
            half |= u16(bytes, at + 48 + 2 * i) >> 12 << 4 * i;
        }
        float d = Float.float16ToFloat((short) half) / 8;
        for (int g = 0; g < 8; g++) {
            to.d[group + g] = d;
            int scales = u16(bytes, at + 48 + 2 * (g / 2)) >> 6 * (g % 2);
            for (int k = 0; k < 4; k++) {
                int scale = 2 * (scales >> 3 * (k / 2) & 7) + 1;
                int high = bits(bytes[at + 32 + 2 * g + k / 2], 4 * (k % 2), 4);
                byte[] entry = IQ1_S[(bytes[at + 4 * g + k] & 0xff) | (high & 7) << 8];
                int eighth = high < 8 ? 1 : -1;
                for (int i = 0; i < 8; i++) {
                    to.w[32 * (group + g) + 8 * k + i] = scale * (8 * entry[i] + eighth);
                }
            }
        }
    }

    /** Seven signs and an eighth that makes the number of negative ones even. */
    private static int withParity(int signs) {
        int seven = signs & 127;
        return seven | ((Integer.bitCount(seven) & 1) << 7);
    }

    private static void signed(byte[] entry, int signs, int scale, int[] w, int first) {
        for (int i = 0; i < entry.length; i++) {
            w[first + i] = ((signs >> i) & 1) == 0 ? scale * entry[i] : -scale * entry[i];
        }
    }
}
