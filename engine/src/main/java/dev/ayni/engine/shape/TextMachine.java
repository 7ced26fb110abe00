package dev.ayni.engine.shape;

/** A deterministic automaton over code points, every state of which leads to an accepted text. */
interface TextMachine {
    int start();

    boolean accepts(int state);

    /** Triples of a first code point, a last one, and the state that they lead to; rising and disjoint. */
    int[] moves(int state);

    /** The fewest bytes that lead from a state to an accepted text. */
    int distance(int state, Cost cost);

    /** The fewest bytes that write one code point of a run. */
    interface Cost {
        int of(int first, int last);
    }

    /**
     * Any text of so many code points.
     *
     * @param most -1: without end
     */
    record Counted(int least, int most) implements TextMachine {
        @Override
        public int start() {
            return 0;
        }

        @Override
        public boolean accepts(int state) {
            return state >= least;
        }

        @Override
        public int[] moves(int state) {
            if (state == most) {
                return new int[0];
            }
            int next = most < 0 ? Math.min(state + 1, least) : state + 1;
            return new int[] {
                0, Character.MIN_SURROGATE - 1, next, Character.MAX_SURROGATE + 1, CodePoints.LAST, next
            };
        }

        @Override
        public int distance(int state, Cost cost) {
            return Math.max(0, least - state);
        }
    }
}
