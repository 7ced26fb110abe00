package dev.ayni.server.access;

/**
 * A bucket that holds what may be used at once, and fills up again evenly within a minute.
 *
 * @param limit what it holds, and what flows in within a minute
 * @param fullAt when it will be full, in microseconds since 1970; may lie far ahead, after an answer took more than was left
 */
record Pace(long limit, long fullAt) {
    /*
     * Only the moment of being full again has to be remembered [1]. What was taken moves it ahead by the time in which so
     * much flows in; what has flowed in needs no bookkeeping.
     *
     * [1] The generic cell rate algorithm of ATM networks, ITU-T I.371
     */
    private static final double MINUTE_MICROS = 60_000_000;

    /** The bucket after so much was taken, whether it was there or not. */
    Pace taken(long amount, long nowMicros) {
        return new Pace(limit, Math.max(fullAt, nowMicros) + (long) (amount * MINUTE_MICROS / limit));
    }

    /** How long until so much can be taken, in microseconds; 0: now. */
    long wait(long amount, long nowMicros) {
        return Math.max(0, taken(amount, nowMicros).fullAt - nowMicros - (long) MINUTE_MICROS);
    }

    /** What can be taken now. */
    long remaining(long nowMicros) {
        // a little more, so that what was counted down evenly is not one short by rounding
        double left = limit - untilFull(nowMicros) * limit / MINUTE_MICROS + 1e-3;
        return Math.max(0, (long) Math.floor(left));
    }

    /** How long until it is full, in microseconds. */
    long untilFull(long nowMicros) {
        return Math.max(0, fullAt - nowMicros);
    }
}
