package dev.ayni.hub;

/** A model that cannot be found, got or kept: what was found, what was expected, what to do. */
public final class HubException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public HubException(String message) {
        super(message);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
