package dev.ayni.guard.personal;

import java.util.ArrayList;
import java.util.List;

/** A text cut into words: runs of letters, runs of digits, single other signs. What a recogniser is sure of is one word. */
final class Words {
    /**
     * @param text as it stands
     * @param small in small letters without accents
     * @param breaks how many lines end before it, 2 for more; 2 too at the beginning of the text
     * @param spaced whether white space stands before it
     * @param kind the entity that a recogniser is sure it is, whole; empty for an ordinary word
     */
    record Word(String text, String small, int start, int end, int breaks, boolean spaced, String kind) {
        boolean isWord() {
            return Character.isLetterOrDigit(text.codePointAt(0));
        }

        boolean isNumber() {
            return Character.isDigit(text.charAt(0));
        }
    }

    private Words() {}

    /** @param sure in order of place, without overlap */
    static List<Word> of(String text, List<Sighting> sure) {
        List<Word> words = new ArrayList<>();
        int at = 0;
        int breaks = 2;
        boolean spaced = true;
        int next = 0;
        while (at < text.length()) {
            while (next < sure.size() && sure.get(next).start() < at) {
                next++;
            }
            if (next < sure.size() && sure.get(next).start() == at) {
                Sighting whole = sure.get(next);
                words.add(new Word(
                        text.substring(at, whole.end()),
                        whole.entity(),
                        at,
                        whole.end(),
                        breaks,
                        spaced,
                        whole.entity()));
                at = whole.end();
                breaks = 0;
                spaced = false;
                continue;
            }
            int c = text.codePointAt(at);
            if (Character.isWhitespace(c) || c == 0xa0) {
                breaks = c == '\n' ? Math.min(2, breaks + 1) : breaks;
                spaced = true;
                at += Character.charCount(c);
                continue;
            }
            int limit = next < sure.size() ? sure.get(next).start() : text.length();
            int end = end(text, at, limit, c);
            String piece = text.substring(at, end);
            words.add(new Word(piece, PlainLetters.of(piece), at, end, breaks, spaced, ""));
            at = end;
            breaks = 0;
            spaced = false;
        }
        return words;
    }

    private static int end(String text, int start, int limit, int first) {
        boolean letter = Character.isLetter(first);
        boolean digit = Character.isDigit(first);
        int at = start + Character.charCount(first);
        while (at < limit && (letter || digit)) {
            int c = text.codePointAt(at);
            boolean same = letter
                    ? Character.isLetter(c) || Character.getType(c) == Character.NON_SPACING_MARK
                    : Character.isDigit(c);
            if (!same) {
                break;
            }
            at += Character.charCount(c);
        }
        return Math.min(at, Math.max(limit, start + Character.charCount(first)));
    }
}
