package dev.ayni.tokenizer;

import static dev.ayni.tokenizer.Characters.NUMBER;
import static dev.ayni.tokenizer.Characters.PUNCTUATION;
import static dev.ayni.tokenizer.Characters.SPACE;
import static dev.ayni.tokenizer.Characters.SYMBOL;

/** One step of a pre-tokenizer: cuts a piece of text into smaller ones, within which tokens are looked for. */
@FunctionalInterface
interface Splitter {
    /** Hands on every part of the text from {@code from} to {@code to}, in order, none empty. */
    void split(char[] text, int from, int to, Words parts);

    /** Takes the parts. */
    @FunctionalInterface
    interface Words {
        void word(char[] text, int from, int to);
    }

    /** A pattern, tried at one place. */
    @FunctionalInterface
    interface Scanner {
        /** The end of the match that begins at {@code at} in a text that ends at {@code end}; -1 where there is none. */
        int match(char[] text, int at, int end);
    }

    /** Each match is a part, and so is what lies between matches. */
    static Splitter isolating(Scanner scanner) {
        return (text, from, to, parts) -> {
            int rest = from;
            for (int at = from; at < to; ) {
                int end = scanner.match(text, at, to);
                if (end <= at) {
                    at = Characters.after(text, at);
                    continue;
                }
                if (rest < at) {
                    parts.word(text, rest, at);
                }
                parts.word(text, at, end);
                at = end;
                rest = end;
            }
            if (rest < to) {
                parts.word(text, rest, to);
            }
        };
    }

    /** Cuts at each match; what becomes of matches and the rest, {@code segments} says. */
    static Splitter scanning(Scanner scanner, Segments segments, boolean invert) {
        if (segments == Segments.ISOLATED) {
            return isolating(scanner);
        }
        return (text, from, to, parts) -> {
            Segments.Collector collector = segments.collector(text, parts);
            int rest = from;
            for (int at = from; at < to; ) {
                int end = scanner.match(text, at, to);
                if (end <= at) {
                    at = Characters.after(text, at);
                    continue;
                }
                collector.add(rest, at, invert);
                collector.add(at, end, !invert);
                at = end;
                rest = end;
            }
            collector.add(rest, to, invert);
            collector.finish();
        };
    }

    /** Runs of digits of any script; or each digit alone. */
    static Splitter digits(boolean each) {
        return isolating((text, at, end) -> {
            if (!Characters.is(NUMBER, text, at, end)) {
                return -1;
            }
            return each ? Characters.after(text, at) : Characters.run(NUMBER, text, at, end);
        });
    }

    /** Runs of line ends, \\n alone, and what lies between. */
    static Splitter lines() {
        return isolating((text, at, end) -> {
            int to = at;
            while (to < end && (text[to] == '\n') == (text[at] == '\n')) {
                to++;
            }
            return to;
        });
    }

    /**
     * The digits of each number in threes, counted from its end, as thousands are written.
     *
     * @param decimals whether only the digits 0 to 9 count, of any script, and numbers that a letter, a mark or a low line
     *     follows stay whole; the expression \d{1,3}(?=(?:\d{3})*\b)
     */
    static Splitter thousands(boolean decimals) {
        return (text, from, to, parts) -> {
            int rest = from;
            for (int at = from; at < to; ) {
                int end = at;
                int digits = 0;
                while (end < to && (decimals ? isDecimal(text, end, to) : Characters.is(NUMBER, text, end, to))) {
                    end = Characters.after(text, end);
                    digits++;
                }
                if (digits == 0) {
                    at = Characters.after(text, at);
                } else if (decimals && end < to && isOfWord(Character.codePointAt(text, end, to))) {
                    at = end;
                } else {
                    if (rest < at) {
                        parts.word(text, rest, at);
                    }
                    for (; digits > 0; digits -= 1 + (digits - 1) % 3) {
                        int next = at;
                        for (int i = 0; i <= (digits - 1) % 3; i++) {
                            next = Characters.after(text, next);
                        }
                        parts.word(text, at, next);
                        at = next;
                    }
                    rest = end;
                }
            }
            if (rest < to) {
                parts.word(text, rest, to);
            }
        };
    }

    private static boolean isDecimal(char[] text, int at, int end) {
        return Character.getType(Character.codePointAt(text, at, end)) == Character.DECIMAL_DIGIT_NUMBER;
    }

    private static boolean isOfWord(int point) {
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.CONNECTOR_PUNCTUATION -> true;
            default -> Character.isLetter(point);
        };
    }

    /** Each sign of punctuation, to which all of ASCII's signs belong. */
    static Splitter punctuation(Segments segments) {
        return scanning((text, at, end) -> isPunctuation(text, at) ? Characters.after(text, at) : -1, segments, false);
    }

    private static boolean isPunctuation(char[] text, int at) {
        int kind = Characters.at(text, at);
        return (kind & PUNCTUATION) != 0 || (text[at] < 0x80 && (kind & SYMBOL) != 0);
    }

    /** The white space at the end of a text: the expression \s+$. */
    static Splitter trailingSpace() {
        return (text, from, to, parts) -> {
            int start = to;
            while (start > from && Characters.is(SPACE, text, start - 1, to)) {
                start--;
            }
            if (from < start) {
                parts.word(text, from, start);
            }
            if (start < to) {
                parts.word(text, start, to);
            }
        };
    }

    /** The text after a space, unless it begins with one. */
    static Splitter prefixingSpace() {
        return (text, from, to, parts) -> {
            if (text[from] == ' ') {
                parts.word(text, from, to);
                return;
            }
            char[] prefixed = new char[to - from + 1];
            prefixed[0] = ' ';
            System.arraycopy(text, from, prefixed, 1, to - from);
            parts.word(prefixed, 0, prefixed.length);
        };
    }

    /** Parts that begin with this character, and what lies before the first. */
    static Splitter beforeEach(char begin) {
        return (text, from, to, parts) -> {
            int start = from;
            for (int i = from + 1; i < to; i++) {
                if (text[i] == begin) {
                    parts.word(text, start, i);
                    start = i;
                }
            }
            parts.word(text, start, to);
        };
    }

    /** The steps one after the other, each within the parts of the one before. */
    static Splitter sequence(Splitter... steps) {
        return (text, from, to, parts) -> {
            Words last = parts;
            for (int i = steps.length - 1; i > 0; i--) {
                Splitter step = steps[i];
                Words next = last;
                last = (t, f, e) -> step.split(t, f, e, next);
            }
            if (steps.length == 0) {
                parts.word(text, from, to);
            } else {
                steps[0].split(text, from, to, last);
            }
        };
    }

    /** The same, with the text written in {@link ByteAlphabet} on the way to the parts. */
    static Splitter writingBytes(Splitter step) {
        return (text, from, to, parts) -> {
            byte[] bytes = new byte[Math.multiplyExact(to - from, 3)];
            int length = Characters.utf8(text, from, to, bytes);
            char[] written = new char[length];
            for (int i = 0; i < length; i++) {
                written[i] = ByteAlphabet.character(bytes[i] & 0xff);
            }
            step.split(written, 0, length, parts);
        };
    }
}
