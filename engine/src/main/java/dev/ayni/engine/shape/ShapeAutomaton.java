package dev.ayni.engine.shape;

import dev.ayni.engine.shape.Callers.Waiting;
import dev.ayni.engine.shape.Local.Call;
import dev.ayni.engine.shape.ShapeState.Way;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads texts of a grammar byte by byte, all readings at once. Every state that it gives leads to a whole text. One thread at
 * a time.
 */
final class ShapeAutomaton {
    /*
     * A state is a set of ways (place in a rule, callers). The parts without calls are determinised; calls of one rule at one
     * place in the text share a node, so that the work for a byte is bounded by the grammar and the text's length (Earley,
     * An Efficient Context-Free Parsing Algorithm, 1970). Equal states are one object: their steps and masks are made once.
     */
    private static final int MOST_WAYS = 20_000;
    private static final int MOST_STATES = 60_000;

    private record StateKey(List<Way> ways, boolean accepts) {}

    private record CallersKey(List<Waiting> waiting, boolean bottom) {}

    private final GrammarAnalysis analysis;
    private final RuleLocals locals;
    private final Map<StateKey, ShapeState> states = new HashMap<>();
    private final Map<CallersKey, Callers> callers = new HashMap<>();
    private final ShapeState start;
    private int ids;
    private int nodes;

    /**
     * @param writable the bytes that the vocabulary can write alone
     * @throws ShapeException if no text has the shape
     */
    ShapeAutomaton(Grammar grammar, WritableBytes writable) {
        analysis = new GrammarAnalysis(grammar, writable, this::newId);
        locals = new RuleLocals(grammar, analysis, writable, this::newId);
        Rule root = grammar.root();
        if (analysis.ruleDistance[root.index] >= GrammarAnalysis.NEVER) {
            throw new ShapeException(
                    writable.isAll()
                            ? "No text has this shape: what it asks for excludes itself. Look for a 'not', an empty enum, or bounds that cross."
                            : "No text has this shape, or this model's vocabulary lacks the characters for it. Take another model.");
        }
        Closure closure = new Closure();
        closure.call(root, Callers.NONE);
        closure.finish(analysis.ruleDistance[root.index] == 0);
        start = closure.state();
    }

    private int newId() {
        return ids++;
    }

    /** Before the first byte. */
    ShapeState start() {
        return start;
    }

    /** Where a text leads; null if no text of the shape begins with it. */
    @Nullable
    ShapeState read(String text) {
        ShapeState state = start;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (state != null) {
                state = state.next(b & 0xFF);
            }
        }
        return state;
    }

    /** Whether a text has the shape. */
    boolean matches(String text) {
        ShapeState end = read(text);
        return end != null && end.accepts();
    }

    /** A measure of the work done so far, to bound what a hostile shape may cost. */
    long work() {
        return locals.work() + nodes;
    }

    @Nullable
    ShapeState step(List<Way> ways, int b) {
        Closure closure = new Closure();
        for (Way way : ways) {
            Local next = way.local().next(b);
            if (next != null) {
                closure.reach(next, way.callers());
            }
        }
        closure.finish(false);
        return closure.ways.isEmpty() && !closure.accepts ? null : closure.state();
    }

    /** All ways that can be gone from some without reading. */
    private final class Closure {
        private final Set<Way> seen = new LinkedHashSet<>();
        private final List<Way> ways = new ArrayList<>();
        private final TreeMap<Integer, Pending> pending = new TreeMap<>();
        private boolean accepts;

        /** A rule called here, and who waits for it. */
        private final class Pending {
            final Rule rule;
            final Set<Waiting> waiting = new LinkedHashSet<>();
            boolean bottom;

            Pending(Rule rule) {
                this.rule = rule;
            }
        }

        void reach(Local local, Callers above) {
            List<Way> open = new ArrayList<>();
            open.add(new Way(local, above));
            while (!open.isEmpty()) {
                Way way = open.removeLast();
                if (!seen.add(way)) {
                    continue;
                }
                enter(way);
                if (way.local().ends) {
                    accepts |= way.callers().bottom();
                    way.callers().waiting().forEach(w -> open.add(new Way(w.back(), w.above())));
                }
            }
            if (seen.size() > MOST_WAYS) {
                throw new ShapeException(
                        "The shape can be read in more than %d ways at once. Make its alternatives begin differently."
                                .formatted(MOST_WAYS));
            }
        }

        private void enter(Way way) {
            if (way.local().reads()) {
                ways.add(way);
            }
            for (Call call : way.local().calls()) {
                Local back = call.back();
                Pending called =
                        pending.computeIfAbsent(analysis.rank[call.rule().index], r -> new Pending(call.rule()));
                if (back.ends && !back.reads() && back.calls().isEmpty()) {
                    // nothing follows the call: its callers wait for the called rule directly, and the stack does not
                    // grow
                    called.waiting.addAll(way.callers().waiting());
                    called.bottom |= way.callers().bottom();
                } else {
                    called.waiting.add(new Waiting(back, way.callers()));
                }
            }
        }

        void call(Rule rule, Callers above) {
            Pending called = pending.computeIfAbsent(analysis.rank[rule.index], r -> new Pending(rule));
            called.waiting.addAll(above.waiting());
            called.bottom |= above.bottom();
        }

        /** Enters the called rules, each after all that may begin with it, so that its callers are complete. */
        void finish(boolean mayBeEmpty) {
            accepts |= mayBeEmpty;
            while (!pending.isEmpty()) {
                Pending next = pending.pollFirstEntry().getValue();
                Way way = new Way(locals.start(next.rule), node(next.waiting, next.bottom));
                if (seen.add(way)) {
                    enter(way);
                }
            }
        }

        ShapeState state() {
            if (ways.size() > 1) {
                ways.sort(Comparator.<Way>comparingInt(w -> w.local().id)
                        .thenComparingInt(w -> w.callers().id()));
            }
            return intern(List.copyOf(ways), accepts);
        }
    }

    private Callers node(Set<Waiting> waiting, boolean bottom) {
        if (waiting.isEmpty()) {
            return Callers.NONE;
        }
        List<Waiting> sorted = new ArrayList<>(waiting);
        sorted.sort(Comparator.<Waiting>comparingInt(w -> w.back().id)
                .thenComparingInt(w -> w.above().id()));
        CallersKey key = new CallersKey(List.copyOf(sorted), bottom);
        Callers known = callers.get(key);
        if (known == null) {
            int distance = bottom
                    ? 0
                    : sorted.stream().mapToInt(Waiting::distance).min().orElseThrow();
            known = new Callers(++nodes, key.waiting, bottom, distance);
            if (callers.size() >= MOST_STATES) {
                callers.clear(); // equal nodes may be two objects from now on: slower, not wrong
            }
            callers.put(key, known);
        }
        return known;
    }

    private ShapeState intern(List<Way> ways, boolean accepts) {
        StateKey key = new StateKey(ways, accepts);
        ShapeState known = states.get(key);
        if (known == null) {
            known = new ShapeState(this, ways, accepts);
            if (states.size() >= MOST_STATES) {
                states.clear();
            }
            states.put(key, known);
        }
        return known;
    }
}
