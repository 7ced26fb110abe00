package dev.ayni.server.http;

/** The client closed its connection while it was being answered. Nobody is left to tell; the work only stops. */
public final class ReaderLeft extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ReaderLeft(Throwable cause) {
        super("The client closed its connection.", cause);
    }
}
