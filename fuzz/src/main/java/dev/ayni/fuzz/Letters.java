package dev.ayni.fuzz;

import java.util.Optional;
import java.util.concurrent.Callable;

/** What a room owes whoever gives it something hostile: a result that works, or its own exception with a letter. */
public final class Letters {
    private static final int SHORTEST = 20;
    private static final int LONGEST = 10_000;

    private Letters() {}

    /**
     * Does the work; empty where the room refuses it with the exception that it documents.
     *
     * @param documented by the room, for this work
     * @throws AssertionError if the exception's message is no letter: too short to say anything, as long as the input that it
     *     complains about, or with characters that control a terminal
     */
    public static <T> Optional<T> orLetter(Class<? extends Exception> documented, Callable<T> work) throws Exception {
        try {
            return Optional.of(work.call());
        } catch (Exception e) {
            if (!documented.isInstance(e)) {
                throw e;
            }
            check(String.valueOf(e.getMessage()), e);
            return Optional.empty();
        }
    }

    private static void check(String letter, Exception source) {
        String wrong = null;
        if (letter.strip().length() < SHORTEST) {
            wrong = "says nothing";
        } else if (letter.length() > LONGEST) {
            wrong = "has %d characters".formatted(letter.length());
        } else if (letter.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')) {
            wrong = "holds control characters";
        }
        if (wrong != null) {
            throw new AssertionError(
                    "The letter %s: %s".formatted(wrong, letter.substring(0, Math.min(letter.length(), 500))), source);
        }
    }
}
