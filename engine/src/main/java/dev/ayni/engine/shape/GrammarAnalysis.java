package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What can be known of a grammar before a text is read: from which states an end can be reached, in how many bytes at least,
 * and which rule may begin with which.
 */
final class GrammarAnalysis {
    /*
     * The fewest bytes are found by Knuth's generalisation of Dijkstra's algorithm to grammars (A Generalization of
     * Dijkstra's Algorithm, 1977).
     */
    static final int NEVER = Integer.MAX_VALUE / 4;

    private final Grammar grammar;
    private final WritableBytes writable;
    /** Edges of each state, by their places in {@link #edges}. */
    final int[] firstEdge;

    final int[] edges;
    /** The fewest bytes from a state to its rule's end. */
    final int[] distance;

    final int[] ruleDistance;
    final @Nullable Local[] leaves;
    final BitSet ends = new BitSet();
    /** For each rule its place in an order in which all rules that may begin with another come before it. */
    final int[] rank;

    /** @throws ShapeException if a rule begins with itself */
    GrammarAnalysis(Grammar grammar, WritableBytes writable, IntSupplier ids) {
        this.grammar = grammar;
        this.writable = writable;
        int rules = grammar.rules().size();
        firstEdge = new int[grammar.states() + 1];
        edges = sorted(true, firstEdge);
        distance = new int[grammar.states()];
        ruleDistance = new int[rules];
        leaves = new @Nullable Local[rules];
        rank = new int[rules];
        Arrays.fill(distance, NEVER);
        Arrays.fill(ruleDistance, NEVER);
        for (Rule rule : grammar.rules()) {
            if (rule.isLeaf()) {
                Local leaf = rule.leaf.open(writable, ids);
                leaves[rule.index] = leaf;
                ruleDistance[rule.index] = leaf == null ? NEVER : leaf.distance;
            } else {
                ends.set(rule.end);
            }
        }
        findDistances();
        rankRules();
    }

    private int[] sorted(boolean byFrom, int[] first) {
        for (int e = 0; e < grammar.edgeCount(); e++) {
            first[(byFrom ? grammar.from(e) : grammar.to(e)) + 1]++;
        }
        for (int s = 1; s < first.length; s++) {
            first[s] += first[s - 1];
        }
        int[] place = first.clone();
        int[] sorted = new int[grammar.edgeCount()];
        for (int e = 0; e < sorted.length; e++) {
            sorted[place[byFrom ? grammar.from(e) : grammar.to(e)]++] = e;
        }
        return sorted;
    }

    private void findDistances() {
        int[] firstInto = new int[grammar.states() + 1];
        int[] into = sorted(false, firstInto);
        List<List<Integer>> callsOf = new ArrayList<>();
        grammar.rules().forEach(rule -> callsOf.add(new ArrayList<>()));
        int[] ruleStartedAt = new int[grammar.states()];
        Arrays.fill(ruleStartedAt, -1);
        for (int e = 0; e < grammar.edgeCount(); e++) {
            if (grammar.kind(e) == Grammar.RULE) {
                callsOf.get(grammar.detail(e)).add(e);
            }
        }
        PriorityQueue<Long> open = new PriorityQueue<>();
        for (Rule rule : grammar.rules()) {
            if (!rule.isLeaf()) {
                ruleStartedAt[rule.start] = rule.index;
                distance[rule.end] = 0;
                open.add((long) rule.end);
            }
        }
        BitSet settled = new BitSet();
        while (!open.isEmpty()) {
            int state = (int) (long) open.remove();
            if (settled.get(state)) {
                continue;
            }
            settled.set(state);
            for (int i = firstInto[state]; i < firstInto[state + 1]; i++) {
                relax(into[i], open);
            }
            int rule = ruleStartedAt[state];
            if (rule >= 0) {
                ruleDistance[rule] = distance[state];
                callsOf.get(rule).forEach(call -> relax(call, open));
            }
        }
    }

    private void relax(int edge, PriorityQueue<Long> open) {
        int to = distance[grammar.to(edge)];
        int own = switch (grammar.kind(edge)) {
            case Grammar.NOTHING -> 0;
            case Grammar.RULE -> ruleDistance[grammar.detail(edge)];
            default -> readable(edge) ? 1 : NEVER;
        };
        if (to < NEVER && own < NEVER && to + own < distance[grammar.from(edge)]) {
            int from = grammar.from(edge);
            distance[from] = to + own;
            open.add(((long) (to + own) << 32) | from);
        }
    }

    private boolean readable(int edge) {
        int first = writable.from(grammar.kind(edge));
        return first >= 0 && first <= grammar.detail(edge);
    }

    /** Whether an edge can be part of a whole text. */
    boolean isLive(int edge) {
        return distance[grammar.to(edge)] < NEVER
                && (grammar.kind(edge) != Grammar.RULE || ruleDistance[grammar.detail(edge)] < NEVER);
    }

    /** All states that can be reached without reading, by rules that may be empty too. */
    BitSet closed(int[] states) {
        BitSet reached = new BitSet();
        int[] open = Arrays.copyOf(states, Math.max(16, 2 * states.length));
        int n = states.length;
        for (int state : states) {
            reached.set(state);
        }
        while (n > 0) {
            int state = open[--n];
            for (int i = firstEdge[state]; i < firstEdge[state + 1]; i++) {
                int edge = edges[i];
                boolean empty = grammar.kind(edge) == Grammar.NOTHING
                        || (grammar.kind(edge) == Grammar.RULE && ruleDistance[grammar.detail(edge)] == 0);
                int to = grammar.to(edge);
                if (empty && isLive(edge) && !reached.get(to)) {
                    reached.set(to);
                    open = n == open.length ? Arrays.copyOf(open, 2 * n) : open;
                    open[n++] = to;
                }
            }
        }
        return reached;
    }

    private void rankRules() {
        int count = grammar.rules().size();
        int[] mark = new int[count]; // 0: not seen, 1: on the path, 2: done
        int next = count;
        for (int root = 0; root < count; root++) {
            List<int[]> path = new ArrayList<>(); // the rule, how many of its beginnings were followed, the beginnings
            if (mark[root] == 0) {
                path.add(new int[] {root, 0});
            }
            List<int[]> beginnings = new ArrayList<>();
            while (!path.isEmpty()) {
                int[] top = path.getLast();
                if (mark[top[0]] == 0) {
                    mark[top[0]] = 1;
                    beginnings.add(begins(grammar.rules().get(top[0])));
                }
                int[] calls = beginnings.getLast();
                if (top[1] == calls.length) {
                    mark[top[0]] = 2;
                    rank[top[0]] = --next;
                    path.removeLast();
                    beginnings.removeLast();
                    continue;
                }
                int called = calls[top[1]++];
                if (mark[called] == 1) {
                    throw new ShapeException(
                            "The rule '%s' can begin with itself (left recursion), so that no automaton could read it. Turn it round: instead of a ::= a \"x\" | \"y\" write a ::= \"y\" \"x\"*."
                                    .formatted(grammar.rules().get(called).name));
                }
                if (mark[called] == 0) {
                    path.add(new int[] {called, 0});
                }
            }
        }
    }

    /** The rules that may begin where a rule begins. */
    private int[] begins(Rule rule) {
        if (rule.isLeaf() || distance[rule.start] >= NEVER) {
            return new int[0];
        }
        BitSet called = new BitSet();
        closed(new int[] {rule.start}).stream().forEach(state -> {
            for (int i = firstEdge[state]; i < firstEdge[state + 1]; i++) {
                if (grammar.kind(edges[i]) == Grammar.RULE && isLive(edges[i])) {
                    called.set(grammar.detail(edges[i]));
                }
            }
        });
        return called.stream().toArray();
    }
}
