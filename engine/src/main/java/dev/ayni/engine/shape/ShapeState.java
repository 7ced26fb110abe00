package dev.ayni.engine.shape;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far a text has come: every way in which the grammar can have read it. Steps are computed once. */
final class ShapeState {
    /** One way: a place in a rule, and who waits for the rule's end. */
    record Way(Local local, Callers callers) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Way(Local l, Callers c) && l == local && c == callers;
        }

        @Override
        public int hashCode() {
            return 31 * local.id + callers.id();
        }
    }

    private final ShapeAutomaton automaton;
    private final List<Way> ways;
    private final boolean accepts;
    private final int distance;
    private final @Nullable ShapeState[] next = new @Nullable ShapeState[256];
    private final long[] known = new long[4];

    ShapeState(ShapeAutomaton automaton, List<Way> ways, boolean accepts) {
        this.automaton = automaton;
        this.ways = ways;
        this.accepts = accepts;
        int least = accepts ? 0 : GrammarAnalysis.NEVER;
        for (Way way : ways) {
            least = Math.min(least, way.local.distance + way.callers.distance());
        }
        this.distance = least;
    }

    /** Whether the text may end here. */
    boolean accepts() {
        return accepts;
    }

    /** Whether the text must end here. */
    boolean isOver() {
        return ways.isEmpty();
    }

    /** The fewest bytes to the text's end. */
    int distance() {
        return distance;
    }

    List<Way> ways() {
        return ways;
    }

    /** Where a byte leads; null: nowhere. */
    @Nullable
    ShapeState next(int b) {
        if ((known[b >> 6] >>> b & 1) == 0) {
            next[b] = automaton.step(ways, b);
            known[b >> 6] |= 1L << b;
        }
        return next[b];
    }

    /** The only byte that may follow; -1: several may, or the text may end. */
    int onlyByte() {
        if (accepts) {
            return -1;
        }
        int only = -1;
        for (Way way : ways) {
            int b = way.local.onlyByte();
            if (b < 0 || (only >= 0 && only != b)) {
                return -1;
            }
            only = b;
        }
        return only;
    }

    /** The byte with which the shortest end begins, of equally short ones the lowest; -1 if the text may end here. */
    int nearestByte() {
        if (accepts) {
            return -1;
        }
        for (int b = 0; b < 256; b++) {
            ShapeState after = next(b);
            if (after != null && after.distance == distance - 1) {
                return b;
            }
        }
        throw new AssertionError("a state from which %d bytes lead to an end has no nearest one".formatted(distance));
    }
}
