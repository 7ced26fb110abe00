package dev.ayni.template;

import java.util.regex.Pattern;

/**
 * A chat template that cannot be read or rendered: what was found, what was expected, what to do.
 *
 * <p>{@link TemplateRefusal} is the one that the template itself raised, with {@code raise_exception}.
 */
public sealed class TemplateException extends RuntimeException permits TemplateRefusal {
    private static final long serialVersionUID = 1;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

    private final int line;

    /** An error at a line of the template, counted from 1; 0 when no line is to blame. */
    public TemplateException(String message, int line) {
        super(printable(message));
        this.line = line;
    }

    /** The line of the template, counted from 1; 0 when no line is to blame. */
    public int line() {
        return line;
    }

    /** A letter quotes what it is about: nothing in there shall control a terminal. */
    private static String printable(String message) {
        return CONTROL.matcher(message).replaceAll("\uFFFD");
    }
}
