package dev.ayni.tokenizer;

import java.util.Arrays;

/** U+2581, by which SentencePiece writes a space. */
final class SpaceMarks {
    static final char MARK = '\u2581';

    private SpaceMarks() {}

    /** The part of a text with marks for spaces, after one mark more if {@code prefix}. */
    static char[] escape(char[] text, int from, int to, boolean prefix) {
        char[] escaped = new char[to - from + (prefix ? 1 : 0)];
        int n = 0;
        if (prefix) {
            escaped[n++] = MARK;
        }
        for (int i = from; i < to; i++) {
            escaped[n++] = text[i] == ' ' ? MARK : text[i];
        }
        return escaped;
    }

    /** UTF-8 with spaces where it has marks. */
    static byte[] unescape(byte[] piece) {
        byte[] text = new byte[piece.length];
        int n = 0;
        for (int i = 0; i < piece.length; i++) {
            boolean mark = i + 2 < piece.length && Before.isMark(piece, i);
            text[n++] = mark ? (byte) ' ' : piece[i];
            i += mark ? 2 : 0;
        }
        return Arrays.copyOf(text, n);
    }

    /**
     * Cuts a text before its spaces where no token could reach over the cut, so that the parts can be encoded alone.
     *
     * @param before the bytes after which some token goes on with a mark, see {@link Before}
     */
    static Splitter splitter(Before before) {
        return (text, from, to, parts) -> {
            int start = from;
            for (int i = from + 1; i < to; i++) {
                if (text[i] == MARK && text[i - 1] != MARK && !before.contains(text[i - 1])) {
                    parts.word(text, start, i);
                    start = i;
                }
            }
            parts.word(text, start, to);
        };
    }

    /** The characters that stand before a mark within a token, by the last byte of their UTF-8: rather too many than too few. */
    static final class Before {
        private final boolean[] lastBytes = new boolean[256];

        /** Takes note of the marks in a token. */
        void add(byte[] piece, int from, int to) {
            for (int i = from + 1; i + 2 < to; i++) {
                if (isMark(piece, i) && !(i >= from + 3 && isMark(piece, i - 3))) {
                    lastBytes[piece[i - 1] & 0xff] = true;
                }
            }
        }

        boolean contains(char c) {
            return lastBytes[c < 0x80 ? c : 0x80 | (c & 0x3f)];
        }

        private static boolean isMark(byte[] piece, int at) {
            return piece[at] == (byte) 0xe2 && piece[at + 1] == (byte) 0x96 && piece[at + 2] == (byte) 0x81;
        }
    }
}
