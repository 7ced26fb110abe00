package dev.ayni.tokenizer;

/** A vocabulary that cannot be used: what was found, what was expected, what to do. */
public final class TokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TokenizerException(String message) {
        super(message);
    }

    public TokenizerException(String message, Throwable cause) {
        super(message, cause);
    }
}
