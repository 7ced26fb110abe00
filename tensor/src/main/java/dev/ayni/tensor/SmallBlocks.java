package dev.ayni.tensor;

import static dev.ayni.tensor.BlockFormat.bits;
import static dev.ayni.tensor.BlockFormat.f16;
import static dev.ayni.tensor.BlockFormat.i32;

/** The oldest formats: 32 values with one scale, and in the {@code _1} formats one minimum. */
final class SmallBlocks {
    private SmallBlocks() {}

    /** d, then 16 bytes: low half value i, high half value i + 16. */
    static void q4_0(byte[] bytes, int at, UnpackedRow to, int group) {
        to.d[group] = f16(bytes, at);
        nibbles(bytes, at + 2, to.w, 32 * group, 8);
    }

    /** d, minimum, then as Q4_0 without an offset. */
    static void q4_1(byte[] bytes, int at, UnpackedRow to, int group) {
        to.d[group] = f16(bytes, at);
        to.n[2 * group] = f16(bytes, at + 2);
        nibbles(bytes, at + 4, to.w, 32 * group, 0);
    }

    /** d, 32 fifth bits, then as Q4_0. */
    static void q5_0(byte[] bytes, int at, UnpackedRow to, int group) {
        to.d[group] = f16(bytes, at);
        nibbles(bytes, at + 6, to.w, 32 * group, 16);
        addFifthBits(i32(bytes, at + 2), to.w, 32 * group);
    }

    /** d, minimum, 32 fifth bits, then as Q4_0 without an offset. */
    static void q5_1(byte[] bytes, int at, UnpackedRow to, int group) {
        to.d[group] = f16(bytes, at);
        to.n[2 * group] = f16(bytes, at + 2);
        nibbles(bytes, at + 8, to.w, 32 * group, 0);
        addFifthBits(i32(bytes, at + 4), to.w, 32 * group);
    }

    /** d, then 32 signed bytes. */
    static void q8_0(byte[] bytes, int at, UnpackedRow to, int group) {
        to.d[group] = f16(bytes, at);
        for (int i = 0; i < 32; i++) {
            to.w[32 * group + i] = bytes[at + 2 + i];
        }
    }

    private static void nibbles(byte[] bytes, int at, int[] w, int first, int offset) {
        for (int i = 0; i < 16; i++) {
            w[first + i] = bits(bytes[at + i], 0, 4) - offset;
            w[first + 16 + i] = bits(bytes[at + i], 4, 4) - offset;
        }
    }

    private static void addFifthBits(int fifth, int[] w, int first) {
        for (int i = 0; i < 32; i++) {
            w[first + i] += ((fifth >>> i) & 1) << 4;
        }
    }
}
