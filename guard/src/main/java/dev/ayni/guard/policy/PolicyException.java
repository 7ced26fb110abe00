package dev.ayni.guard.policy;

import java.io.Serial;
import java.util.List;
import java.util.regex.Pattern;

/** A policy's file is not what it should be. */
public final class PolicyException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

    private final transient List<String> problems;

    /** @param problems letters, each beginning with the file and the line */
    public PolicyException(List<String> problems) {
        super(printable(String.join("\n", problems)));
        this.problems = problems.stream().map(PolicyException::printable).toList();
    }

    /** What is wrong, in the order of the file. */
    public List<String> problems() {
        return problems;
    }

    /** A letter quotes what it is about: nothing in there shall control a terminal. */
    private static String printable(String message) {
        return CONTROL.matcher(message).replaceAll("\uFFFD");
    }
}
