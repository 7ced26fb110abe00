package dev.ayni.tokenizer;

import java.util.regex.Pattern;

/**
 * A text that an expression may read only so often. Java's engine tries one way after another, and an expression such as
 * {@code (a+)+b} has more ways through thirty letters than anybody waits for; no published one reads a character a hundred
 * times.
 */
final class BoundedText implements CharSequence {
    private static final long LEAST = 50_000_000;
    private static final long FOR_EACH = 1000;

    private final char[] text;
    private final int from;
    private final int length;
    private final Pattern pattern;
    private final long[] left;

    BoundedText(char[] text, int from, int to, Pattern pattern) {
        this(text, from, to - from, pattern, new long[] {LEAST + FOR_EACH * (to - from)});
    }

    private BoundedText(char[] text, int from, int length, Pattern pattern, long[] left) {
        this.text = text;
        this.from = from;
        this.length = length;
        this.pattern = pattern;
        this.left = left;
    }

    @Override
    public char charAt(int index) {
        if (--left[0] < 0) {
            throw new TokenizerException(
                    "The expression %s has too many ways through a text of %d characters to try them all. Break the text up; if it is a usual one, take the model from another source."
                            .formatted(TokenizerException.shortened(pattern.pattern()), length));
        }
        return text[from + index];
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return new BoundedText(text, from + start, end - start, pattern, left);
    }

    @Override
    public String toString() {
        return new String(text, from, length);
    }
}
