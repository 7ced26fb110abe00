package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The places within rules that have states: sets of states, made as they are reached. */
final class RuleLocals {
    private final Grammar grammar;
    private final GrammarAnalysis analysis;
    private final WritableBytes writable;
    private final IntSupplier ids;
    private final Map<BitSet, Local> locals = new HashMap<>();
    private final @Nullable Local[] starts;
    private long work;

    RuleLocals(Grammar grammar, GrammarAnalysis analysis, WritableBytes writable, IntSupplier ids) {
        this.grammar = grammar;
        this.analysis = analysis;
        this.writable = writable;
        this.ids = ids;
        this.starts = new @Nullable Local[grammar.rules().size()];
    }

    /** How many states were looked at so far. */
    long work() {
        return work;
    }

    /** Where a rule begins; the rule must have a text. */
    Local start(Rule rule) {
        Local leaf = analysis.leaves[rule.index];
        if (leaf != null) {
            return leaf;
        }
        Local start = starts[rule.index];
        if (start == null) {
            start = at(new int[] {rule.start});
            starts[rule.index] = start;
        }
        return start;
    }

    private Local at(int[] states) {
        BitSet closed = analysis.closed(states);
        work += closed.cardinality();
        Local known = locals.get(closed);
        if (known == null) {
            known = new Place(closed);
            locals.put(closed, known);
        }
        return known;
    }

    private final class Place extends Local {
        private final int[] reading; // edges that read a byte
        private final int[] calling; // edges that call a rule
        private @Nullable List<Call> calls;

        Place(BitSet states) {
            super(
                    ids.getAsInt(),
                    states.intersects(analysis.ends),
                    states.stream().map(s -> analysis.distance[s]).min().orElse(GrammarAnalysis.NEVER));
            int[] readers = new int[8];
            int[] callers = new int[8];
            int r = 0;
            int c = 0;
            for (int s = states.nextSetBit(0); s >= 0; s = states.nextSetBit(s + 1)) {
                for (int i = analysis.firstEdge[s]; i < analysis.firstEdge[s + 1]; i++) {
                    int edge = analysis.edges[i];
                    if (grammar.kind(edge) == Grammar.NOTHING || !analysis.isLive(edge)) {
                        continue;
                    }
                    if (grammar.kind(edge) == Grammar.RULE) {
                        callers = c == callers.length ? Arrays.copyOf(callers, 2 * c) : callers;
                        callers[c++] = edge;
                    } else {
                        readers = r == readers.length ? Arrays.copyOf(readers, 2 * r) : readers;
                        readers[r++] = edge;
                    }
                }
            }
            reading = Arrays.copyOf(readers, r);
            calling = Arrays.copyOf(callers, c);
        }

        @Override
        @Nullable
        Local step(int b) {
            if (!writable.contains(b)) {
                return null;
            }
            int[] targets = new int[4];
            int n = 0;
            for (int edge : reading) {
                if (b >= grammar.kind(edge) && b <= grammar.detail(edge)) {
                    targets = n == targets.length ? Arrays.copyOf(targets, 2 * n) : targets;
                    targets[n++] = grammar.to(edge);
                }
            }
            work += reading.length;
            return n == 0 ? null : at(Arrays.copyOf(targets, n));
        }

        @Override
        List<Call> calls() {
            if (calls == null) {
                Map<Integer, List<Integer>> back = new TreeMap<>();
                for (int edge : calling) {
                    back.computeIfAbsent(grammar.detail(edge), r -> new ArrayList<>())
                            .add(grammar.to(edge));
                }
                List<Call> all = new ArrayList<>();
                back.forEach((rule, states) -> all.add(new Call(
                        grammar.rules().get(rule),
                        at(states.stream().mapToInt(s -> s).toArray()))));
                calls = List.copyOf(all);
            }
            return calls;
        }

        @Override
        boolean reads() {
            return reading.length > 0;
        }

        @Override
        int onlyByte() {
            int only = -1;
            for (int edge : reading) {
                int first = writable.from(grammar.kind(edge));
                int second = writable.from(first + 1);
                boolean several = second >= 0 && second <= grammar.detail(edge);
                if (several || (only >= 0 && only != first)) {
                    return -1;
                }
                only = first;
            }
            return only;
        }
    }
}
