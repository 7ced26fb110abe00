package dev.ayni.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code textwrap}. */
final class TextWrap {
    private static final Pattern HYPHENS = Pattern.compile("(?<=[\\p{L}]{2}-)(?=[\\p{L}]{2})");
    private static final Pattern CHUNK = Pattern.compile("[\\t\\n\\x0b\\f\\r ]+|[^\\t\\n\\x0b\\f\\r ]+");

    private TextWrap() {}

    /** A line cut into lines of at most so many characters, at blanks and, on demand, after hyphens and within words. */
    static List<String> wrapped(Python python, String line, int width, boolean breakWords, boolean breakHyphens) {
        Deque<String> chunks = new ArrayDeque<>();
        for (Matcher m = CHUNK.matcher(line); m.find(); ) {
            for (String chunk : breakHyphens ? HYPHENS.split(m.group()) : new String[] {m.group()}) {
                python.budget.items(1);
                chunks.add(chunk);
            }
        }
        List<String> lines = new ArrayList<>();
        while (!chunks.isEmpty()) {
            python.budget.items(1);
            List<String> current = new ArrayList<>();
            int room = width;
            if (!lines.isEmpty() && chunks.element().isBlank()) {
                chunks.remove();
            }
            while (!chunks.isEmpty() && Text.length(chunks.element()) <= room) {
                room -= Text.length(chunks.element());
                current.add(chunks.remove());
            }
            if (!chunks.isEmpty() && Text.length(chunks.element()) > width) {
                if (breakWords && room > 0) {
                    String word = chunks.remove();
                    python.budget.text(word.length());
                    int cut = word.offsetByCodePoints(0, room);
                    int hyphen = breakHyphens ? word.lastIndexOf('-', cut - 1) : -1;
                    if (hyphen > 0 && word.substring(0, hyphen).chars().anyMatch(c -> c != '-')) {
                        cut = hyphen + 1;
                    }
                    current.add(word.substring(0, cut));
                    chunks.addFirst(word.substring(cut));
                } else if (!breakWords && current.isEmpty()) {
                    current.add(chunks.remove());
                }
            }
            if (!current.isEmpty() && current.getLast().isBlank()) {
                current.removeLast();
            }
            if (!current.isEmpty()) {
                lines.add(String.join("", current));
            }
        }
        return lines;
    }
}
