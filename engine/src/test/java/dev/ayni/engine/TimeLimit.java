package dev.ayni.engine;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A limit of time that a busy machine does not break: a piece of work has three tries, and where the machine itself is slow,
 * measured by a loop right after each try, it has as much more time.
 */
public record TimeLimit(long millis) {
    private static final int STEPS = 20_000_000;
    /** What the steps take on a quiet processor of 3 GHz: each is six shifts and exclusive ors that wait for each other. */
    private static final double QUIET_NANOS = STEPS * 6 / 3.0;

    /** Something to be done, which may fail. */
    public interface Work {
        void run() throws Exception;
    }

    /** Runs the work until one try keeps to the limit. */
    public void hold(Work work) throws Exception {
        double best = Double.MAX_VALUE;
        for (int attempt = 0; attempt < 3 && best >= millis; attempt++) {
            long start = System.nanoTime();
            work.run();
            double took = (System.nanoTime() - start) / 1e6;
            best = Math.min(best, took < millis ? took : took / slowness());
        }
        assertThat(best).as("milliseconds, if this machine were a quiet one").isLessThan(millis);
    }

    private static double slowness() {
        long start = System.nanoTime();
        long state = start | 1;
        for (int i = 0; i < STEPS; i++) {
            state ^= state << 13;
            state ^= state >>> 7;
            state ^= state << 17;
        }
        long took = System.nanoTime() - start;
        assertThat(state).isNotZero(); // so that the loop is not left out
        return Math.max(1, took / QUIET_NANOS);
    }
}
