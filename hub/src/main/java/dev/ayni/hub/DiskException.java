package dev.ayni.hub;

/** A letter about this machine's disk: another source would not help. */
final class DiskException extends HubException {
    private static final long serialVersionUID = 1;

    DiskException(String message) {
        super(message);
    }

    DiskException(String message, Throwable cause) {
        super(message, cause);
    }
}
