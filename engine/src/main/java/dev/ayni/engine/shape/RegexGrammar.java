package dev.ayni.engine.shape;

import java.util.List;

/** Makes a grammar of a regular expression that the whole text must match. */
final class RegexGrammar {
    private RegexGrammar() {}

    /** @throws ShapeException if the pattern is wrong or more than regular */
    static Grammar compile(String pattern) {
        Grammar grammar = new Grammar();
        Rule root = grammar.root();
        add(grammar, whole(RegexSyntax.parse(pattern)), root.start, root.end);
        return grammar;
    }

    /** The same without an anchor before it and one after it, which a whole match need not be told. */
    private static Regex whole(Regex regex) {
        if (!(regex instanceof Regex.Sequence(List<Regex> parts))) {
            return regex;
        }
        int from = !parts.isEmpty() && parts.getFirst() instanceof Regex.Begin ? 1 : 0;
        int to = parts.size() > from && parts.getLast() instanceof Regex.End ? parts.size() - 1 : parts.size();
        return new Regex.Sequence(parts.subList(from, to));
    }

    private static void add(Grammar grammar, Regex regex, int from, int to) {
        switch (regex) {
            case Regex.Characters(CodePoints set) -> grammar.codePoint(from, set, to);
            case Regex.Sequence(List<Regex> parts) -> {
                int at = from;
                for (Regex part : parts) {
                    int next = grammar.state();
                    add(grammar, part, at, next);
                    at = next;
                }
                grammar.nothing(at, to);
            }
            case Regex.Choice(List<Regex> alternatives) -> alternatives.forEach(one -> add(grammar, one, from, to));
            case Regex.Repeat(Regex what, int least, int most) -> repeat(grammar, what, least, most, from, to);
            case Regex.Begin(), Regex.End() ->
                throw new ShapeException(
                        "The pattern has a ^ or $ within it. The whole answer must match the pattern, so that they are not needed: leave them out.");
        }
    }

    private static void repeat(Grammar grammar, Regex what, int least, int most, int from, int to) {
        int at = from;
        for (int i = 0; i < least; i++) {
            int next = grammar.state();
            add(grammar, what, at, next);
            at = next;
        }
        if (most < 0) {
            int loop = grammar.state();
            int back = grammar.state();
            grammar.nothing(at, loop);
            add(grammar, what, loop, back);
            grammar.nothing(back, loop);
            grammar.nothing(loop, to);
            return;
        }
        for (int i = least; i < most; i++) {
            grammar.nothing(at, to);
            int next = grammar.state();
            add(grammar, what, at, next);
            at = next;
        }
        grammar.nothing(at, to);
    }
}
