package dev.ayni.engine.shape;

import java.util.regex.Pattern;

/** A shape that cannot be enforced: where and what was found, what was expected, what to do. */
public final class ShapeException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

    public ShapeException(String message) {
        super(printable(message));
    }

    /** A letter quotes what it is about: nothing in there shall control a terminal. */
    private static String printable(String message) {
        return CONTROL.matcher(message).replaceAll("\uFFFD");
    }
}
