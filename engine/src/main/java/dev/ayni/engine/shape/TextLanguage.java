package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A regular set of texts: a deterministic automaton without states that lead nowhere, closed under "and" and "not". */
final class TextLanguage implements TextMachine {
    static final int MOST_STATES = 20_000;

    static final TextLanguage ALL =
            new TextLanguage(new int[][] {{0, 0xD7FF, 0, 0xE000, CodePoints.LAST, 0}}, new boolean[] {true});

    private final int[][] moves;
    private final boolean[] accepting;
    private final Map<Cost, int[]> distances = new IdentityHashMap<>();

    private TextLanguage(int[][] moves, boolean[] accepting) {
        this.moves = moves;
        this.accepting = accepting;
    }

    /**
     * The texts that have a part that a pattern matches, as JSON Schema and ECMA-262 search.
     *
     * @throws ShapeException if the automaton would be too large
     */
    static TextLanguage containing(Regex regex) {
        return RegexDeterminizer.containing(regex);
    }

    /** The texts that a pattern matches whole. */
    static TextLanguage matching(Regex regex) {
        return RegexDeterminizer.matching(regex);
    }

    /** Just these texts. */
    static TextLanguage of(Set<String> texts) {
        List<Map<Integer, Integer>> trie = new ArrayList<>();
        List<Boolean> ends = new ArrayList<>();
        trie.add(new TreeMap<>());
        ends.add(false);
        for (String text : texts) {
            int state = 0;
            for (int c : text.codePoints().toArray()) {
                Integer next = trie.get(state).get(c);
                if (next == null) {
                    next = trie.size();
                    trie.get(state).put(c, next);
                    trie.add(new TreeMap<>());
                    ends.add(false);
                }
                state = next;
            }
            ends.set(state, true);
        }
        int[][] moves = new int[trie.size()][];
        boolean[] accepting = new boolean[trie.size()];
        for (int s = 0; s < moves.length; s++) {
            int[] triples = new int[3 * trie.get(s).size()];
            int n = 0;
            for (Map.Entry<Integer, Integer> move : trie.get(s).entrySet()) {
                triples[n++] = move.getKey();
                triples[n++] = move.getKey();
                triples[n++] = move.getValue();
            }
            moves[s] = triples;
            accepting[s] = ends.get(s);
        }
        return trimmed(moves, accepting);
    }

    boolean isEmpty() {
        return moves.length == 0;
    }

    boolean accepts(String text) {
        int state = isEmpty() ? -1 : 0;
        for (int i = 0; i < text.length() && state >= 0; i += Character.charCount(text.codePointAt(i))) {
            state = next(state, text.codePointAt(i));
        }
        return state >= 0 && accepting[state];
    }

    private int next(int state, int c) {
        int[] m = moves[state];
        for (int i = 0; i < m.length; i += 3) {
            if (c >= m[i] && c <= m[i + 1]) {
                return m[i + 2];
            }
        }
        return -1;
    }

    /** The texts that are not in it. */
    TextLanguage not() {
        int sink = moves.length;
        int[][] total = new int[sink + 1][];
        boolean[] accepts = new boolean[sink + 1];
        for (int s = 0; s <= sink; s++) {
            accepts[s] = s == sink || !accepting[s];
            total[s] = s == sink ? gaps(new int[0], sink) : gaps(moves[s], sink);
        }
        return trimmed(total, accepts);
    }

    /** Moves with all other code points leading to a sink. */
    private static int[] gaps(int[] m, int sink) {
        List<int[]> all = new ArrayList<>();
        int[] covered = new int[m.length / 3 * 2];
        for (int i = 0; i < m.length; i += 3) {
            covered[i / 3 * 2] = m[i];
            covered[i / 3 * 2 + 1] = m[i + 1];
            all.add(new int[] {m[i], m[i + 1], m[i + 2]});
        }
        int[] rest = CodePoints.normal(covered).not().bounds();
        for (int i = 0; i < rest.length; i += 2) {
            all.add(new int[] {rest[i], rest[i + 1], sink});
        }
        all.sort((a, b) -> Integer.compare(a[0], b[0]));
        return all.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /**
     * The texts that are in both.
     *
     * @throws ShapeException if the automaton would be too large
     */
    TextLanguage and(TextLanguage other) {
        if (this == ALL || isEmpty()) {
            return this == ALL ? other : this;
        }
        if (other == ALL || other.isEmpty()) {
            return other == ALL ? this : other;
        }
        Map<Long, Integer> ids = new HashMap<>();
        List<long[]> queue = new ArrayList<>();
        ids.put(0L, 0);
        queue.add(new long[] {0, 0});
        List<int[]> product = new ArrayList<>();
        List<Boolean> accepts = new ArrayList<>();
        for (int i = 0; i < queue.size(); i++) {
            int a = (int) queue.get(i)[0];
            int b = (int) queue.get(i)[1];
            accepts.add(accepting[a] && other.accepting[b]);
            int[] both = new int[0];
            int n = 0;
            int[] ma = moves[a];
            int[] mb = other.moves[b];
            for (int x = 0, y = 0; x < ma.length && y < mb.length; ) {
                int first = Math.max(ma[x], mb[y]);
                int last = Math.min(ma[x + 1], mb[y + 1]);
                if (first <= last) {
                    long key = ((long) ma[x + 2] << 32) | mb[y + 2];
                    Integer id = ids.get(key);
                    if (id == null) {
                        id = ids.size();
                        ids.put(key, id);
                        queue.add(new long[] {ma[x + 2], mb[y + 2]});
                        checkSize(ids.size());
                    }
                    both = Arrays.copyOf(both, n + 3);
                    both[n++] = first;
                    both[n++] = last;
                    both[n++] = id;
                }
                if (ma[x + 1] < mb[y + 1]) {
                    x += 3;
                } else {
                    y += 3;
                }
            }
            product.add(both);
        }
        return trimmed(product, accepts);
    }

    /**
     * Those of its texts that have so many code points.
     *
     * @param most -1: without end
     */
    TextLanguage ofLength(int least, int most) {
        if (least == 0 && most < 0) {
            return this;
        }
        int last = most < 0 ? least : most;
        checkSize((long) moves.length * (last + 1L));
        int[][] counted = new int[moves.length * (last + 1)][];
        boolean[] accepts = new boolean[counted.length];
        for (int count = 0; count <= last; count++) {
            for (int s = 0; s < moves.length; s++) {
                int at = count * moves.length + s;
                accepts[at] = accepting[s] && count >= least;
                boolean end = count == last && most >= 0;
                int[] m = end ? new int[0] : moves[s].clone();
                for (int i = 2; i < m.length; i += 3) {
                    m[i] += Math.min(count + 1, last) * moves.length;
                }
                counted[at] = m;
            }
        }
        return trimmed(counted, accepts);
    }

    static void checkSize(long states) {
        if (states > MOST_STATES) {
            throw new ShapeException(
                    "A pattern, with its lengths and what else restricts the same text, needs more than %d states. Make it simpler, or its repetitions smaller."
                            .formatted(MOST_STATES));
        }
    }

    static TextLanguage trimmed(List<int[]> moves, List<Boolean> accepting) {
        boolean[] accepts = new boolean[accepting.size()];
        for (int i = 0; i < accepts.length; i++) {
            accepts[i] = accepting.get(i);
        }
        return trimmed(moves.toArray(int[][]::new), accepts);
    }

    /** Leaves out what cannot be reached from state 0 or leads nowhere, and joins neighbouring moves. */
    private static TextLanguage trimmed(int[][] moves, boolean[] accepting) {
        boolean[] live = live(moves, accepting);
        if (moves.length == 0 || !live[0]) {
            return new TextLanguage(new int[0][], new boolean[0]);
        }
        int[] renamed = new int[moves.length];
        Arrays.fill(renamed, -1);
        List<Integer> order = new ArrayList<>();
        renamed[0] = 0;
        order.add(0);
        List<int[]> kept = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            int[] m = moves[order.get(i)];
            int[] joined = new int[m.length];
            int n = 0;
            for (int j = 0; j < m.length; j += 3) {
                int target = m[j + 2];
                if (!live[target]) {
                    continue;
                }
                if (renamed[target] < 0) {
                    renamed[target] = order.size();
                    order.add(target);
                }
                if (n > 0 && joined[n - 1] == renamed[target] && joined[n - 2] + 1 == m[j]) {
                    joined[n - 2] = m[j + 1];
                } else {
                    joined[n++] = m[j];
                    joined[n++] = m[j + 1];
                    joined[n++] = renamed[target];
                }
            }
            kept.add(Arrays.copyOf(joined, n));
        }
        boolean[] accepts = new boolean[order.size()];
        for (int i = 0; i < accepts.length; i++) {
            accepts[i] = accepting[order.get(i)];
        }
        return new TextLanguage(kept.toArray(int[][]::new), accepts);
    }

    private static boolean[] live(int[][] moves, boolean[] accepting) {
        List<List<Integer>> before = new ArrayList<>();
        for (int s = 0; s < moves.length; s++) {
            before.add(new ArrayList<>());
        }
        for (int s = 0; s < moves.length; s++) {
            for (int i = 2; i < moves[s].length; i += 3) {
                before.get(moves[s][i]).add(s);
            }
        }
        boolean[] live = accepting.clone();
        List<Integer> queue = new ArrayList<>();
        for (int s = 0; s < live.length; s++) {
            if (live[s]) {
                queue.add(s);
            }
        }
        for (int i = 0; i < queue.size(); i++) {
            for (int s : before.get(queue.get(i))) {
                if (!live[s]) {
                    live[s] = true;
                    queue.add(s);
                }
            }
        }
        return live;
    }

    /** All its texts, if they are at most so many; null if there are more. */
    @Nullable
    Set<String> texts(int atMost) {
        Set<String> found = new TreeSet<>();
        if (!isEmpty() && !collect(0, "", atMost, found)) {
            return null;
        }
        return found;
    }

    private boolean collect(int state, String before, int atMost, Set<String> found) {
        if (before.length() > 200 || (accepting[state] && !found.add(before)) || found.size() > atMost) {
            return false;
        }
        int[] m = moves[state];
        for (int i = 0; i < m.length; i += 3) {
            if (m[i + 1] - m[i] > atMost) {
                return false;
            }
            for (int c = m[i]; c <= m[i + 1]; c++) {
                if (!collect(m[i + 2], before + Character.toString(c), atMost, found)) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public int start() {
        return 0;
    }

    @Override
    public boolean accepts(int state) {
        return accepting[state];
    }

    @Override
    public int[] moves(int state) {
        return moves[state];
    }

    @Override
    public synchronized int distance(int state, Cost cost) {
        return distances.computeIfAbsent(cost, this::distances)[state];
    }

    /** Bellman and Ford's shortest paths; few rounds, for most moves lead one step nearer to an end. */
    private int[] distances(Cost cost) {
        int[] best = new int[moves.length];
        Arrays.fill(best, Integer.MAX_VALUE / 2);
        boolean better = true;
        while (better) {
            better = false;
            for (int s = moves.length - 1; s >= 0; s--) {
                int least = accepting[s] ? 0 : best[s];
                int[] m = moves[s];
                for (int i = 0; i < m.length; i += 3) {
                    least = Math.min(least, cost.of(m[i], m[i + 1]) + best[m[i + 2]]);
                }
                better |= least < best[s];
                best[s] = Math.min(best[s], least);
            }
        }
        return best;
    }
}
