package dev.ayni.engine.shape;

/** A shape that cannot be enforced: where and what was found, what was expected, what to do. */
public final class ShapeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ShapeException(String message) {
        super(message);
    }
}
