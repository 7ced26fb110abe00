package dev.ayni.guard.policy;

import java.io.Serial;
import java.util.List;

/** A policy's file is not what it should be. */
public final class PolicyException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    /** @param problems letters, each beginning with the file and the line */
    public PolicyException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** What is wrong, in the order of the file. */
    public List<String> problems() {
        return problems;
    }
}
