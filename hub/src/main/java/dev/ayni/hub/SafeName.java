package dev.ayni.hub;

import java.util.regex.Pattern;

/** Names of files that came from elsewhere: only those that stay below the folder they are put into. */
final class SafeName {
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");

    private SafeName() {}

    /**
     * Lets a relative path with forward slashes pass.
     *
     * @param from who gave the name, for the letter
     */
    static String check(String name, String from) {
        boolean safe = !name.isEmpty()
                && !name.startsWith("/")
                && name.indexOf('\\') < 0
                && name.chars().noneMatch(c -> c < ' ' || c == 127)
                && !DRIVE.matcher(name).matches();
        for (String part : name.split("/", -1)) {
            safe &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
        }
        if (!safe) {
            throw new HubException(
                    "%s names a file '%s', which could lie outside the model's folder. Expected a plain relative path. Nothing was written; use another source."
                            .formatted(from, name.replaceAll("\\p{Cntrl}", "?")));
        }
        return name;
    }

    /** The last part of a path with forward slashes. */
    static String last(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
