package dev.ayni.studio;

import dev.ayni.hub.Progress;
import java.time.Duration;
import java.util.Locale;

/** Shows how far a pull has come: one line that changes on a terminal, a line now and then elsewhere. */
final class ProgressLine implements Progress, AutoCloseable {
    private static final int BAR = 24;
    private static final long PAUSE_NANOS = 10_000_000_000L;

    private final Streams streams;
    private boolean shown;
    private String before = "";
    private long last;

    ProgressLine(Streams streams) {
        this.streams = streams;
    }

    @Override
    public void report(Step step) {
        if (streams.errTerminal()) {
            clear();
            if (step.phase() != Phase.DONE) {
                streams.err().print(line(step));
                streams.err().flush();
                shown = true;
            }
            return;
        }
        String what = step.phase() + step.what();
        if (step.phase() != Phase.DONE && (!what.equals(before) || System.nanoTime() - last > PAUSE_NANOS)) {
            streams.err().println(line(step));
            before = what;
            last = System.nanoTime();
        }
    }

    /** Makes room for other words. */
    void clear() {
        if (shown) {
            streams.err().print("\r\033[K");
            streams.err().flush();
            shown = false;
        }
    }

    @Override
    public void close() {
        clear();
    }

    private static String line(Step step) {
        String what = switch (step.phase()) {
            case WAITING -> "Waiting for another pull of ";
            case ASKING -> "Asking for ";
            case DOWNLOADING -> "";
            case UNPACKING -> "Unpacking ";
            case JOINING -> "Joining ";
            case VERIFYING -> "Verifying ";
            case DONE -> "Here: ";
        };
        StringBuilder line = new StringBuilder(what).append(shortened(step.what()));
        if (step.phase() == Phase.WAITING || step.phase() == Phase.ASKING) {
            return line.toString();
        }
        if (step.bytesTotal().isPresent() && step.bytesTotal().getAsLong() > 0) {
            double share =
                    Math.clamp((double) step.bytesDone() / step.bytesTotal().getAsLong(), 0, 1);
            int full = (int) Math.round(share * BAR);
            line.append("  ").append("█".repeat(full)).append("░".repeat(BAR - full));
            line.append(String.format(Locale.ROOT, " %3.0f %%", 100 * share));
            line.append("  ")
                    .append(Numbers.bytes(step.bytesDone()))
                    .append(" of ")
                    .append(Numbers.bytes(step.bytesTotal().getAsLong()));
        } else {
            line.append("  ").append(Numbers.bytes(step.bytesDone()));
        }
        if (step.bytesPerSecond() > 0) {
            line.append("  ")
                    .append(Numbers.bytes((long) step.bytesPerSecond()))
                    .append("/s");
        }
        step.timeLeft()
                .filter(left -> !left.isZero())
                .ifPresent(left -> line.append("  ").append(time(left)).append(" left"));
        return line.toString();
    }

    private static String shortened(String what) {
        return what.length() <= 32 ? what : what.substring(0, 14) + "…" + what.substring(what.length() - 17);
    }

    private static String time(Duration left) {
        long seconds = Math.max(1, left.toSeconds());
        return seconds < 60
                ? seconds + " s"
                : seconds < 3600
                        ? "%d min %d s".formatted(seconds / 60, seconds % 60)
                        : "%d h %d min".formatted(seconds / 3600, seconds / 60 % 60);
    }
}
