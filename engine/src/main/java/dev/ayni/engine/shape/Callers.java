package dev.ayni.engine.shape;

import java.util.List;

/**
 * The rules that wait for the end of a called one: a node of a graph-structured stack (Tomita, An Efficient
 * Augmented-Context-Free Parsing Algorithm, 1987), in which stacks with equal tops share them.
 *
 * @param waiting in the order of their ids
 * @param bottom whether the text may end with the called rule
 * @param distance the fewest bytes from the called rule's end to the text's end
 */
record Callers(int id, List<Waiting> waiting, boolean bottom, int distance) {
    static final Callers NONE = new Callers(0, List.of(), true, 0);

    /** A rule that goes on at {@code back}, and who waits for its end in turn. */
    record Waiting(Local back, Callers above) {
        int distance() {
            return back.distance + above.distance;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Waiting(Local b, Callers a) && b == back && a == above;
        }

        @Override
        public int hashCode() {
            return 31 * back.id + above.id;
        }
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return id;
    }
}
