package dev.ayni.library;

/** An answer that is not what was asked for: what was found, what was expected, what to do. */
public final class AnswerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    AnswerException(String message) {
        super(message);
    }

    AnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
