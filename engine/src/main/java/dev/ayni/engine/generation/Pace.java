package dev.ayni.engine.generation;

/** How many tokens to guess: more while guesses come true, none for a while where checking them takes longer than it saves. */
final class Pace {
    private static final int FEWEST = 2;
    private static final int MOST = 16;
    private static final int SHORT_PAUSE = 8;
    private static final int LONG_PAUSE = 256;

    /** How much the latest pass counts in the running means. */
    private static final double LATEST = 0.2;

    private int wanted = 4;
    private int pause;
    private int nextPause = SHORT_PAUSE;
    private double plainNanos; // of a token drawn without guesses
    private double guessedNanos; // of a token drawn with them
    private boolean caughtUp; // who guesses has read the text so far

    /** How many guesses to make for the next pass; 0: none. */
    int guesses() {
        if (pause > 0) {
            pause--;
            return 0;
        }
        return plainNanos == 0 ? 0 : wanted; // the first pass shows what a token takes without
    }

    /** Notes a pass without guesses. */
    void plain(long nanos) {
        plainNanos = mean(plainNanos, nanos);
    }

    /** Notes that so many guesses were made, of which the first ones were right, and what guessing and checking took. */
    void checked(int made, int right, long nanos) {
        wanted = right == made ? Math.min(MOST, 2 * wanted) : Math.max(FEWEST, right + 1);
        if (!caughtUp) { // a draft model read the prompt in this pass: it shows nothing of those to come
            caughtUp = true;
            return;
        }
        guessedNanos = mean(guessedNanos, nanos / (right + 1.0));
        if (guessedNanos > plainNanos) {
            pause = nextPause;
            nextPause = Math.min(LONG_PAUSE, 2 * nextPause);
            guessedNanos = 0; // it gets another chance
            caughtUp = false;
        } else {
            nextPause = SHORT_PAUSE;
        }
    }

    private static double mean(double before, double latest) {
        return before == 0 ? latest : before + LATEST * (latest - before);
    }
}
