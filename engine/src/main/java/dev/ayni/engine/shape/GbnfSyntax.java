package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads GBNF as llama.cpp's grammars/README.md describes it: rules of literals, character classes, the dot, references,
 * groups, alternatives and repetitions; # begins a comment.
 */
final class GbnfSyntax {
    /** A part of a rule. */
    sealed interface Piece {
        record Characters(CodePoints set) implements Piece {}

        record Reference(String name, int line) implements Piece {}

        record Sequence(List<Piece> parts) implements Piece {
            public Sequence {
                parts = List.copyOf(parts);
            }
        }

        record Choice(List<Piece> alternatives) implements Piece {
            public Choice {
                alternatives = List.copyOf(alternatives);
            }
        }

        /** @param most -1: without end */
        record Repeat(Piece what, int least, int most) implements Piece {}
    }

    private static final int DEEPEST = 500;

    private final String text;
    private int at;
    private int depth;
    private int counted;
    private int line = 1;

    private GbnfSyntax(String text) {
        this.text = text;
    }

    /** The rules by their names, in the order of the text. */
    static Map<String, Piece> parse(String text) {
        GbnfSyntax syntax = new GbnfSyntax(text);
        Map<String, Piece> rules = new LinkedHashMap<>();
        syntax.space(true);
        while (syntax.at < text.length()) {
            String name = syntax.name();
            syntax.space(false);
            if (!text.startsWith("::=", syntax.at)) {
                throw syntax.wrong(
                        "no ::= after the rule's name '%s'".formatted(name), "Write: %s ::= ...".formatted(name));
            }
            syntax.at += 3;
            syntax.space(true);
            Piece piece = syntax.choice(false);
            if (rules.put(name, piece) != null) {
                throw syntax.wrong("a second rule '%s'".formatted(name), "Join the two with |.");
            }
            if (syntax.at < text.length() && "\r\n".indexOf(text.charAt(syntax.at)) < 0) {
                throw syntax.wrong("'%c'".formatted(text.charAt(syntax.at)), "A rule ends with its line.");
            }
            syntax.space(true);
        }
        return rules;
    }

    private Piece choice(boolean nested) {
        if (++depth > DEEPEST) {
            throw wrong("groups nested more than %d deep".formatted(DEEPEST), "Give the inner ones names.");
        }
        List<Piece> alternatives = new ArrayList<>();
        alternatives.add(sequence(nested));
        while (at < text.length() && text.charAt(at) == '|') {
            at++;
            space(true);
            alternatives.add(sequence(nested));
        }
        depth--;
        return alternatives.size() == 1 ? alternatives.getFirst() : new Piece.Choice(alternatives);
    }

    private Piece sequence(boolean nested) {
        List<Piece> parts = new ArrayList<>();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                parts.add(repeated(literal(), nested));
            } else if (c == '[') {
                parts.add(repeated(new Piece.Characters(characterClass()), nested));
            } else if (c == '.') {
                at++;
                parts.add(repeated(new Piece.Characters(CodePoints.ALL), nested));
            } else if (c == '(') {
                at++;
                space(true);
                Piece inner = choice(true);
                if (at == text.length() || text.charAt(at) != ')') {
                    throw wrong("a ( without its )", "Close the group.");
                }
                at++;
                parts.add(repeated(inner, nested));
            } else if (isNamePart(c)) {
                int line = line();
                parts.add(repeated(new Piece.Reference(name(), line), nested));
            } else if (c == '<' || c == '!') {
                throw wrong(
                        "a token (%c)".formatted(c),
                        "A shape describes text, and special tokens are no text: describe the text between them.");
            } else {
                break;
            }
        }
        return parts.size() == 1 ? parts.getFirst() : new Piece.Sequence(parts);
    }

    private Piece repeated(Piece one, boolean nested) {
        Piece piece = one;
        while (true) {
            space(nested);
            if (at == text.length() || "*+?{".indexOf(text.charAt(at)) < 0) {
                return piece;
            }
            char c = text.charAt(at++);
            switch (c) {
                case '*' -> piece = new Piece.Repeat(piece, 0, -1);
                case '+' -> piece = new Piece.Repeat(piece, 1, -1);
                case '?' -> piece = new Piece.Repeat(piece, 0, 1);
                default -> piece = counted(piece, nested);
            }
        }
    }

    private Piece counted(Piece piece, boolean nested) {
        space(nested);
        int least = count();
        int most = least;
        space(nested);
        if (at < text.length() && text.charAt(at) == ',') {
            at++;
            space(nested);
            most = at < text.length() && text.charAt(at) == '}' ? -1 : count();
            space(nested);
        }
        if (at == text.length() || text.charAt(at) != '}' || (most >= 0 && most < least)) {
            throw wrong("a wrong repetition", "Write {2}, {2,} or {2,5}.");
        }
        at++;
        return new Piece.Repeat(piece, least, most);
    }

    private int count() {
        int start = at;
        long count = 0;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            count = Math.min(count * 10 + text.charAt(at++) - '0', Integer.MAX_VALUE);
        }
        if (start == at || count > RegexSyntax.MOST_REPEATS) {
            throw wrong(
                    start == at ? "a repetition without a number" : "a repetition of %d".formatted(count),
                    "Write {2}, {2,} or {2,5}, with numbers up to %d.".formatted(RegexSyntax.MOST_REPEATS));
        }
        return (int) count;
    }

    private Piece literal() {
        at++;
        List<Piece> parts = new ArrayList<>();
        while (true) {
            if (at >= text.length() || text.charAt(at) == '\n') {
                throw wrong("a \" without its partner", "Close the literal; a line break in it is written \\n.");
            }
            if (text.charAt(at) == '"') {
                at++;
                return new Piece.Sequence(parts);
            }
            int c = character();
            parts.add(new Piece.Characters(CodePoints.of(c, c)));
        }
    }

    private CodePoints characterClass() {
        at++;
        boolean negated = at < text.length() && text.charAt(at) == '^';
        at += negated ? 1 : 0;
        List<Integer> runs = new ArrayList<>();
        while (true) {
            if (at >= text.length()) {
                throw wrong("a [ without its ]", "Close the class, or write \\[ for the character.");
            }
            if (text.charAt(at) == ']') {
                at++;
                CodePoints set =
                        CodePoints.normal(runs.stream().mapToInt(r -> r).toArray());
                return negated ? set.not() : set;
            }
            int first = character();
            int last = first;
            if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                at++;
                last = character();
            }
            if (last < first) {
                throw wrong("a range that does not rise", "Write the lower character first.");
            }
            runs.add(first);
            runs.add(last);
        }
    }

    private int character() {
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return c;
        }
        char escaped = at < text.length() ? text.charAt(at++) : ' ';
        return switch (escaped) {
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '\\', '"', '[', ']' -> escaped;
            default ->
                throw wrong(
                        "the escape \\%c".formatted(escaped),
                        "There are \\n \\r \\t \\\\ \\\" \\[ \\] \\x41 \\u0041 \\U00000041.");
        };
    }

    private int hex(int digits) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw wrong("an escape without its %d hexadecimal digits".formatted(digits), "Write \\x41 or \\u0041.");
            }
            value = value * 16 + digit;
            at++;
        }
        if (value > CodePoints.LAST || (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE)) {
            throw wrong("a code point that does not exist", "The last one is 10FFFF, and surrogates are none.");
        }
        return (int) value;
    }

    private String name() {
        int start = at;
        while (at < text.length() && isNamePart(text.charAt(at))) {
            at++;
        }
        if (start == at) {
            throw wrong(
                    "'%s'".formatted(Character.toString(text.codePointAt(at))), "A rule was expected: name ::= ...");
        }
        return text.substring(start, at);
    }

    private static boolean isNamePart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    /** Passes over spaces and comments, and over line breaks where the rule may go on. */
    private void space(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private int line() {
        for (; counted < Math.min(at, text.length()); counted++) {
            line += text.charAt(counted) == '\n' ? 1 : 0;
        }
        return line;
    }

    private ShapeException wrong(String found, String advice) {
        return new ShapeException("Line %d of the grammar has %s. %s".formatted(line(), found, advice));
    }
}
