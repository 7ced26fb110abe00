package dev.ayni.template;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a template into tokens, with the rules for white space that chat templates are written for: {@code trim_blocks} (a line break after a block tag goes)
 * and {@code lstrip_blocks} (blanks before a block tag that begins its line go); {@code -} takes all white space on its side, {@code +} keeps it. One line
 * break at the end of the template goes.
 */
final class Lexer {
    private static final List<String> SIGNS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final int[] lineStarts;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>();
    private int at;
    /** Whether the last thing cut off ended with a line break (or nothing has been cut off). */
    private boolean lineStarting = true;

    private Lexer(String template) {
        String unix = template.replace("\r\n", "\n").replace('\r', '\n');
        this.source = unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
        int lines = 1;
        int[] starts = new int[16];
        for (int i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) {
            if (lines == starts.length) {
                starts = Arrays.copyOf(starts, 2 * lines);
            }
            starts[lines++] = i + 1;
        }
        this.lineStarts = Arrays.copyOf(starts, lines);
    }

    static List<Token> tokens(String template) {
        Lexer lexer = new Lexer(template);
        lexer.cut();
        return lexer.tokens;
    }

    private int line(int offset) {
        int found = Arrays.binarySearch(lineStarts, offset);
        return found >= 0 ? found + 1 : -found - 1;
    }

    private void cut() {
        while (at < source.length()) {
            int tag = nextTag(at);
            if (tag < 0) {
                add(Token.Kind.DATA, source.substring(at), at);
                at = source.length();
                break;
            }
            char kind = source.charAt(tag + 1);
            int inside = tag + 2;
            char sign = inside < source.length() ? source.charAt(inside) : ' ';
            boolean signed = sign == '-' || sign == '+';
            String before = stripped(source.substring(at, tag), signed ? sign : ' ', kind == '{');
            if (!before.isEmpty()) {
                add(Token.Kind.DATA, before, at);
            }
            inside += signed ? 1 : 0;
            lineStarting = false;
            switch (kind) {
                case '#' -> comment(tag, inside);
                case '{' -> expression(tag, inside, Token.Kind.VARIABLE_BEGIN, Token.Kind.VARIABLE_END, "}}");
                default -> {
                    int raw = rawTag(inside);
                    if (raw >= 0) {
                        raw(tag, raw);
                    } else {
                        expression(tag, inside, Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END, "%}");
                    }
                }
            }
        }
        tokens.add(new Token(Token.Kind.END, "", "", line(source.length())));
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    /** The text before a tag, less what the tag takes of it. */
    private String stripped(String text, char sign, boolean variable) {
        if (sign == '-') {
            return Text.stripRight(text);
        }
        if (sign != '+' && !variable) {
            int lastLine = text.lastIndexOf('\n') + 1;
            if ((lastLine > 0 || lineStarting) && Text.isBlank(text, lastLine)) {
                return text.substring(0, lastLine);
            }
        }
        return text;
    }

    private void comment(int tag, int from) {
        int end = source.indexOf("#}", from);
        if (end < 0) {
            throw fail(tag, "a comment begins with '{#' and does not end. Close it with '#}'.");
        }
        after(end + 2, end > from ? source.charAt(end - 1) : ' ');
    }

    /** Goes on behind a block tag or a comment, whose last character before the closing sign is given. */
    private void after(int end, char sign) {
        at = end;
        lineStarting = false;
        if (sign == '-') {
            skipSpace();
            lineStarting = at > end && source.charAt(at - 1) == '\n';
        } else if (sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
            lineStarting = true;
        }
    }

    private void skipSpace() {
        while (at < source.length() && Text.isSpace(source.charAt(at))) {
            at++;
        }
    }

    private int pastSpace(int from) {
        int i = from;
        while (i < source.length() && Text.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    /** Where the sign that closes a tag {@code {% raw %}} begins, or -1 for any other tag. */
    private int rawTag(int inside) {
        int word = pastSpace(inside);
        if (!source.startsWith("raw", word)) {
            return -1;
        }
        int end = pastSpace(word + 3);
        return source.startsWith("%}", end) || source.startsWith("-%}", end) ? end : -1;
    }

    private void raw(int tag, int close) {
        boolean strip = source.charAt(close) == '-';
        at = close + (strip ? 3 : 2);
        if (strip) {
            skipSpace();
        }
        lineStarting = at > 0 && source.charAt(at - 1) == '\n';
        int from = at;
        for (int i = source.indexOf("{%", from); i >= 0; i = source.indexOf("{%", i + 1)) {
            int word = i + 2;
            char sign = word < source.length() ? source.charAt(word) : ' ';
            if (sign == '-' || sign == '+') {
                word++;
            } else {
                sign = ' ';
            }
            word = pastSpace(word);
            if (source.startsWith("endraw", word)) {
                int end = pastSpace(word + 6);
                char closing = end < source.length() ? source.charAt(end) : ' ';
                int closed = closing == '-' || closing == '+' ? end + 1 : end;
                if (source.startsWith("%}", closed)) {
                    String text = stripped(source.substring(from, i), sign, false);
                    if (!text.isEmpty()) {
                        add(Token.Kind.DATA, text, from);
                    }
                    after(closed + 2, closing);
                    return;
                }
            }
        }
        throw fail(tag, "a part begins with '{% raw %}' and does not end. Close it with '{% endraw %}'.");
    }

    private void expression(int tag, int inside, Token.Kind begin, Token.Kind end, String close) {
        add(begin, "", tag);
        at = inside;
        open.clear();
        while (true) {
            skipSpace();
            if (at >= source.length()) {
                throw fail(tag, "the tag that begins here does not end. Close it with '" + close + "'.");
            }
            if (open.isEmpty()) {
                char sign = source.charAt(at);
                boolean signed = sign == '-' || (sign == '+' && end == Token.Kind.BLOCK_END);
                if (source.startsWith(close, signed ? at + 1 : at)) {
                    add(end, "", at);
                    int past = at + (signed ? 3 : 2);
                    if (end == Token.Kind.BLOCK_END) {
                        after(past, sign);
                    } else {
                        at = past;
                        lineStarting = false;
                        if (signed) {
                            skipSpace();
                            lineStarting = at > past && source.charAt(at - 1) == '\n';
                        }
                    }
                    return;
                }
            }
            token();
        }
    }

    private void token() {
        char c = source.charAt(at);
        if (c >= '0' && c <= '9') {
            number();
        } else if (c == '"' || c == '\'') {
            string(c);
        } else if (c == '_' || Text.isWord(source.codePointAt(at))) {
            name();
        } else {
            sign();
        }
    }

    private void name() {
        int from = at;
        while (at < source.length() && isNamePart(source.codePointAt(at))) {
            at += Character.charCount(source.codePointAt(at));
        }
        String name = source.substring(from, at);
        if (!Character.isUnicodeIdentifierStart(name.codePointAt(0)) && name.charAt(0) != '_') {
            throw fail(from, "'" + name + "' is not a name. A name begins with a letter or an underscore.");
        }
        add(Token.Kind.NAME, name, from);
    }

    private static boolean isNamePart(int c) {
        return c == '_'
                || Text.isWord(c)
                || Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    private void sign() {
        for (String sign : SIGNS) {
            if (source.startsWith(sign, at)) {
                balance(sign);
                add(Token.Kind.SIGN, sign, at);
                at += sign.length();
                return;
            }
        }
        throw fail(at, "the character '" + Character.toString(source.codePointAt(at)) + "' has no meaning in a tag.");
    }

    private void balance(String sign) {
        switch (sign) {
            case "(" -> open.push(')');
            case "[" -> open.push(']');
            case "{" -> open.push('}');
            case ")", "]", "}" -> {
                Character expected = open.poll();
                if (expected == null) {
                    throw fail(at, "'" + sign + "' closes nothing.");
                }
                if (expected != sign.charAt(0)) {
                    throw fail(at, "found '" + sign + "' where '" + expected + "' was expected.");
                }
            }
            default -> {}
        }
    }

    private void number() {
        int from = at;
        boolean afterDot = from > 0 && source.charAt(from - 1) == '.';
        int end = digits(from, 10);
        int fraction = end;
        if (!afterDot) {
            if (end + 1 < source.length() && source.charAt(end) == '.' && isDigit(end + 1, 10)) {
                fraction = digits(end + 1, 10);
            }
            int exponent = fraction;
            if (fraction < source.length() && (source.charAt(fraction) | 0x20) == 'e') {
                int first = fraction + 1;
                if (first < source.length() && (source.charAt(first) == '+' || source.charAt(first) == '-')) {
                    first++;
                }
                if (isDigit(first, 10)) {
                    exponent = digits(first, 10);
                }
            }
            if (exponent > end) {
                String text = source.substring(from, exponent);
                at = exponent;
                tokens.add(new Token(Token.Kind.FLOAT, text, Double.valueOf(text.replace("_", "")), line(from)));
                return;
            }
        }
        integer(from);
    }

    private void integer(int from) {
        int radix = 10;
        int end;
        if (source.charAt(from) == '0' && from + 1 < source.length()) {
            radix = switch (source.charAt(from + 1) | 0x20) {
                case 'x' -> 16;
                case 'o' -> 8;
                case 'b' -> 2;
                default -> 10;
            };
            int first = from + 2 < source.length() && source.charAt(from + 2) == '_' ? from + 3 : from + 2;
            if (radix != 10 && isDigit(first, radix)) {
                end = digits(first, radix);
            } else {
                radix = 10;
                end = from + 1;
                // zeros only: what follows a leading zero is a number of its own, as in Jinja
                while (end < source.length()
                        && (source.charAt(end) == '0'
                                || source.charAt(end) == '_'
                                        && end + 1 < source.length()
                                        && source.charAt(end + 1) == '0')) {
                    end++;
                }
            }
        } else {
            end = digits(from, 10);
        }
        String text = source.substring(from, end);
        String digits = (radix == 10 ? text : text.substring(2)).replace("_", "");
        if (digits.length() > 4300) {
            throw fail(from, "a number has " + digits.length() + " digits; at most 4300 are allowed.");
        }
        at = end;
        tokens.add(new Token(Token.Kind.INTEGER, text, Numbers.integer(new BigInteger(digits, radix)), line(from)));
    }

    private boolean isDigit(int i, int radix) {
        return i < source.length() && source.charAt(i) < 128 && Character.digit(source.charAt(i), radix) >= 0;
    }

    private int digits(int from, int radix) {
        int i = from;
        while (isDigit(i, radix)
                || i < source.length() && source.charAt(i) == '_' && i > from && isDigit(i + 1, radix)) {
            i++;
        }
        return i;
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw fail(at, "a string begins with " + quote + " and does not end. Close it with " + quote + ".");
        }
        String text = unescaped(source.substring(at + 1, end), at);
        tokens.add(new Token(Token.Kind.STRING, text, text, line(at)));
        at = end + 1;
    }

    private String unescaped(String text, int from) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(escape);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case 'x', 'u', 'U' -> {
                    int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : 8;
                    out.appendCodePoint(codePoint(text, i + 1, digits, from));
                    i += digits;
                }
                case 'N' -> {
                    int end = text.indexOf('}', i);
                    if (end < 0 || text.charAt(i + 1) != '{') {
                        throw fail(from, "a string holds '\\N' without a name in braces, as in '\\N{BULLET}'.");
                    }
                    out.appendCodePoint(named(text.substring(i + 2, end), from));
                    i = end;
                }
                default -> {
                    if (escape >= '0' && escape <= '7') {
                        int value = 0;
                        int first = i;
                        while (i < text.length() && i < first + 3 && text.charAt(i) >= '0' && text.charAt(i) <= '7') {
                            value = value * 8 + text.charAt(i++) - '0';
                        }
                        i--;
                        out.append((char) value);
                    } else if (escape < 128) {
                        out.append('\\').append(escape);
                    } else {
                        // Python spells such a character out before it looks for escapes, so that the backslash doubles
                        int point = text.codePointAt(i);
                        out.append(
                                point < 256
                                        ? "\\x%02x".formatted(point)
                                        : point < 65536 ? "\\u%04x".formatted(point) : "\\U%08x".formatted(point));
                        i += Character.charCount(point) - 1;
                    }
                }
            }
        }
        return out.toString();
    }

    private int codePoint(String text, int from, int digits, int where) {
        @Nullable Integer value = null;
        if (from + digits <= text.length()) {
            String hex = text.substring(from, from + digits);
            if (hex.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0)) {
                long parsed = Long.parseLong(hex, 16);
                value = parsed <= Character.MAX_CODE_POINT ? (int) parsed : null;
            }
        }
        if (value == null) {
            throw fail(
                    where,
                    "a string holds an escape that is not followed by " + digits
                            + " hexadecimal digits of a character.");
        }
        return value;
    }

    private int named(String name, int where) {
        try {
            return Character.codePointOf(name);
        } catch (IllegalArgumentException e) {
            throw fail(where, "a string names the character '" + name + "', which Unicode does not know.");
        }
    }

    private void add(Token.Kind kind, String text, int offset) {
        tokens.add(new Token(kind, text, text, line(offset)));
    }

    private TemplateException fail(int offset, String what) {
        return new TemplateException(
                "The chat template cannot be read: line %d: %s".formatted(line(offset), what), line(offset));
    }
}
