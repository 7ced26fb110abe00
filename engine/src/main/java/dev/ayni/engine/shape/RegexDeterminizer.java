package dev.ayni.engine.shape;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Makes a deterministic automaton of a regular expression: Thompson's construction (Regular Expression Search Algorithm,
 * 1968), then sets of states (Rabin, Scott: Finite Automata and Their Decision Problems, 1959).
 */
final class RegexDeterminizer {
    /** Edges that read nothing: always open, open where the text begins, open where it ends. */
    private static final int ALWAYS = -1;

    private static final int AT_BEGIN = -2;
    private static final int AT_END = -3;
    private static final int MOST_EDGES = 200_000;
    private static final int MOST_WORK = 20_000_000;

    private final List<int[]> edges = new ArrayList<>(); // from, kind or index of a set, to
    private final Map<CodePoints, Integer> sets = new LinkedHashMap<>();
    private int states;
    private int work;
    private int[][] out = {};

    private RegexDeterminizer() {}

    static TextLanguage matching(Regex regex) {
        RegexDeterminizer maker = new RegexDeterminizer();
        int start = maker.state();
        int end = maker.state();
        maker.add(regex, start, end);
        return maker.determinized(start, end, -1);
    }

    static TextLanguage containing(Regex regex) {
        RegexDeterminizer maker = new RegexDeterminizer();
        int before = maker.state();
        int end = maker.state();
        maker.add(new Regex.Repeat(new Regex.Characters(CodePoints.ALL), 0, -1), before, before);
        int start = maker.state();
        maker.edge(before, ALWAYS, start);
        maker.add(regex, start, end);
        int after = maker.state();
        maker.edge(end, ALWAYS, after);
        maker.edge(after, maker.set(CodePoints.ALL), after);
        return maker.determinized(before, end, after);
    }

    private int state() {
        return states++;
    }

    private int set(CodePoints set) {
        Integer known = sets.putIfAbsent(set, sets.size());
        return known == null ? sets.size() - 1 : known;
    }

    private void edge(int from, int kind, int to) {
        if (edges.size() >= MOST_EDGES) {
            throw new ShapeException(
                    "A pattern has, with its repetitions written out, more than %d parts. Make its repetitions smaller."
                            .formatted(MOST_EDGES));
        }
        edges.add(new int[] {from, kind, to});
    }

    private void add(Regex regex, int from, int to) {
        switch (regex) {
            case Regex.Characters(CodePoints set) -> {
                if (!set.isEmpty()) {
                    edge(from, set(set), to);
                }
            }
            case Regex.Sequence(List<Regex> parts) -> {
                int at = from;
                for (Regex part : parts) {
                    int next = state();
                    add(part, at, next);
                    at = next;
                }
                edge(at, ALWAYS, to);
            }
            case Regex.Choice(List<Regex> alternatives) -> alternatives.forEach(one -> add(one, from, to));
            case Regex.Repeat(Regex what, int least, int most) -> {
                int at = from;
                for (int i = 0; i < least; i++) {
                    int next = state();
                    add(what, at, next);
                    at = next;
                }
                if (most < 0) {
                    int loop = state();
                    edge(at, ALWAYS, loop);
                    int back = state();
                    add(what, loop, back);
                    edge(back, ALWAYS, loop);
                    edge(loop, ALWAYS, to);
                    return;
                }
                for (int i = least; i < most; i++) {
                    edge(at, ALWAYS, to);
                    int next = state();
                    add(what, at, next);
                    at = next;
                }
                edge(at, ALWAYS, to);
            }
            case Regex.Begin() -> edge(from, AT_BEGIN, to);
            case Regex.End() -> edge(from, AT_END, to);
        }
    }

    private record Subset(int[] states) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Subset(int[] theirs) && Arrays.equals(states, theirs);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(states);
        }
    }

    /**
     * @param end reached by a match
     * @param settled in it nothing that follows matters any more; -1: there is no such state
     */
    private TextLanguage determinized(int start, int end, int settled) {
        out = new int[states][];
        List<List<int[]>> from = new ArrayList<>();
        for (int i = 0; i < states; i++) {
            from.add(new ArrayList<>());
        }
        edges.forEach(edge -> from.get(edge[0]).add(edge));
        for (int i = 0; i < states; i++) {
            out[i] = from.get(i).stream()
                    .flatMapToInt(edge -> Arrays.stream(edge, 1, 3))
                    .toArray();
        }
        List<int[]> runs = new ArrayList<>();
        int[] kinds = kinds(runs);
        int kindCount = Arrays.stream(kinds).max().orElse(-1) + 1;
        BitSet[] members = members(runs, kinds, kindCount);
        Map<Subset, Integer> ids = new HashMap<>();
        List<Subset> queue = new ArrayList<>();
        Subset first = closed(new int[] {start}, true, settled);
        ids.put(first, 0);
        queue.add(first);
        List<int[]> moves = new ArrayList<>();
        List<Boolean> accepting = new ArrayList<>();
        for (int i = 0; i < queue.size(); i++) {
            Subset subset = queue.get(i);
            accepting.add(accepts(subset, end, settled, i == 0));
            int[] target = new int[kindCount];
            for (int kind = 0; kind < kindCount; kind++) {
                int[] after = after(subset, members[kind]);
                if (after.length == 0) {
                    target[kind] = -1;
                    continue;
                }
                Subset next = closed(after, false, settled);
                Integer id = ids.get(next);
                if (id == null) {
                    id = ids.size();
                    ids.put(next, id);
                    queue.add(next);
                    TextLanguage.checkSize(ids.size());
                }
                target[kind] = id;
            }
            moves.add(joined(runs, kinds, target));
        }
        return TextLanguage.trimmed(moves, accepting);
    }

    /** Code points that no set tells apart are of one kind; gives the kind of each run of code points. */
    private int[] kinds(List<int[]> runs) {
        TreeSet<Integer> cuts = new TreeSet<>();
        for (CodePoints set : sets.keySet()) {
            for (int i = 0; i < set.bounds().length; i += 2) {
                cuts.add(set.bounds()[i]);
                cuts.add(set.bounds()[i + 1] + 1);
            }
        }
        Map<BitSet, Integer> signatures = new HashMap<>();
        List<CodePoints> list = List.copyOf(sets.keySet());
        int[] cursor = new int[list.size()];
        int[] kinds = new int[cuts.size()];
        int n = 0;
        Integer from = cuts.isEmpty() ? null : cuts.first();
        while (from != null && cuts.higher(from) != null) {
            int next = cuts.higher(from);
            BitSet signature = new BitSet();
            for (int s = 0; s < cursor.length; s++) {
                int[] bounds = list.get(s).bounds();
                while (cursor[s] < bounds.length && bounds[cursor[s] + 1] < from) {
                    cursor[s] += 2;
                }
                if (cursor[s] < bounds.length && bounds[cursor[s]] <= from) {
                    signature.set(s);
                }
            }
            if (!signature.isEmpty()) {
                runs.add(new int[] {from, next - 1});
                Integer known = signatures.putIfAbsent(signature, signatures.size());
                kinds[n++] = known == null ? signatures.size() - 1 : known;
            }
            from = next;
        }
        return Arrays.copyOf(kinds, n);
    }

    /** For each kind the sets that it is in. */
    private BitSet[] members(List<int[]> runs, int[] kinds, int kindCount) {
        BitSet[] members = new BitSet[kindCount];
        List<CodePoints> list = List.copyOf(sets.keySet());
        for (int run = 0; run < kinds.length; run++) {
            if (members[kinds[run]] == null) {
                BitSet in = new BitSet();
                for (int s = 0; s < list.size(); s++) {
                    in.set(s, list.get(s).contains(runs.get(run)[0]));
                }
                members[kinds[run]] = in;
            }
        }
        return members;
    }

    private static int[] joined(List<int[]> runs, int[] kinds, int[] target) {
        int[] moves = new int[3 * kinds.length];
        int n = 0;
        for (int run = 0; run < kinds.length; run++) {
            if (target[kinds[run]] >= 0) {
                moves[n++] = runs.get(run)[0];
                moves[n++] = runs.get(run)[1];
                moves[n++] = target[kinds[run]];
            }
        }
        return Arrays.copyOf(moves, n);
    }

    private int[] after(Subset subset, BitSet sets) {
        int[] next = new int[16];
        int n = 0;
        for (int state : subset.states) {
            for (int i = 0; i < out[state].length; i += 2) {
                if (out[state][i] >= 0 && sets.get(out[state][i])) {
                    next = n == next.length ? Arrays.copyOf(next, 2 * n) : next;
                    next[n++] = out[state][i + 1];
                }
            }
        }
        return Arrays.copyOf(next, n);
    }

    /** With all states that can be reached without reading. */
    private Subset closed(int[] states, boolean atBegin, int settled) {
        BitSet reached = reached(states, atBegin, false);
        return settled >= 0 && reached.get(settled)
                ? new Subset(new int[] {settled})
                : new Subset(reached.stream().toArray());
    }

    private BitSet reached(int[] states, boolean atBegin, boolean atEnd) {
        BitSet reached = new BitSet();
        ArrayDeque<Integer> open = new ArrayDeque<>();
        for (int state : states) {
            open.add(state);
            reached.set(state);
        }
        while (!open.isEmpty()) {
            int state = open.remove();
            if (++work > MOST_WORK) {
                throw new ShapeException(
                        "A pattern makes too much work: its repetitions overlap in too many ways. Make it simpler.");
            }
            for (int i = 0; i < out[state].length; i += 2) {
                int kind = out[state][i];
                int to = out[state][i + 1];
                if (!reached.get(to)
                        && (kind == ALWAYS || (kind == AT_BEGIN && atBegin) || (kind == AT_END && atEnd))) {
                    reached.set(to);
                    open.add(to);
                }
            }
        }
        return reached;
    }

    private boolean accepts(Subset subset, int end, int settled, boolean atBegin) {
        BitSet reached = reached(subset.states, atBegin, true);
        return reached.get(end) || (settled >= 0 && reached.get(settled));
    }
}
