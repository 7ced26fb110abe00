package dev.ayni.server.access;

/** A key, an issuer or an address that cannot be as it was asked for; the message is a letter. */
public final class AccessException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AccessException(String letter) {
        super(letter);
    }

    public AccessException(String letter, Throwable cause) {
        super(letter, cause);
    }
}
