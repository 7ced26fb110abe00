package dev.ayni.tokenizer;

/**
 * The Unicode properties that pre-tokenizers ask of a character. Text is UTF-16 without unpaired surrogates (see
 * {@link #wellFormed}), and no range cuts a pair.
 */
final class Characters {
    static final int LETTER = 1;
    static final int NUMBER = 2;
    /** The property White_Space, which the published expressions mean by \s. */
    static final int SPACE = 4;

    static final int MARK = 8;
    static final int PUNCTUATION = 16;
    static final int SYMBOL = 32;
    /** Lu, Lt, Lm, Lo or M: what may stand before the small letters of a word. */
    static final int CAPITAL = 64;
    /** Ll, Lm, Lo or M. */
    static final int SMALL = 128;

    /** Set on every entry of the table that was asked for before. */
    private static final int KNOWN = 256;

    /** The properties by character, each looked up when first asked for; threads may race to write the same. */
    private static final short[] BASIC_PLANE = new short[1 << 16];

    private Characters() {}

    /** The properties of the character that begins at {@code at}; other bits may be set too. */
    static int at(char[] text, int at) {
        char c = text[at];
        int known = BASIC_PLANE[c];
        if (known != 0) {
            return known;
        }
        if (Character.isHighSurrogate(c)) {
            return classify(Character.toCodePoint(c, text[at + 1]));
        }
        int properties = classify(c) | KNOWN;
        BASIC_PLANE[c] = (short) properties;
        return properties;
    }

    static boolean is(int properties, char[] text, int at, int end) {
        return at < end && (at(text, at) & properties) != 0;
    }

    /** Where the next character begins. */
    static int after(char[] text, int at) {
        return Character.isHighSurrogate(text[at]) ? at + 2 : at + 1;
    }

    /** The end of the run of characters that have one of the properties. */
    static int run(int properties, char[] text, int from, int end) {
        int at = from;
        while (at < end && (at(text, at) & properties) != 0) {
            at = after(text, at);
        }
        return at;
    }

    /** The end of the run of characters that have none of the properties. */
    static int runWithout(int properties, char[] text, int from, int end) {
        int at = from;
        while (at < end && (at(text, at) & properties) == 0) {
            at = after(text, at);
        }
        return at;
    }

    /** The text's characters; a surrogate without its other half becomes U+FFFD, as UTF-8 cannot carry it. */
    static char[] wellFormed(String text) {
        char[] chars = text.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            if (!Character.isSurrogate(chars[i])) {
                continue;
            }
            if (i + 1 < chars.length && Character.isSurrogatePair(chars[i], chars[i + 1])) {
                i++;
            } else {
                chars[i] = '\uFFFD';
            }
        }
        return chars;
    }

    /** Writes the characters as UTF-8, at most three bytes for each, and says how many bytes. */
    static int utf8(char[] text, int from, int to, byte[] bytes) {
        int n = 0;
        for (int i = from; i < to; i++) {
            int c = text[i];
            if (c < 0x80) {
                bytes[n++] = (byte) c;
            } else if (c < 0x800) {
                bytes[n++] = (byte) (0xc0 | (c >> 6));
                bytes[n++] = (byte) (0x80 | (c & 0x3f));
            } else if (Character.isHighSurrogate((char) c)) {
                int point = Character.toCodePoint((char) c, text[++i]);
                bytes[n++] = (byte) (0xf0 | (point >> 18));
                bytes[n++] = (byte) (0x80 | ((point >> 12) & 0x3f));
                bytes[n++] = (byte) (0x80 | ((point >> 6) & 0x3f));
                bytes[n++] = (byte) (0x80 | (point & 0x3f));
            } else {
                bytes[n++] = (byte) (0xe0 | (c >> 12));
                bytes[n++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                bytes[n++] = (byte) (0x80 | (c & 0x3f));
            }
        }
        return n;
    }

    private static int classify(int point) {
        int properties = switch (Character.getType(point)) {
            case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> LETTER | CAPITAL;
            case Character.LOWERCASE_LETTER -> LETTER | SMALL;
            case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> LETTER | CAPITAL | SMALL;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
                MARK | CAPITAL | SMALL;
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> PUNCTUATION;
            case Character.MATH_SYMBOL, Character.CURRENCY_SYMBOL, Character.MODIFIER_SYMBOL, Character.OTHER_SYMBOL ->
                SYMBOL;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            default -> 0;
        };
        return (point >= 9 && point <= 13) || point == 0x85 ? properties | SPACE : properties;
    }
}
