package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads the regular part of ECMA-262's regular expressions (edition 2024, section 22.2, with the flag u): no look-around,
 * no back-references, no word boundaries.
 */
final class RegexSyntax {
    static final int MOST_REPEATS = 100_000;
    private static final int DEEPEST = 500;
    private static final CodePoints DIGITS = CodePoints.of('0', '9');
    private static final CodePoints WORD = CodePoints.normal(new int[] {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'});
    private static final CodePoints SPACE = CodePoints.normal(new int[] {
        '\t', '\r', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F, 0x202F, 0x205F,
        0x205F, 0x3000, 0x3000, 0xFEFF, 0xFEFF
    });
    private static final CodePoints LINE_ENDS = CodePoints.normal(new int[] {'\n', '\n', '\r', '\r', 0x2028, 0x2029});

    private final String pattern;
    private int at;
    private int depth;

    private RegexSyntax(String pattern) {
        this.pattern = pattern;
    }

    /**
     * The tree of a pattern.
     *
     * @throws ShapeException if it is wrong or more than regular; the letter names the character
     */
    static Regex parse(String pattern) {
        RegexSyntax syntax = new RegexSyntax(pattern);
        Regex regex = syntax.choice();
        if (syntax.at < pattern.length()) {
            throw syntax.wrong("a ) without its (", "Write \\) for the character.");
        }
        return regex;
    }

    private Regex choice() {
        if (++depth > DEEPEST) {
            throw wrong("groups nested more than %d deep".formatted(DEEPEST), "Make the pattern flatter.");
        }
        List<Regex> alternatives = new ArrayList<>();
        alternatives.add(sequence());
        while (accept('|')) {
            alternatives.add(sequence());
        }
        depth--;
        return alternatives.size() == 1 ? alternatives.getFirst() : new Regex.Choice(alternatives);
    }

    private Regex sequence() {
        List<Regex> parts = new ArrayList<>();
        while (at < pattern.length() && peek() != '|' && peek() != ')') {
            parts.add(repeated());
        }
        return parts.size() == 1 ? parts.getFirst() : new Regex.Sequence(parts);
    }

    private Regex repeated() {
        int start = at;
        Regex atom = atom();
        if (at == pattern.length()) {
            return atom;
        }
        int least;
        int most;
        switch (peek()) {
            case '*' -> {
                least = 0;
                most = -1;
                at++;
            }
            case '+' -> {
                least = 1;
                most = -1;
                at++;
            }
            case '?' -> {
                least = 0;
                most = 1;
                at++;
            }
            case '{' -> {
                at++;
                least = count();
                most = accept(',') ? (peekOr('}') == '}' ? -1 : count()) : least;
                expect('}');
                if (most >= 0 && most < least) {
                    throw wrong("{%d,%d}".formatted(least, most), "The second number must not be the smaller one.");
                }
            }
            default -> {
                return atom;
            }
        }
        if (atom instanceof Regex.Begin || atom instanceof Regex.End) {
            at = start;
            throw wrong("a repeated %s".formatted(pattern.charAt(start)), "Leave out the repetition.");
        }
        accept('?'); // what a lazy repetition matches is the same set of texts
        if (at < pattern.length() && "*+?{".indexOf(peek()) >= 0) {
            throw wrong(
                    "a repetition of nothing", "Put the part to repeat before it, or write \\%c.".formatted(peek()));
        }
        return new Regex.Repeat(atom, least, most);
    }

    private int count() {
        int start = at;
        long count = 0;
        while (at < pattern.length() && Character.digit(peek(), 10) >= 0 && peek() < 128) {
            count = Math.min(count * 10 + Character.digit(pattern.charAt(at++), 10), Integer.MAX_VALUE);
        }
        if (start == at) {
            throw wrong("a { without a number", "Write {2}, {2,} or {2,5}, or \\{ for the character.");
        }
        if (count > MOST_REPEATS) {
            throw wrong(
                    "a repetition of %d".formatted(count),
                    "At most %d are enforced; take less.".formatted(MOST_REPEATS));
        }
        return (int) count;
    }

    private Regex atom() {
        char c = peek();
        switch (c) {
            case '(' -> {
                return group();
            }
            case '[' -> {
                at++;
                return new Regex.Characters(characterClass());
            }
            case '^' -> {
                at++;
                return new Regex.Begin();
            }
            case '$' -> {
                at++;
                return new Regex.End();
            }
            case '.' -> {
                at++;
                return new Regex.Characters(LINE_ENDS.not());
            }
            case '*', '+', '?', '{' ->
                throw wrong("a repetition of nothing", "Put the part to repeat before it, or write \\%c.".formatted(c));
            default -> {
                return new Regex.Characters(c == '\\' ? escape(false) : single());
            }
        }
    }

    private Regex group() {
        int start = at++;
        if (accept('?')) {
            boolean named = peekOr(' ') == '<' && at + 1 < pattern.length() && "=!".indexOf(pattern.charAt(at + 1)) < 0;
            if (named) {
                int end = pattern.indexOf('>', at);
                if (end < 0) {
                    throw wrong("a group's name without its >", "Write (?<name>...).");
                }
                at = end + 1;
            } else if (!accept(':')) {
                at = start;
                throw wrong(
                        "a group (?%c".formatted(start + 2 < pattern.length() ? pattern.charAt(start + 2) : ' '),
                        "Only (...), (?:...) and (?<name>...) describe regular texts; look-ahead, look-behind and flags are not enforced.");
            }
        }
        Regex inner = choice();
        expect(')');
        return inner;
    }

    private CodePoints single() {
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        return CodePoints.of(c, c);
    }

    private CodePoints characterClass() {
        boolean negated = accept('^');
        CodePoints set = CodePoints.NONE;
        while (true) {
            if (at >= pattern.length()) {
                throw wrong("a [ without its ]", "Close the class, or write \\[ for the character.");
            }
            if (accept(']')) {
                return negated ? set.not() : set;
            }
            CodePoints from = peek() == '\\' ? escape(true) : single();
            if (peekOr(' ') == '-' && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']') {
                at++;
                CodePoints to = peek() == '\\' ? escape(true) : single();
                if (!isOne(from) || !isOne(to) || from.bounds()[0] > to.bounds()[0]) {
                    throw wrong("a range that does not rise", "Write the lower character first, or \\- for a hyphen.");
                }
                from = CodePoints.of(from.bounds()[0], to.bounds()[0]);
            }
            set = set.or(from);
        }
    }

    private static boolean isOne(CodePoints set) {
        return set.bounds().length == 2 && set.bounds()[0] == set.bounds()[1];
    }

    private CodePoints escape(boolean inClass) {
        int start = at++;
        if (at == pattern.length()) {
            at = start;
            throw wrong("a \\ at the end", "Write \\\\ for the character.");
        }
        char c = pattern.charAt(at++);
        return switch (c) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.not();
            case 'w' -> WORD;
            case 'W' -> WORD.not();
            case 's' -> SPACE;
            case 'S' -> SPACE.not();
            case 'p', 'P' -> {
                CodePoints property = property();
                yield c == 'p' ? property : property.not();
            }
            case 't' -> CodePoints.of('\t', '\t');
            case 'n' -> CodePoints.of('\n', '\n');
            case 'r' -> CodePoints.of('\r', '\r');
            case 'f' -> CodePoints.of('\f', '\f');
            case 'v' -> CodePoints.of(0x0B, 0x0B);
            case '0' -> CodePoints.of(0, 0);
            case 'x' -> {
                int value = hex(2);
                yield CodePoints.of(value, value);
            }
            case 'u' -> unicode();
            case 'c' -> {
                int value = pattern.charAt(Math.min(at, pattern.length() - 1)) & 31;
                at++;
                yield CodePoints.of(value, value);
            }
            case 'b', 'B' -> {
                if (inClass && c == 'b') {
                    yield CodePoints.of('\b', '\b');
                }
                at = start;
                throw wrong("\\" + c, "Word boundaries are not enforced; say which characters may stand there.");
            }
            default -> {
                if (c >= '1' && c <= '9' || c == 'k') {
                    at = start;
                    throw wrong("\\" + c, "What refers back to a group is not regular and cannot be enforced.");
                }
                if (Character.isLetter(c)) {
                    at = start;
                    throw wrong("\\" + c, "There is no such escape; leave out the backslash.");
                }
                at--;
                yield single();
            }
        };
    }

    private CodePoints unicode() {
        if (accept('{')) {
            int end = pattern.indexOf('}', at);
            int value = end < 0 || end - at > 6 || end == at ? -1 : parseHex(pattern.substring(at, end));
            if (value < 0 || value > CodePoints.LAST) {
                throw wrong("\\u{ without a code point", "Write \\u{1F600}.");
            }
            at = end + 1;
            return CodePoints.of(value, value);
        }
        int value = hex(4);
        if (Character.isHighSurrogate((char) value) && pattern.startsWith("\\u", at)) {
            at += 2;
            value = Character.toCodePoint((char) value, (char) hex(4));
        }
        return CodePoints.of(value, value);
    }

    private int hex(int digits) {
        int value = at + digits > pattern.length() ? -1 : parseHex(pattern.substring(at, at + digits));
        if (value < 0) {
            throw wrong("an escape without its %d hexadecimal digits".formatted(digits), "Write \\x41 or \\u0041.");
        }
        at += digits;
        return value;
    }

    private static int parseHex(String digits) {
        int value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = Character.digit(digits.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value * 16 + digit;
        }
        return value;
    }

    private CodePoints property() {
        expect('{');
        int end = pattern.indexOf('}', at);
        if (end < 0) {
            throw wrong("\\p{ without its }", "Write \\p{L}.");
        }
        String name = pattern.substring(at, end);
        try {
            CodePoints set = UnicodeProperties.named(name);
            at = end + 1;
            return set;
        } catch (IllegalArgumentException e) {
            throw wrong(
                    "the property '%s'".formatted(name),
                    "Known are general categories such as L, Lu, Letter, and Script=Greek (%s)."
                            .formatted(String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT)));
        }
    }

    private char peek() {
        return pattern.charAt(at);
    }

    private char peekOr(char otherwise) {
        return at < pattern.length() ? pattern.charAt(at) : otherwise;
    }

    private boolean accept(char c) {
        if (at < pattern.length() && pattern.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!accept(c)) {
            throw wrong(
                    "no %c where one was expected".formatted(c), "Add it, or write a backslash before its partner.");
        }
    }

    private ShapeException wrong(String found, String advice) {
        String shown = pattern.length() > 200 ? pattern.substring(0, 200) + "..." : pattern;
        return new ShapeException(
                "The pattern '%s' has at character %d %s. %s".formatted(shown, at + 1, found, advice));
    }
}
