package dev.ayni.guard.rules;

import dev.ayni.guard.Reading;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A regular expression that is tried only where a certain word stands, so that a long text is read at the speed of looking for
 * words, and no text makes the expression wander: it sees at most {@link #REACH} units.
 *
 * @param id what fires, unlike any other of its check
 * @param anchors one of these words is in every match; small letters where {@code anyCase}
 * @param before how many units before the word a match can begin
 * @param pattern the expression; where it has a group named "s", that is the finding's place
 * @param anyCase whether words are found in large letters too; the expression has to say it for itself
 */
record AnchoredRule(String id, List<String> anchors, int before, Pattern pattern, boolean anyCase) {
    static final int REACH = 256;

    /** The text with ASCII letters small; each unit where it was. */
    static final Reading.View<String> SMALL = new Reading.View<>(reading -> small(reading.text()));

    AnchoredRule {
        anchors = List.copyOf(anchors);
        if (anyCase) {
            for (String anchor : anchors) {
                if (!anchor.equals(anchor.toLowerCase(Locale.ROOT))) {
                    throw new IllegalArgumentException("%s: the anchor is to be in small letters.".formatted(id));
                }
            }
        }
    }

    static String small(String text) {
        int first = 0;
        while (first < text.length() && !(text.charAt(first) >= 'A' && text.charAt(first) <= 'Z')) {
            first++;
        }
        if (first == text.length()) {
            return text;
        }
        char[] units = text.toCharArray();
        for (int i = first; i < units.length; i++) {
            if (units[i] >= 'A' && units[i] <= 'Z') {
                units[i] += 'a' - 'A';
            }
        }
        return new String(units);
    }

    /**
     * Finds all matches between two units that more text cannot take back; those that it could are left for when the text has
     * gone on.
     *
     * @param small the text with small letters, as {@link #SMALL} has it
     */
    void find(String text, String small, int from, int to, boolean complete, Consumer<Matcher> found) {
        Matcher matcher = pattern.matcher(text).useTransparentBounds(true).useAnchoringBounds(false);
        String words = anyCase ? small : text;
        for (String anchor : anchors) {
            int after = from; // matches do not overlap
            for (int at = words.indexOf(anchor, from, to); at >= 0; at = words.indexOf(anchor, at + 1, to)) {
                if (at < after) {
                    continue;
                }
                int begin = Math.max(after, at - before);
                matcher.region(begin, Math.min(to, at - before + REACH - 1));
                boolean matched = before == 0 ? matcher.lookingAt() : matcher.find();
                while (matched && matcher.end() <= at) {
                    matched = matcher.find();
                }
                boolean open = !complete
                        && to == text.length()
                        && (matcher.requireEnd() || matcher.hitEnd() && matcher.regionEnd() == to);
                if (matched && matcher.start() <= at && !open) {
                    found.accept(matcher);
                    after = Math.max(matcher.end(), at + 1);
                }
            }
        }
    }
}
