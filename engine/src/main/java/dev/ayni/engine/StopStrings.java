package dev.ayni.engine;

import java.util.List;

/** Watches a stream of text for strings that end it, across the borders of its parts; what may become one is held back. */
final class StopStrings {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private String found = "";

    StopStrings(List<String> stops) {
        this.stops = stops;
    }

    /** Whether a stop string has appeared. */
    boolean found() {
        return !found.isEmpty();
    }

    /** The stop string that has appeared; empty if none has. */
    String which() {
        return found;
    }

    /** Adds text and gives what may be shown of all that was added. */
    String accept(String text) {
        if (found()) {
            return "";
        }
        held.append(text);
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
                found = stop;
            }
        }
        if (first >= 0) {
            return take(first);
        }
        return take(held.length() - possibleStart());
    }

    /** What was held back and has not become a stop string. */
    String finish() {
        return found() ? "" : take(held.length());
    }

    private String take(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    /** The length of the longest end of what is held that a stop string begins with. */
    private int possibleStart() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
