package dev.ayni.engine.weights;

/** A weight file that cannot be used: what was found, what was expected, what to do. */
public final class WeightsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public WeightsException(String message) {
        super(message);
    }

    public WeightsException(String message, Throwable cause) {
        super(message, cause);
    }
}
