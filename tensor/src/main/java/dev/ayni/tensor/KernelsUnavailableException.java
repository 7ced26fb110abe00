package dev.ayni.tensor;

/** The kernels that were asked for do not exist or cannot start here; the message says what to do. */
public final class KernelsUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The message is a letter to the user. */
    public KernelsUnavailableException(String message) {
        super(message);
    }
}
