package dev.ayni.tensor;

import static dev.ayni.tensor.BlockFormat.bits;
import static dev.ayni.tensor.BlockFormat.f16;

/** Formats of one and two bits a value, in their order, behind one scale. */
final class BitBlocks {
    private BitBlocks() {}

    /** 128 values: d, then a bit each; a set one is 1, any other -1. */
    static void q1(byte[] bytes, int at, UnpackedRow to, int group) {
        for (int i = 0; i < 128; i++) {
            to.w[32 * group + i] = 2 * bits(bytes[at + 2 + i / 8], i % 8, 1) - 1;
        }
        scale(f16(bytes, at), to, group, 4);
    }

    /** 64 values: d, then two bits each, for -1, 0, 1 and 2. */
    static void q2(byte[] bytes, int at, UnpackedRow to, int group) {
        for (int i = 0; i < 64; i++) {
            to.w[32 * group + i] = bits(bytes[at + 2 + i / 4], 2 * (i % 4), 2) - 1;
        }
        scale(f16(bytes, at), to, group, 2);
    }

    private static void scale(float d, UnpackedRow to, int group, int groups) {
        for (int g = 0; g < groups; g++) {
            to.d[group + g] = d;
        }
    }
}
