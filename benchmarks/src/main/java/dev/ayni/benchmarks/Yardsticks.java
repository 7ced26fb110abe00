package dev.ayni.benchmarks;

/** Plain work whose speed depends on the machine alone, and not on what is measured beside it. */
final class Yardsticks {
    private static final int STEPS = 20_000_000;

    private Yardsticks() {}

    /** Seconds of one step of a chain of whole multiplications, each of which waits for the one before: a few cycles. */
    static double secondsOfStep() {
        long start = System.nanoTime();
        long x = chain(start | 1);
        double seconds = (System.nanoTime() - start) / 1e9 / STEPS;
        if (x == 0) {
            throw new AssertionError("odd numbers have odd products; using it keeps the chain from being left out");
        }
        return seconds;
    }

    private static long chain(long x) {
        for (int i = 0; i < STEPS; i++) {
            x *= x | 5;
        }
        return x;
    }
}
