package dev.ayni.studio;

/** A failure that its reader can do something about: what was found, what was expected, what to do. */
final class Letter extends RuntimeException {
    private static final long serialVersionUID = 1;

    Letter(String message) {
        super(message);
    }

    Letter(String message, Throwable cause) {
        super(message, cause);
    }
}
