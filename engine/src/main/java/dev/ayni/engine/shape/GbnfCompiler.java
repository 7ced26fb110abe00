package dev.ayni.engine.shape;

import dev.ayni.engine.shape.GbnfSyntax.Piece;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Makes a grammar of rules in llama.cpp's notation, GBNF. */
final class GbnfCompiler {
    private final Grammar grammar = new Grammar();
    private final Map<String, Rule> rules = new HashMap<>();

    private GbnfCompiler() {}

    /** @throws ShapeException if a rule is wrong, missing or begins with itself; the letter names its line */
    static Grammar compile(String text) {
        return new GbnfCompiler().grammar(GbnfSyntax.parse(text));
    }

    private Grammar grammar(Map<String, Piece> pieces) {
        if (!pieces.containsKey("root")) {
            throw new ShapeException(
                    "The grammar has no rule 'root', with which every answer begins. Add one: root ::= ...");
        }
        for (String name : pieces.keySet()) {
            rules.put(name, name.equals("root") ? grammar.root() : grammar.rule(name));
        }
        pieces.forEach((name, piece) -> {
            Rule rule = Objects.requireNonNull(rules.get(name));
            add(piece, rule.start, rule.end);
        });
        return grammar;
    }

    private void add(Piece piece, int from, int to) {
        switch (piece) {
            case Piece.Characters(CodePoints set) -> grammar.codePoint(from, set, to);
            case Piece.Reference(String name, int line) -> {
                Rule rule = rules.get(name);
                if (rule == null) {
                    throw new ShapeException(
                            "Line %d of the grammar calls the rule '%s', which is nowhere defined. Define it (%s ::= ...) or correct the name."
                                    .formatted(line, name, name));
                }
                grammar.call(from, rule, to);
            }
            case Piece.Sequence(List<Piece> parts) -> {
                int at = from;
                for (Piece part : parts) {
                    int next = grammar.state();
                    add(part, at, next);
                    at = next;
                }
                grammar.nothing(at, to);
            }
            case Piece.Choice(List<Piece> alternatives) -> alternatives.forEach(one -> add(one, from, to));
            case Piece.Repeat(Piece what, int least, int most) -> repeat(what, least, most, from, to);
        }
    }

    private void repeat(Piece what, int least, int most, int from, int to) {
        int at = from;
        for (int i = 0; i < least; i++) {
            int next = grammar.state();
            add(what, at, next);
            at = next;
        }
        if (most < 0) {
            int loop = grammar.state();
            int back = grammar.state();
            grammar.nothing(at, loop);
            add(what, loop, back);
            grammar.nothing(back, loop);
            grammar.nothing(loop, to);
            return;
        }
        for (int i = least; i < most; i++) {
            grammar.nothing(at, to);
            int next = grammar.state();
            add(what, at, next);
            at = next;
        }
        grammar.nothing(at, to);
    }
}
