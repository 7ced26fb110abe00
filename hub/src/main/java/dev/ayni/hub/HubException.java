package dev.ayni.hub;

import java.util.regex.Pattern;

/** A model that cannot be found, got or kept: what was found, what was expected, what to do. */
public sealed class HubException extends RuntimeException permits DiskException {
    private static final long serialVersionUID = 1;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

    public HubException(String message) {
        super(printable(message));
    }

    public HubException(String message, Throwable cause) {
        super(printable(message), cause);
    }

    /** A letter quotes what it is about: nothing in there shall control a terminal. */
    private static String printable(String message) {
        return CONTROL.matcher(message).replaceAll("\uFFFD");
    }
}
