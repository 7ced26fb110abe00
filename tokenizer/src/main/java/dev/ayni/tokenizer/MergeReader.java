package dev.ayni.tokenizer;

import dev.ayni.tokenizer.PairEncoder.Merges;
import java.nio.charset.StandardCharsets;

/** Reads a list of merges, in order of rank, against the vocabulary whose tokens they join. */
final class MergeReader {
    private final Pieces pieces;
    private final boolean byteAlphabet;
    private final String source;
    private final Merges merges;
    private int rank;
    private byte[] buffer = new byte[256];

    /**
     * @param byteAlphabet whether tokens are written in {@link ByteAlphabet}
     * @param source where the merges stand, for messages
     */
    MergeReader(Pieces pieces, boolean byteAlphabet, int count, String source) {
        this.pieces = pieces;
        this.byteAlphabet = byteAlphabet;
        this.source = source;
        merges = new Merges(count);
    }

    /** Reads "left right". */
    void add(String merge) {
        int space = merge.indexOf(' ', 1);
        if (space < 0 || space == merge.length() - 1) {
            throw wrong(merge, "which is not two tokens with a space between");
        }
        int left = write(merge, 0, space, 0);
        add(left, left < 0 ? -1 : write(merge, space + 1, merge.length(), left), merge);
    }

    void add(String left, String right) {
        int middle = write(left, 0, left.length(), 0);
        add(middle, middle < 0 ? -1 : write(right, 0, right.length(), middle), left + " " + right);
    }

    Merges merges() {
        return merges;
    }

    private void add(int middle, int end, String written) {
        int left = end < 0 ? -1 : pieces.find(buffer, 0, middle);
        int right = left < 0 ? -1 : pieces.find(buffer, middle, end);
        int into = right < 0 ? -1 : pieces.find(buffer, 0, end);
        if (into < 0) {
            throw wrong(written, "whose parts or whole are not in the vocabulary");
        }
        merges.add(left, right, into);
        rank++;
    }

    /** Writes a part of a text to the buffer; gives where it ends there, or -1 where a character has no byte. */
    private int write(String text, int from, int to, int at) {
        int most = at + (to - from) * 3;
        if (buffer.length < most) {
            buffer = java.util.Arrays.copyOf(buffer, most * 2);
        }
        if (!byteAlphabet) {
            byte[] utf8 = text.substring(from, to).getBytes(StandardCharsets.UTF_8);
            System.arraycopy(utf8, 0, buffer, at, utf8.length);
            return at + utf8.length;
        }
        for (int i = from; i < to; i++) {
            int b = ByteAlphabet.toByte(text.charAt(i));
            if (b < 0) {
                return -1;
            }
            buffer[at + i - from] = (byte) b;
        }
        return at + to - from;
    }

    private TokenizerException wrong(String merge, String why) {
        return new TokenizerException(
                "%s: merge %d is '%s', %s. The vocabulary is damaged or was converted wrongly; take another copy."
                        .formatted(source, rank, merge, why));
    }
}
