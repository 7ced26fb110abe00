package dev.ayni.engine.weights;

import java.util.regex.Pattern;

/**
 * A weight file that cannot be used: what was found, what was expected, what to do. Control characters, which a file may
 * hold in order to command the terminal that shows the letter, are replaced.
 */
public final class WeightsException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

    public WeightsException(String message) {
        super(printable(message));
    }

    public WeightsException(String message, Throwable cause) {
        super(printable(message), cause);
    }

    /** A name out of a file, in quotes and not longer than a line. */
    static String quoted(String name) {
        return name.length() > 100 ? "'" + name.substring(0, 100) + "...'" : "'" + name + "'";
    }

    private static String printable(String message) {
        return CONTROL.matcher(message).replaceAll("\uFFFD");
    }
}
