package dev.ayni.engine.generation;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** How many there were a second, lately. */
final class Rate {
    private static final int SECONDS = 10;

    private final long[] counts = new long[SECONDS + 1]; // of this second and those before
    private long second = Long.MIN_VALUE; // the latest that is counted
    private long firstNanos = Long.MIN_VALUE;

    synchronized void add(long count, long nanos) {
        goTo(nanos);
        counts[Math.floorMod(second, counts.length)] += count;
        firstNanos = firstNanos == Long.MIN_VALUE ? nanos : firstNanos;
    }

    /** The mean of the last ten seconds, or of all there were, if they are fewer. */
    synchronized double perSecond(long nanos) {
        if (firstNanos == Long.MIN_VALUE) {
            return 0;
        }
        goTo(nanos);
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        double seconds = (nanos - firstNanos) / 1e9;
        return sum / Math.clamp(seconds, 1, SECONDS);
    }

    private void goTo(long nanos) {
        long now = Math.floorDiv(nanos, TimeUnit.SECONDS.toNanos(1));
        if (second == Long.MIN_VALUE || now - second > SECONDS) {
            Arrays.fill(counts, 0);
            second = now;
        }
        while (second < now) {
            second++;
            counts[Math.floorMod(second, counts.length)] = 0;
        }
    }
}
