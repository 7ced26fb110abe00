package dev.ayni.engine.generation;

/** A prompt that cannot be continued: what was found, what was expected, what to do. */
public final class PromptException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PromptException(String message) {
        super(message);
    }
}
