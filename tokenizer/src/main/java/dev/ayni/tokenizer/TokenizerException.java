package dev.ayni.tokenizer;

import java.util.regex.Pattern;

/** A vocabulary that cannot be used: what was found, what was expected, what to do. */
public final class TokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

    public TokenizerException(String message) {
        super(printable(message));
    }

    public TokenizerException(String message, Throwable cause) {
        super(printable(message), cause);
    }

    /** A text out of a file, not longer than a line. */
    static String shortened(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }

    /** A letter quotes what it is about: nothing in there shall control a terminal. */
    private static String printable(String message) {
        return CONTROL.matcher(message).replaceAll("\uFFFD");
    }
}
