package dev.ayni.engine.shape;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A context-free grammar over bytes as a network: each rule is a part of one non-deterministic automaton, whose edges read a
 * byte, read nothing, or read what another rule describes (recursive transition networks: Woods, Transition Network Grammars
 * for Natural Language Analysis, 1970). Built by the compilers, then only read.
 */
final class Grammar {
    static final int NOTHING = -1;
    static final int RULE = -2;
    static final int MOST_EDGES = 2_000_000;

    private final Marks marks;
    private final List<Rule> rules = new ArrayList<>();
    private int[] edges = new int[1024]; // four numbers each: from, kind or first byte, last byte or rule, to
    private int edgeCount;
    private int states;
    private Rule root = rule("root");

    Grammar() {
        this(Marks.NONE);
    }

    /** @param marks the special tokens that {@link #marked} knows */
    Grammar(Marks marks) {
        this.marks = marks;
    }

    int state() {
        return states++;
    }

    int states() {
        return states;
    }

    /** A rule of states of its own; its texts are the paths from its start to its end. */
    Rule rule(String name) {
        Rule rule = Rule.ofStates(rules.size(), name, state(), state());
        rules.add(rule);
        return rule;
    }

    Rule leaf(String name, Leaf leaf) {
        Rule rule = Rule.ofLeaf(rules.size(), name, leaf);
        rules.add(rule);
        return rule;
    }

    List<Rule> rules() {
        return rules;
    }

    /** The rule that describes the whole text. */
    Rule root() {
        return root;
    }

    void root(Rule other) {
        root = other;
    }

    void bytes(int from, int first, int last, int to) {
        edge(from, first, last, to);
    }

    void nothing(int from, int to) {
        edge(from, NOTHING, 0, to);
    }

    void call(int from, Rule rule, int to) {
        edge(from, RULE, rule.index, to);
    }

    /** Reads a text as it stands; gives the state after it. */
    int text(int from, String text) {
        return bytes(from, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same, but special tokens in the text are read as such. */
    int marked(int from, String text) {
        return bytes(from, marks.bytes(text));
    }

    private int bytes(int from, byte[] bytes) {
        int at = from;
        for (byte b : bytes) {
            int next = state();
            bytes(at, b & 0xFF, b & 0xFF, next);
            at = next;
        }
        return at;
    }

    /** Reads one code point of a set, as UTF-8. */
    void codePoint(int from, CodePoints set, int to) {
        for (int i = 0; i < set.bounds().length; i += 2) {
            for (int[] runs : Utf8Runs.of(set.bounds()[i], set.bounds()[i + 1])) {
                int at = from;
                for (int j = 0; j < runs.length; j += 2) {
                    int next = j + 2 == runs.length ? to : state();
                    bytes(at, runs[j], runs[j + 1], next);
                    at = next;
                }
            }
        }
    }

    private void edge(int from, int kind, int detail, int to) {
        if (edgeCount >= MOST_EDGES) {
            throw new ShapeException(
                    "The shape needs more than %d steps when its repetitions and alternatives are written out. Make it smaller."
                            .formatted(MOST_EDGES));
        }
        if (4 * edgeCount == edges.length) {
            edges = Arrays.copyOf(edges, 2 * edges.length);
        }
        edges[4 * edgeCount] = from;
        edges[4 * edgeCount + 1] = kind;
        edges[4 * edgeCount + 2] = detail;
        edges[4 * edgeCount + 3] = to;
        edgeCount++;
    }

    int edgeCount() {
        return edgeCount;
    }

    int from(int edge) {
        return edges[4 * edge];
    }

    /** {@link #NOTHING}, {@link #RULE}, or the first byte. */
    int kind(int edge) {
        return edges[4 * edge + 1];
    }

    /** The last byte, or a rule's place in {@link #rules}. */
    int detail(int edge) {
        return edges[4 * edge + 2];
    }

    int to(int edge) {
        return edges[4 * edge + 3];
    }
}
