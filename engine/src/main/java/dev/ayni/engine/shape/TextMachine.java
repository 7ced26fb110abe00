package dev.ayni.engine.shape;

/** A deterministic automaton over code points, every state of which leads to an accepted text. */
sealed interface TextMachine permits TextLanguage, TextMachine.Counted {
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
     * @param alphabet the code points
     */
    record Counted(int least, int most, CodePoints alphabet) implements TextMachine {
        Counted(int least, int most) {
            this(least, most, CodePoints.ALL);
        }

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
            int[] bounds = alphabet.bounds();
            int[] moves = new int[bounds.length / 2 * 3];
            for (int i = 0; i < bounds.length / 2; i++) {
                moves[3 * i] = bounds[2 * i];
                moves[3 * i + 1] = bounds[2 * i + 1];
                moves[3 * i + 2] = next;
            }
            return moves;
        }

        @Override
        public int distance(int state, Cost cost) {
            return Math.max(0, least - state);
        }
    }
}
