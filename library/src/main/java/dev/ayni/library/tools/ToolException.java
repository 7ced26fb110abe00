package dev.ayni.library.tools;

/** A tool gave no result. The message is for the model: what was found, what was expected, what to do. */
public final class ToolException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ToolException(String message) {
        super(message);
    }

    public ToolException(String message, Throwable cause) {
        super(message, cause);
    }
}
