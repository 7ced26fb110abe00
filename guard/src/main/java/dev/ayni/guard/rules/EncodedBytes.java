package dev.ayni.guard.rules;

import dev.ayni.guard.rules.HiddenText.Decoded;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts whose bytes are written as other characters. An encoding is believed where what it decodes to is text: bytes by chance
 * hardly ever are (a dozen of them once in a hundred thousand).
 */
final class EncodedBytes {
    /** So many bytes decide whether it is text; then it is read as far as it stays text. */
    private static final int TRIAL = 24;
    /** An encoding that nobody writes by chance needs no more bytes than this. */
    private static final int FEWEST = 8;

    private static final int LONGEST_GAP = 2;

    private final String text;
    private final boolean complete;
    private final List<Decoded> found;

    private EncodedBytes(String text, boolean complete, List<Decoded> found) {
        this.text = text;
        this.complete = complete;
        this.found = found;
    }

    static void find(String text, boolean complete, List<Decoded> found) {
        EncodedBytes bytes = new EncodedBytes(text, complete, found);
        bytes.unseen();
        bytes.runs();
        bytes.pairs();
        bytes.escapes();
        bytes.numbers();
    }

    /** Bytes, and where each stands. */
    private static final class Bytes {
        private byte[] values = new byte[64];
        private int[] origins = new int[64];
        private int size;

        void add(int value, int origin) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
                origins = Arrays.copyOf(origins, size * 2);
            }
            values[size] = (byte) value;
            origins[size++] = origin;
        }

        /** The text that the bytes begin with; null where they are none. */
        @Nullable
        Derived text(int fewest, int end) {
            if (size < fewest) {
                return null;
            }
            Derived.Writer out = new Derived.Writer(size);
            int letters = 0;
            int seen = 0;
            int i = 0;
            while (i < size) {
                int width = width(values[i]);
                if (width == 0 || i + width > size) {
                    break;
                }
                int codePoint = codePoint(i, width);
                if (codePoint < 0 || Invisible.of(codePoint) != null) {
                    break;
                }
                out.add(Character.toString(codePoint), origins[i]);
                if (i < TRIAL) {
                    seen++;
                    letters += Character.isLetter(codePoint) || codePoint == ' ' ? 1 : 0;
                }
                i += width;
            }
            if (i < Math.min(size, TRIAL) - 3 || i < fewest || letters < 0.6 * seen) {
                return null;
            }
            return out.finish(i < size ? origins[i] : end);
        }

        private static int width(byte first) {
            int bits = first & 0xFF;
            return bits < 0x80
                    ? 1
                    : bits >= 0xC2 && bits < 0xE0
                            ? 2
                            : bits >= 0xE0 && bits < 0xF0 ? 3 : bits >= 0xF0 && bits < 0xF5 ? 4 : 0;
        }

        private int codePoint(int at, int width) {
            int value = width == 1 ? values[at] : values[at] & (0x7F >> width);
            for (int i = 1; i < width; i++) {
                if ((values[at + i] & 0xC0) != 0x80) {
                    return -1;
                }
                value = value << 6 | values[at + i] & 0x3F;
            }
            boolean shortest = width < 3 || value >= (width == 3 ? 0x800 : 0x10000);
            return shortest && value <= Character.MAX_CODE_POINT && !(value >= 0xD800 && value <= 0xDFFF) ? value : -1;
        }
    }

    private void add(@Nullable Derived decoded, String encoding, double score) {
        if (decoded != null) {
            found.add(new Decoded(decoded, encoding, score));
        }
    }

    // Characters that nobody sees: tags, variation selectors, bits without width.

    private void unseen() {
        int i = 0;
        while (i < text.length()) {
            char unit = text.charAt(i);
            if (unit < 0x200B) {
                i++;
                continue;
            }
            int codePoint = text.codePointAt(i);
            if (codePoint >= 0xE0020 && codePoint <= 0xE007E) {
                i = tags(i);
            } else if (selector(codePoint) >= 0) {
                i = selectors(i);
            } else if (Invisible.of(codePoint) == Invisible.ZERO_WIDTH) {
                i = bits(i);
            } else {
                i += Character.charCount(codePoint);
            }
        }
    }

    private int tags(int start) {
        Derived.Writer out = new Derived.Writer(64);
        int i = start;
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (codePoint < 0xE0020 || codePoint > 0xE007E) {
                break;
            }
            out.add((char) (codePoint - 0xE0000), i);
            i += 2;
        }
        boolean flag = start >= 2 && text.codePointBefore(start) == 0x1F3F4 && i - start <= 14;
        if (!flag) {
            add(out.finish(i), "tags", 1);
        }
        return i;
    }

    private static int selector(int codePoint) {
        return codePoint >= 0xFE00 && codePoint <= 0xFE0F
                ? codePoint - 0xFE00
                : codePoint >= 0xE0100 && codePoint <= 0xE01EF ? codePoint - 0xE0100 + 16 : -1;
    }

    private int selectors(int start) {
        Bytes bytes = new Bytes();
        int i = start;
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (selector(codePoint) < 0) {
                break;
            }
            bytes.add(selector(codePoint), i);
            i += Character.charCount(codePoint);
        }
        add(bytes.text(4, i), "variation-selectors", 1);
        return i;
    }

    private int bits(int start) {
        int end = start;
        int zero = text.charAt(start);
        int one = -1;
        while (end < text.length() && Invisible.of(text.charAt(end)) == Invisible.ZERO_WIDTH) {
            int unit = text.charAt(end);
            if (unit != zero) {
                if (one >= 0 && unit != one) {
                    break;
                }
                one = unit;
            }
            end++;
        }
        if (one >= 0) {
            // which of the two is the 1 is not written; a text's first bit is 0
            Bytes bytes = new Bytes();
            for (int i = start; i + 8 <= end; i += 8) {
                int value = 0;
                for (int bit = 0; bit < 8; bit++) {
                    value = value << 1 | (text.charAt(i + bit) == zero ? 0 : 1);
                }
                bytes.add(value, i);
            }
            add(bytes.text(2, end), "zero-width-bits", 1);
        }
        return end;
    }

    // Runs of an alphabet: Base64, Base32, Ascii85.

    private void runs() {
        int i = 0;
        while (i < text.length()) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                i++;
                continue;
            }
            int end = i;
            while (end < text.length() && text.charAt(end) > ' ' && text.charAt(end) <= '~') {
                end++;
            }
            if (end - i >= 16) {
                boolean open = end == text.length() && !complete;
                if (!base64(i, end, open) && !(open && end - i < 64)) {
                    ascii85(i, end);
                }
            }
            i = end;
        }
    }

    private static int base64(char unit) {
        if (unit >= 'A' && unit <= 'Z') {
            return unit - 'A';
        }
        if (unit >= 'a' && unit <= 'z') {
            return unit - 'a' + 26;
        }
        if (unit >= '0' && unit <= '9') {
            return unit - '0' + 52;
        }
        return unit == '+' || unit == '-' ? 62 : unit == '/' || unit == '_' ? 63 : -1;
    }

    /** Whether a part of this word was Base64 or Base32, or may yet be. */
    private boolean base64(int from, int to, boolean open) {
        boolean any = false;
        int start = from;
        int tries = 0;
        while (start < to) {
            int end = start;
            while (end < to && base64(text.charAt(end)) >= 0) {
                end++;
            }
            boolean running = open && end == to;
            int next = end + 1;
            if (end - start >= 16) {
                boolean decided = !running || end - start >= 64;
                if (decided && (digits(start, end, 6, "base64", 0.6) || digits(start, end, 5, "base32", 0.8))) {
                    any = true;
                } else if (!decided) {
                    any = true; // more of it decides
                } else if (tries++ < 8) { // a path or a name may stand before it
                    int joint = start;
                    while (joint < end && Character.isLetterOrDigit(text.charAt(joint))) {
                        joint++;
                    }
                    next = Math.min(joint, end) + 1;
                }
            }
            start = next;
        }
        return any;
    }

    private boolean digits(int start, int end, int width, String encoding, double score) {
        Bytes bytes = new Bytes();
        int buffer = 0;
        int held = 0;
        int origin = start;
        for (int i = start; i < end; i++) {
            int digit = width == 6 ? base64(text.charAt(i)) : base32(text.charAt(i));
            if (digit < 0) {
                if (i - start < 64) {
                    return false;
                }
                break;
            }
            buffer = (buffer << width | digit) & 0xFFFFF;
            held += width;
            if (held >= 8) {
                held -= 8;
                bytes.add(buffer >> held & 0xFF, origin);
                origin = i + (held == 0 ? 1 : 0);
            }
        }
        Derived decoded = bytes.text(10, end);
        add(decoded, encoding, score);
        return decoded != null;
    }

    private static int base32(char unit) {
        return unit >= 'A' && unit <= 'Z' ? unit - 'A' : unit >= '2' && unit <= '7' ? unit - '2' + 26 : -1;
    }

    private void ascii85(int from, int to) {
        int start = text.startsWith("<~", from) ? from + 2 : from;
        Bytes bytes = new Bytes();
        long value = 0;
        int count = 0;
        for (int i = start; i < to; i++) {
            char unit = text.charAt(i);
            if (unit < '!' || unit > 'u') {
                break;
            }
            value = value * 85 + unit - '!';
            if (++count == 5) {
                if (value > 0xFFFFFFFFL) {
                    break;
                }
                for (int shift = 24; shift >= 0; shift -= 8) {
                    bytes.add((int) (value >> shift) & 0xFF, i - 4);
                }
                value = 0;
                count = 0;
            }
        }
        add(bytes.text(16, to), "ascii85", 0.8);
    }

    // Pairs of hexadecimal digits, with or without something between them.

    private void pairs() {
        int i = 0;
        while (i + 1 < text.length()) {
            int digits = i;
            if (i > 0 && Character.isLetterOrDigit(text.charAt(i - 1)) || hex(text.charAt(i)) < 0) {
                i++;
                continue;
            }
            Bytes bytes = new Bytes();
            int end = i;
            while (true) {
                int at = digits;
                if (text.startsWith("0x", at)) {
                    at += 2;
                }
                if (at + 1 >= text.length() || hex(text.charAt(at)) < 0 || hex(text.charAt(at + 1)) < 0) {
                    break;
                }
                bytes.add(hex(text.charAt(at)) << 4 | hex(text.charAt(at + 1)), digits);
                end = at + 2;
                digits = end;
                while (digits < text.length()
                        && digits - end < LONGEST_GAP
                        && " ,:;-".indexOf(text.charAt(digits)) >= 0) {
                    digits++;
                }
            }
            boolean open = !complete && end >= text.length() - LONGEST_GAP - 3;
            boolean torn = end < text.length() && Character.isLetterOrDigit(text.charAt(end)) && bytes.size < TRIAL;
            if (!torn && (!open || bytes.size >= TRIAL)) {
                add(bytes.text(FEWEST, end), "hex", 0.6);
            }
            i = Math.max(end, i + 1);
        }
    }

    private static int hex(char unit) {
        return unit < 0x80 ? Character.digit(unit, 16) : -1;
    }

    // Single characters written as escapes where nothing asks for it.

    private void escapes() {
        int i = 0;
        while (i < text.length()) {
            char unit = text.charAt(i);
            if (unit != '%' && unit != '\\' && unit != '&' && unit != '=') {
                i++;
                continue;
            }
            i = escapes(i);
        }
    }

    private int escapes(int start) {
        Derived.Writer out = new Derived.Writer(64);
        int needless = 0;
        int i = start;
        int plain = 0;
        int last = start;
        int lastLength = 0;
        while (i < text.length() && plain <= 12) {
            long escape = escape(i);
            if (escape >= 0) {
                int codePoint = (int) (escape & 0xFFFFFF);
                needless += codePoint < 0x80 && Character.isLetterOrDigit(codePoint) ? 1 : 0;
                out.add(Character.toString(codePoint), i);
                i = (int) (escape >> 24);
                plain = 0;
                last = i;
                lastLength = out.length();
            } else if (text.charAt(start) == '=' || text.charAt(i) <= ' ') {
                break;
            } else {
                out.add(text.charAt(i), i);
                i++;
                plain++;
            }
        }
        if (needless >= 4) {
            Derived all = out.finish(last);
            int[] origins = Arrays.copyOf(all.origins(), lastLength + 1);
            origins[lastLength] = last;
            String encoding = switch (text.charAt(start)) {
                case '%' -> "percent";
                case '&' -> "entities";
                case '=' -> "quoted-printable";
                default -> "escapes";
            };
            add(new Derived(all.text().substring(0, lastLength), origins), encoding, 0.7);
        }
        return Math.max(last, start + 1);
    }

    /** The character that an escape at this place stands for, and in the upper bits the place after it; -1: there is none. */
    private long escape(int at) {
        char unit = text.charAt(at);
        if (unit == '%' || unit == '=') {
            return number(at + 1, 2, 2, 16, at + 1);
        }
        if (unit == '\\' && at + 1 < text.length()) {
            return switch (text.charAt(at + 1)) {
                case 'x' -> number(at + 2, 2, 2, 16, at + 2);
                case 'u' -> number(at + 2, 4, 4, 16, at + 2);
                default -> -1;
            };
        }
        if (text.startsWith("&#x", at) || text.startsWith("&#X", at)) {
            return number(at + 3, 2, 6, 16, at + 3);
        }
        return text.startsWith("&#", at) ? number(at + 2, 2, 7, 10, at + 2) : -1;
    }

    private long number(int from, int fewest, int most, int radix, int at) {
        int value = 0;
        int i = at;
        while (i < text.length()
                && i - from < most
                && text.charAt(i) < 0x80
                && Character.digit(text.charAt(i), radix) >= 0) {
            value = value * radix + Character.digit(text.charAt(i), radix);
            i++;
        }
        if (i - from < fewest
                || i == text.length() && fewest < most && !complete
                || !Character.isValidCodePoint(value)) {
            return -1;
        }
        if (fewest < most && i < text.length() && text.charAt(i) == ';') {
            i++;
        }
        return (long) i << 24 | value;
    }

    // Numbers that are the codes of characters, in decimal or binary digits.

    private void numbers() {
        int i = 0;
        while (i < text.length()) {
            if (!digit(i) || i > 0 && (Character.isLetterOrDigit(text.charAt(i - 1)) || text.charAt(i - 1) == '.')) {
                i++;
                continue;
            }
            i = numbers(i);
        }
    }

    private boolean digit(int i) {
        return i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }

    private int numbers(int start) {
        Bytes decimal = new Bytes();
        Bytes binary = new Bytes();
        boolean allBinary = true;
        int i = start;
        int end = start;
        while (digit(i)) {
            int from = i;
            int value = 0;
            boolean bits = true;
            while (digit(i) && i - from < 4096) {
                bits &= text.charAt(i) <= '1';
                value = Math.min(100_000, value * 10 + text.charAt(i) - '0');
                i++;
            }
            int digits = i - from;
            boolean last = i == text.length() && !complete;
            if (bits && digits % 8 == 0 && allBinary) {
                for (int at = from; at < i; at += 8) {
                    binary.add(Integer.parseInt(text, at, at + 8, 2), at);
                }
                end = i;
            } else if (!last && digits <= 3 && value < 128 && value >= 10) {
                allBinary = false;
                decimal.add(value, from);
                end = i;
            } else {
                break;
            }
            int gap = i;
            while (gap < text.length() && gap - i < LONGEST_GAP && " ,;".indexOf(text.charAt(gap)) >= 0) {
                gap++;
            }
            i = gap;
        }
        if (binary.size >= 4) {
            add(binary.text(4, end), "binary", 0.8);
        }
        boolean decided = complete || end < text.length() - LONGEST_GAP - 3 || decimal.size >= 48;
        Derived codes = decided ? decimal.text(FEWEST, end) : null;
        if (codes != null
                && CommonWords.count(codes.text()
                                .substring(0, Math.min(48, codes.text().length())))
                        >= 1) {
            add(codes, "character-codes", 0.8);
        }
        return Math.max(Math.max(end, i), start + 1);
    }
}
