package dev.ayni.chat;

/** A request that was not begun, because too many others wait already. Nothing of it was done; it may be sent again. */
public final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long retryAfterMillis;

    /** @param retryAfterMillis when to try again: a guess from how fast the queue moves */
    public OverloadedException(String message, long retryAfterMillis) {
        super(message);
        this.retryAfterMillis = retryAfterMillis;
    }

    public long retryAfterMillis() {
        return retryAfterMillis;
    }
}
