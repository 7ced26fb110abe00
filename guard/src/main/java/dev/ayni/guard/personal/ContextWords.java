package dev.ayni.guard.personal;

import dev.ayni.guard.Reading;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** The words beside a place, which say what a number is that could be many things. */
final class ContextWords {
    private ContextWords() {}

    /** How far before a place a word counts, and how far after it, in UTF-16 units: some eight words, and two or three. */
    private static final int BEFORE = 64;

    private static final int AFTER = 24;

    /** What a word beside a place adds to its score, and what it has then at least; Presidio's numbers. */
    private static final double ADDS = 0.35;

    private static final double MAKES = 0.4;

    /** A score with what a word beside the place adds; the word is empty where none speaks for it. */
    static double raised(double score, String word) {
        return word.isEmpty() ? score : Math.min(1, Math.max(MAKES, score + ADDS));
    }

    /** The text in small letters, unit for unit. */
    static final Reading.View<String> SMALL = new Reading.View<>(reading -> small(reading.text()));

    /** Letter by letter, because the small form of some letters is longer, and places must stay where they are. */
    static String small(String text) {
        char[] units = text.toCharArray();
        for (int i = 0; i < units.length; i++) {
            units[i] = Character.toLowerCase(units[i]);
        }
        return new String(units);
    }

    /**
     * The first of these words that stands near a place, or is known to belong to the text; empty where none does.
     *
     * @param end where what comes after begins; the place's start: nothing after it counts
     */
    static String near(Reading reading, int start, int end, Set<String> words, Set<String> beside) {
        if (words.isEmpty()) {
            return "";
        }
        String small = reading.view(SMALL);
        String before = small.substring(Math.max(0, start - BEFORE), start);
        String after = end == start ? "" : small.substring(end, Math.min(small.length(), end + AFTER));
        for (String word : words) {
            if (stands(before, word) || stands(after, word)) {
                return word;
            }
        }
        return words.stream().filter(beside::contains).findFirst().orElse("");
    }

    /** Short words have to stand alone, longer ones begin a word. */
    private static boolean stands(String near, String word) {
        int at = near.indexOf(word);
        while (at >= 0) {
            int after = at + word.length();
            boolean begins = at == 0 || !Character.isLetterOrDigit(near.charAt(at - 1));
            boolean ends = word.length() > 4 || after == near.length() || !Character.isLetter(near.charAt(after));
            if (begins && ends) {
                return true;
            }
            at = near.indexOf(word, at + 1);
        }
        return false;
    }

    static Set<String> of(String... words) {
        Set<String> small = new LinkedHashSet<>();
        for (String word : words) {
            small.add(word.toLowerCase(Locale.ROOT));
        }
        return Collections.unmodifiableSet(small);
    }
}
