package dev.ayni.hub;

import java.util.OptionalLong;

/** Counts bytes and reports them four times a second, with the rate of about the last five seconds. */
final class ProgressMeter {
    private static final long PAUSE_NANOS = 250_000_000L;
    private static final double MEMORY_SECONDS = 5;

    private final Progress progress;
    private final Progress.Phase phase;
    private final String what;
    private final OptionalLong total;
    private long done;
    private long reportedBytes;
    private long reportedNanos = System.nanoTime();
    private double rate;

    ProgressMeter(Progress progress, Progress.Phase phase, String what, long startBytes, OptionalLong total) {
        this.progress = progress;
        this.phase = phase;
        this.what = what;
        this.total = total;
        this.done = startBytes;
        this.reportedBytes = startBytes;
        progress.report(new Progress.Step(phase, what, done, total, 0));
    }

    void add(long bytes) {
        set(done + bytes);
    }

    void set(long bytes) {
        done = bytes;
        if (System.nanoTime() - reportedNanos > PAUSE_NANOS) {
            report();
        }
    }

    void report() {
        long now = System.nanoTime();
        double seconds = Math.max(1e-3, (now - reportedNanos) / 1e9);
        double rateNow = (done - reportedBytes) / seconds;
        rate = rate == 0 ? rateNow : rate + (rateNow - rate) * Math.min(1, seconds / MEMORY_SECONDS);
        reportedNanos = now;
        reportedBytes = done;
        progress.report(new Progress.Step(phase, what, done, total, rate));
    }
}
