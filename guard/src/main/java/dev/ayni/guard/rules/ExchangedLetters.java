package dev.ayni.guard.rules;

import dev.ayni.guard.rules.HiddenText.Decoded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Texts whose letters stand for others (rot13, atbash, digits for letters), stand apart or backwards, or are written in Morse's
 * signs, in Braille or as a spelling alphabet. An exchange is believed where it makes common English words of what was none; in
 * other languages it goes unseen.
 */
final class ExchangedLetters {
    /** What is judged at once: a line, or so many units of it. */
    private static final int PIECE = 200;

    private static final int FEWEST_WORDS = 3;
    private static final int TRIAL = 32;
    private static final String MORSE_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final String[] MORSE_SIGNS =
            (".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.--"
                            + " --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.")
                    .split(" ");
    private static final Map<String, Character> MORSE = morse();
    private static final String BRAILLE = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵";
    private static final List<String> SPELLING = List.of(
            "alfa",
            "alpha",
            "bravo",
            "charlie",
            "delta",
            "echo",
            "foxtrot",
            "golf",
            "hotel",
            "india",
            "juliett",
            "juliet",
            "kilo",
            "lima",
            "mike",
            "november",
            "oscar",
            "papa",
            "quebec",
            "romeo",
            "sierra",
            "tango",
            "uniform",
            "victor",
            "whiskey",
            "xray",
            "yankee",
            "zulu");

    private final String text;
    private final boolean complete;
    private final List<Decoded> found;

    private ExchangedLetters(String text, boolean complete, List<Decoded> found) {
        this.text = text;
        this.complete = complete;
        this.found = found;
    }

    static void find(String text, boolean complete, List<Decoded> found) {
        ExchangedLetters letters = new ExchangedLetters(text, complete, found);
        letters.pieces();
        letters.morse(0);
        letters.braille();
        letters.apart();
    }

    private interface Exchange {
        char of(char letter);
    }

    private static char rot13(char c) {
        if (c >= 'a' && c <= 'z') {
            return (char) ('a' + (c - 'a' + 13) % 26);
        }
        return c >= 'A' && c <= 'Z' ? (char) ('A' + (c - 'A' + 13) % 26) : c;
    }

    private static char atbash(char c) {
        if (c >= 'a' && c <= 'z') {
            return (char) ('z' - (c - 'a'));
        }
        return c >= 'A' && c <= 'Z' ? (char) ('Z' - (c - 'A')) : c;
    }

    private static char leet(char c) {
        return switch (c) {
            case '0' -> 'o';
            case '1', '!' -> 'i';
            case '3' -> 'e';
            case '4', '@' -> 'a';
            case '5', '$' -> 's';
            case '7', '+' -> 't';
            default -> c;
        };
    }

    private void pieces() {
        int start = 0;
        while (start < text.length()) {
            int end = start;
            int space = -1;
            while (end < text.length() && end - start < PIECE && text.charAt(end) != '\n') {
                if (text.charAt(end) == ' ') {
                    space = end;
                }
                end++;
            }
            boolean ended = end < text.length() && text.charAt(end) == '\n' || end - start == PIECE || complete;
            if (!ended) {
                return;
            }
            if (end - start == PIECE && space > start) {
                end = space;
            }
            piece(start, end);
            start = end == start ? end + 1 : end;
        }
    }

    /** One word of a piece. */
    private record Word(int start, int end, boolean common) {}

    private void piece(int start, int end) {
        List<Word> words = new ArrayList<>();
        int i = start;
        while (i < end) {
            while (i < end && !inWord(text.charAt(i))) {
                i++;
            }
            int from = i;
            while (i < end && inWord(text.charAt(i))) {
                i++;
            }
            if (i > from) {
                words.add(new Word(from, i, CommonWords.contains(trimmed(text.substring(from, i)))));
            }
        }
        if (words.size() < FEWEST_WORDS) {
            return;
        }
        exchanged(words, ExchangedLetters::rot13, "rot13", 0.9);
        exchanged(words, ExchangedLetters::atbash, "atbash", 0.9);
        exchanged(words, ExchangedLetters::leet, "leetspeak", 0.6);
        backwards(words);
        spelled(words);
    }

    private static boolean inWord(char c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || c == '@' || c == '$' || c == '!' || c == '+');
    }

    private static String trimmed(String word) {
        int end = word.length();
        while (end > 0 && !Character.isLetterOrDigit(word.charAt(end - 1))) {
            end--;
        }
        return word.substring(0, end).toLowerCase(Locale.ROOT);
    }

    private void exchanged(List<Word> words, Exchange exchange, String encoding, double score) {
        List<String> changed = new ArrayList<>();
        for (Word word : words) {
            StringBuilder other = new StringBuilder();
            for (int at = word.start(); at < word.end(); at++) {
                other.append(exchange.of(text.charAt(at)));
            }
            changed.add(other.toString());
        }
        int[] best = stretch(words, changed);
        if (best == null) {
            return;
        }
        int start = words.get(best[0]).start();
        int end = words.get(best[1] - 1).end();
        Derived.Writer out = new Derived.Writer(end - start);
        for (int i = start; i < end; i++) {
            out.add(exchange.of(text.charAt(i)), i);
        }
        found.add(new Decoded(out.finish(end), encoding, score));
    }

    /** The words that the exchange makes English: the first and the one after the last; null where they are too few. */
    private int @Nullable [] stretch(List<Word> words, List<String> changed) {
        int[] gain = new int[words.size()];
        for (int i = 0; i < gain.length; i++) {
            Word word = words.get(i);
            boolean differs = !changed.get(i).contentEquals(text.subSequence(word.start(), word.end()));
            boolean becomes =
                    differs && word.end() - word.start() >= 2 && CommonWords.contains(trimmed(changed.get(i)));
            gain[i] = word.common() ? -1 : becomes ? 1 : 0;
        }
        int[] best = best(gain);
        if (best[2] < FEWEST_WORDS || 4 * best[2] < best[1] - best[0]) {
            return null;
        }
        Set<String> different = new HashSet<>();
        int longer = 0;
        for (int i = best[0]; i < best[1]; i++) {
            if (gain[i] > 0
                    && different.add(trimmed(changed.get(i)))
                    && words.get(i).end() - words.get(i).start() >= 3) {
                longer++;
            }
        }
        return longer >= 2 && different.size() >= FEWEST_WORDS ? best : null;
    }

    /** The stretch with the largest sum: its first, the one after its last, the sum. */
    private static int[] best(int[] gain) {
        int[] best = {0, 0, 0};
        int sum = 0;
        int from = 0;
        for (int i = 0; i < gain.length; i++) {
            if (sum <= 0) {
                sum = 0;
                from = i;
            }
            sum += gain[i];
            if (sum >= best[2] && sum > 0) {
                best = new int[] {from, i + 1, sum};
            }
        }
        return best;
    }

    private void backwards(List<Word> words) {
        List<String> changed = new ArrayList<>();
        for (Word word : words) {
            changed.add(reversed(word.start(), word.end()));
        }
        int[] best = stretch(words, changed);
        if (best == null) {
            return;
        }
        int start = words.get(best[0]).start();
        int end = words.get(best[1] - 1).end();
        // Origins may not fall, so that the whole stands for each of its units.
        Derived.Writer out = new Derived.Writer(end - start);
        out.add(reversed(start, end), start);
        found.add(new Decoded(out.finish(end), "backwards", 0.9));
    }

    private String reversed(int start, int end) {
        return new StringBuilder(text.substring(start, end)).reverse().toString();
    }

    private void spelled(List<Word> words) {
        int i = 0;
        while (i < words.size()) {
            Derived.Writer out = new Derived.Writer(32);
            int from = i;
            while (i < words.size()
                    && SPELLING.contains(trimmed(
                            text.substring(words.get(i).start(), words.get(i).end())))) {
                out.add(
                        Character.toLowerCase(text.charAt(words.get(i).start())),
                        words.get(i).start());
                i++;
            }
            if (i - from >= 5) {
                found.add(new Decoded(out.finish(words.get(i - 1).end()), "spelling-alphabet", 0.6));
            }
            i = Math.max(i, from + 1);
        }
    }

    private static Map<String, Character> morse() {
        Map<String, Character> morse = new HashMap<>();
        for (int i = 0; i < MORSE_SIGNS.length; i++) {
            morse.put(MORSE_SIGNS[i], MORSE_LETTERS.charAt(i));
        }
        return Map.copyOf(morse);
    }

    private static boolean isMorse(char c) {
        return c == '.' || c == '-' || c == ' ' || c == '/' || c == '·' || c == '−';
    }

    private void morse(int from) {
        int i = from;
        while (i < text.length()) {
            if (!isMorse(text.charAt(i)) || text.charAt(i) == ' ') {
                i++;
                continue;
            }
            int end = i;
            Derived.Writer out = new Derived.Writer(32);
            boolean valid = true;
            while (end < text.length() && isMorse(text.charAt(end)) && valid) {
                int sign = end;
                while (end < text.length()
                        && isMorse(text.charAt(end))
                        && text.charAt(end) != ' '
                        && text.charAt(end) != '/') {
                    end++;
                }
                if (end > sign) {
                    @Nullable
                    Character letter = MORSE.get(text.substring(sign, Math.min(end, sign + 8))
                            .replace('·', '.')
                            .replace('−', '-'));
                    boolean last = end == text.length() && !complete;
                    if (letter == null || last) {
                        valid = false;
                    } else {
                        out.add(letter, sign);
                    }
                }
                boolean space = false;
                int gap = end;
                while (end < text.length() && (text.charAt(end) == ' ' || text.charAt(end) == '/')) {
                    space |= text.charAt(end) == '/' || end - gap >= 2;
                    end++;
                }
                if (space && out.length() > 0) {
                    out.add(' ', gap);
                }
            }
            Derived signs = out.finish(end);
            // dotted leaders and rules are one letter again and again
            if (signs.text().length() >= 8
                    && signs.text()
                                    .chars()
                                    .limit(24)
                                    .filter(c -> c != ' ')
                                    .distinct()
                                    .count()
                            >= 4) {
                found.add(new Decoded(signs, "morse", 0.8));
            }
            i = Math.max(end, i + 1);
        }
    }

    private void braille() {
        int i = 0;
        while (i < text.length()) {
            if (text.charAt(i) <= 0x2800 || text.charAt(i) > 0x28FF) {
                i++;
                continue;
            }
            int start = i;
            Derived.Writer out = new Derived.Writer(64);
            while (i < text.length()
                    && (text.charAt(i) == ' ' || text.charAt(i) >= 0x2800 && text.charAt(i) <= 0x28FF)) {
                int letter = BRAILLE.indexOf(text.charAt(i));
                out.add(letter >= 0 ? (char) ('a' + letter) : ' ', i);
                i++;
            }
            if (i - start >= 8) {
                found.add(new Decoded(out.finish(i), "braille", 0.4));
            }
        }
    }

    /** Letters that stand one by one: {@code b o m b}; two separators end a word. */
    private void apart() {
        int i = 0;
        while (i + 2 < text.length()) {
            char between = text.charAt(i + 1);
            boolean begins = Character.isLetter(text.charAt(i))
                    && (i == 0 || !Character.isLetterOrDigit(text.charAt(i - 1)))
                    && " .-_*|".indexOf(between) >= 0;
            if (!begins) {
                i++;
                continue;
            }
            Derived.Writer out = new Derived.Writer(32);
            int letters = 0;
            int end = i;
            int at = i;
            while (at < text.length()
                    && Character.isLetter(text.charAt(at))
                    && (at + 1 < text.length() ? !Character.isLetterOrDigit(text.charAt(at + 1)) : complete)) {
                out.add(text.charAt(at), at);
                letters++;
                end = at + 1;
                int next = at + 1;
                while (next < text.length() && next - at <= 3 && text.charAt(next) == between) {
                    next++;
                }
                if (next == at + 1) {
                    break;
                }
                if (next > at + 2 || between != ' ' && next < text.length() && text.charAt(next) == ' ') {
                    out.add(' ', at + 1);
                    next = next < text.length() && text.charAt(next) == ' ' ? next + 1 : next;
                }
                at = next;
            }
            boolean decided = complete || end + 4 < text.length() || letters >= TRIAL;
            Derived together = out.finish(end);
            if (letters >= 6 && decided && isWords(together.text())) {
                found.add(new Decoded(together, "letters-apart", 0.5));
            }
            i = Math.max(end, i + 1);
        }
    }

    /** Whether letters that stood apart are words, and no list of letters or of abbreviations. */
    private static boolean isWords(String together) {
        String trial = together.substring(0, Math.min(TRIAL, together.length()));
        int letters = 0;
        int vowels = 0;
        int falls = 0;
        int words = 1;
        char before = 0;
        for (char c : trial.toLowerCase(Locale.ROOT).toCharArray()) {
            if (!Character.isLetter(c)) {
                words++;
                continue;
            }
            letters++;
            vowels += "aeiouy".indexOf(c) >= 0 || c > 0x7F ? 1 : 0;
            falls += c < before ? 1 : 0;
            before = c;
        }
        return falls >= 2 && letters >= 3 * words && 6 * vowels >= letters;
    }
}
