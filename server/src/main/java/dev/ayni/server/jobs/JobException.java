package dev.ayni.server.jobs;

/** A batch that cannot be worked at; the message is a letter. */
public final class JobException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public JobException(String letter) {
        super(letter);
    }

    public JobException(String letter, Throwable cause) {
        super(letter, cause);
    }
}
