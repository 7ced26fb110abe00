package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes a run of code points as sequences of runs of bytes: the byte strings of the sequences together are the UTF-8 of
 * the code points (as Thompson's grep and RE2 do it). A sequence is an array of first and last bytes in turn.
 */
final class Utf8Runs {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, CodePoints.LAST};

    private Utf8Runs() {}

    /** The sequences of a run without surrogates. */
    static List<int[]> of(int first, int last) {
        List<int[]> sequences = new ArrayList<>();
        int from = first;
        for (int length = 1; length <= 4; length++) {
            int to = Math.min(last, LAST_OF_LENGTH[length - 1]);
            if (from <= to) {
                split(from, to, length, sequences);
                from = to + 1;
            }
        }
        return sequences;
    }

    private static void split(int first, int last, int length, List<int[]> sequences) {
        for (int tail = 1; tail < length; tail++) {
            int mask = (1 << (6 * tail)) - 1;
            if ((first & ~mask) != (last & ~mask)) {
                if ((first & mask) != 0) {
                    split(first, first | mask, length, sequences);
                    split((first | mask) + 1, last, length, sequences);
                    return;
                }
                if ((last & mask) != mask) {
                    split(first, (last & ~mask) - 1, length, sequences);
                    split(last & ~mask, last, length, sequences);
                    return;
                }
            }
        }
        int[] runs = new int[2 * length];
        for (int i = 0; i < length; i++) {
            runs[2 * i] = byteOf(first, i, length);
            runs[2 * i + 1] = byteOf(last, i, length);
        }
        sequences.add(runs);
    }

    /** The byte at a place of a code point's UTF-8. */
    static int byteOf(int c, int place, int length) {
        if (length == 1) {
            return c;
        }
        int shifted = c >> (6 * (length - 1 - place));
        return place == 0 ? (0xF00 >> length & 0xFF) | shifted : 0x80 | (shifted & 0x3F);
    }

    /** How many bytes a code point has. */
    static int length(int c) {
        return c <= 0x7F ? 1 : c <= 0x7FF ? 2 : c <= 0xFFFF ? 3 : 4;
    }
}
