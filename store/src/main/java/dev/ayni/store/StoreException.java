package dev.ayni.store;

/** The database cannot be opened, read or written; the message is a letter: what was found, what to do. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StoreException(String letter) {
        super(letter);
    }

    public StoreException(String letter, Throwable cause) {
        super(letter, cause);
    }
}
