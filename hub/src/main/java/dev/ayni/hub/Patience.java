package dev.ayni.hub;

import java.time.Duration;

/**
 * How long a server is waited for.
 *
 * @param attempts how often a request is sent before giving up; counted anew whenever bytes have come
 * @param firstPause before the second attempt; doubled each time
 * @param longestPause more than that is not waited, even if the server asks for it
 * @param stall after so long without a byte a connection counts as lost
 */
record Patience(int attempts, Duration firstPause, Duration longestPause, Duration stall) {
    static final Patience USUAL =
            new Patience(5, Duration.ofSeconds(1), Duration.ofSeconds(60), Duration.ofSeconds(60));

    /** The pause before the attempt after this one. */
    Duration pauseAfter(int attempt) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(attempt - 1, 10));
        return pause.compareTo(longestPause) > 0 ? longestPause : pause;
    }

    static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException(
                    "The pull was interrupted. What has arrived is kept; the next pull goes on from there.", e);
        }
    }
}
