package dev.ayni.hub;

/** A model that cannot be found, got or kept: what was found, what was expected, what to do. */
public sealed class HubException extends RuntimeException permits DiskException {
    private static final long serialVersionUID = 1;

    public HubException(String message) {
        super(message);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
