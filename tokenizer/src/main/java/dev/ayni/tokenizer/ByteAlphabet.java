package dev.ayni.tokenizer;

import java.util.Arrays;

/**
 * The 256 printable characters that stand for bytes in byte-level vocabularies: printable Latin-1 stands for itself, the
 * other bytes, in order, for U+0100 and on (GPT-2's encoder.py, bytes_to_unicode).
 */
final class ByteAlphabet {
    private static final char[] CHARACTERS = new char[256];
    private static final short[] BYTES = new short[512];

    static {
        Arrays.fill(BYTES, (short) -1);
        int others = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b != 0xad);
            CHARACTERS[b] = (char) (printable ? b : others++);
            BYTES[CHARACTERS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The character that stands for a byte, 0 to 255. */
    static char character(int b) {
        return CHARACTERS[b];
    }

    /** The byte that a character stands for, or -1. */
    static int toByte(char c) {
        return c < BYTES.length ? BYTES[c] : -1;
    }

    /** Writes the bytes that a part of a text stands for; gives how many, or -1 where a character stands for none. */
    static int toBytes(String text, int from, int to, byte[] bytes) {
        for (int i = from; i < to; i++) {
            int b = toByte(text.charAt(i));
            if (b < 0) {
                return -1;
            }
            bytes[i - from] = (byte) b;
        }
        return to - from;
    }
}
