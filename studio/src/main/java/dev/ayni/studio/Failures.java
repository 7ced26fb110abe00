package dev.ayni.studio;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What a failed command says and which status it leaves. */
final class Failures {
    /** All went well. */
    static final int OK = 0;
    /** The command was understood, but its work failed. */
    static final int FAILED = 1;
    /** The command itself is wrong. */
    static final int USAGE = 2;
    /** Stopped by its user. */
    static final int INTERRUPTED = 130;

    private Failures() {}

    /** The letter for a failure, without a stack trace. */
    static String letter(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case OutOfMemoryError e -> outOfMemory(message);
            case StackOverflowError e ->
                "Something in the input is nested too deeply. If the file is from a trusted source, report it; see --debug.";
            case NoSuchFileException e -> "There is no file or folder '%s'. Check the path.".formatted(e.getFile());
            case FileNotFoundException e -> "A file cannot be opened: %s. Check the path.".formatted(message);
            case AccessDeniedException e ->
                "'%s' may not be read or written by you. Change its permissions.".formatted(e.getFile());
            case FileAlreadyExistsException e -> "'%s' exists already.".formatted(e.getFile());
            case FileSystemException e ->
                "'%s': %s.".formatted(e.getFile(), e.getReason() == null ? message : e.getReason());
            case IOException e -> "Reading or writing failed: %s.".formatted(message);
            default -> own(failure) ? message : mistake(failure);
        };
    }

    private static String outOfMemory(String message) {
        long most = Runtime.getRuntime().maxMemory() >> 20;
        boolean heap = message.contains("heap") || message.contains("limit");
        return heap
                ? "The Java heap of %d MB is full. Allow more: AYNI_JAVA_OPTIONS=-Xmx%dm ayni ..."
                        .formatted(most, most * 2)
                : "There is not enough memory (%s). Close other programs, take a smaller model, or a smaller --context."
                        .formatted(message);
    }

    /** Whether an exception is of a kind that Ayni's rooms throw for their users. */
    private static boolean own(Throwable failure) {
        return failure.getClass().getName().startsWith("dev.ayni.") && failure.getMessage() != null;
    }

    private static String mistake(Throwable failure) {
        String where = failure.getStackTrace().length == 0 ? "" : " at " + failure.getStackTrace()[0];
        return "Ayni stopped by a mistake of its own: %s%s. Please report it with what --debug prints."
                .formatted(failure, where);
    }
}
