package dev.ayni.guard.classifiers;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Plain measurements of a text: lengths, shares of kinds of characters, how surprising its characters are, and where. */
final class Counts {
    /** How many numbers there are. */
    static final int SIZE = 34;

    /** Characters that are measured together when a surprising part is looked for. */
    private static final int PART = 32;

    private Counts() {}

    static float[] of(String text, CharacterModel characters) {
        float[] counts = new float[SIZE];
        int n = 0;
        int length = Math.max(1, text.length());
        int letters = 0;
        int capitals = 0;
        int digits = 0;
        int blanks = 0;
        int lines = 0;
        int foreign = 0;
        int punctuation = 0;
        int brackets = 0;
        int changes = 0;
        int capitalsWithin = 0;
        int punctuationWithin = 0;
        int kindBefore = 0;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            int kind;
            if (Character.isLetter(character)) {
                kind = 1;
                letters++;
                if (Character.isUpperCase(character)) {
                    capitals++;
                    if (i > 0 && Character.isLowerCase(text.charAt(i - 1))) {
                        capitalsWithin++;
                    }
                }
            } else if (Character.isDigit(character)) {
                kind = 2;
                digits++;
            } else if (Character.isWhitespace(character)) {
                kind = 0;
                blanks++;
                lines += character == '\n' ? 1 : 0;
            } else {
                kind = 3;
                punctuation++;
                brackets += "()[]{}<>\\|".indexOf(character) >= 0 ? 1 : 0;
                if (i > 0
                        && i + 1 < text.length()
                        && Character.isLetter(text.charAt(i - 1))
                        && Character.isLetter(text.charAt(i + 1))
                        && character != '\''
                        && character != '-'
                        && character != '’') {
                    punctuationWithin++;
                }
            }
            foreign += character > 0x7F ? 1 : 0;
            changes += kind != kindBefore && kind != 0 && kindBefore != 0 ? 1 : 0;
            kindBefore = kind;
        }
        String[] words = text.toLowerCase(Locale.ROOT).split("\\s+", -1);
        Set<String> different = new HashSet<>();
        int longest = 0;
        for (String word : words) {
            different.add(word);
            longest = Math.max(longest, word.length());
        }
        counts[n++] = (float) StrictMath.log(length);
        counts[n++] = (float) StrictMath.log(words.length);
        counts[n++] = (float) StrictMath.log(1 + lines);
        counts[n++] = (float) StrictMath.log(1 + longest);
        counts[n++] = (float) different.size() / words.length;
        counts[n++] = share(letters, length);
        counts[n++] = share(capitals, Math.max(1, letters));
        counts[n++] = share(digits, length);
        counts[n++] = share(blanks, length);
        counts[n++] = share(foreign, length);
        counts[n++] = share(punctuation, length);
        counts[n++] = share(brackets, length);
        counts[n++] = share(changes, length);
        counts[n++] = share(capitalsWithin, length);
        counts[n++] = share(punctuationWithin, length);
        n = surprise(text, characters, counts, n);
        n = end(text, counts, n);
        assert n == SIZE : n;
        return counts;
    }

    private static float share(int part, int whole) {
        return (float) Math.sqrt((double) part / whole);
    }

    private static int surprise(String text, CharacterModel characters, float[] counts, int first) {
        int n = first;
        float[] bits = characters.bits(text);
        double all = 0;
        double window = 0;
        double most = 0;
        double least = Double.MAX_VALUE;
        int mostAt = 0;
        int windows = 0;
        int above45 = 0;
        int above55 = 0;
        for (int i = 0; i < bits.length; i++) {
            all += bits[i];
            window += bits[i];
            if (i >= PART) {
                window -= bits[i - PART];
            }
            if (i >= PART - 1 || i == bits.length - 1) {
                double mean = window / Math.min(PART, i + 1);
                windows++;
                above45 += mean > 4.5 ? 1 : 0;
                above55 += mean > 5.5 ? 1 : 0;
                least = Math.min(least, mean);
                if (mean > most) {
                    most = mean;
                    mostAt = i;
                }
            }
        }
        double mean = all / Math.max(1, bits.length);
        double begin = mean(bits, 0, Math.min(bits.length, 48));
        double end = mean(bits, Math.max(0, bits.length - 48), bits.length);
        counts[n++] = (float) mean;
        counts[n++] = (float) most;
        counts[n++] = (float) (windows == 0 ? 0 : least);
        counts[n++] = (float) begin;
        counts[n++] = (float) end;
        counts[n++] = (float) (end - begin);
        counts[n++] = (float) (windows == 0 ? 0 : most - least);
        counts[n++] = (float) above45 / Math.max(1, windows);
        counts[n++] = (float) above55 / Math.max(1, windows);
        counts[n++] = (float) mostAt / Math.max(1, bits.length);
        // knees, for a linear model sees no thresholds by itself
        counts[n++] = (float) Math.max(0, most - 4.5);
        counts[n++] = (float) Math.max(0, most - 5.5);
        counts[n++] = (float) Math.max(0, end - 4.5);
        return n;
    }

    private static double mean(float[] bits, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += bits[i];
        }
        return sum / Math.max(1, to - from);
    }

    /** The same of the text's last 64 characters, where a suffix stands. */
    private static int end(String text, float[] counts, int first) {
        int n = first;
        int from = Math.max(0, text.length() - 64);
        int punctuation = 0;
        int within = 0;
        int capitals = 0;
        int brackets = 0;
        int foreign = 0;
        for (int i = from; i < text.length(); i++) {
            char character = text.charAt(i);
            if (!Character.isLetterOrDigit(character) && !Character.isWhitespace(character)) {
                punctuation++;
                brackets += "()[]{}<>\\|".indexOf(character) >= 0 ? 1 : 0;
                if (i > from
                        && i + 1 < text.length()
                        && Character.isLetter(text.charAt(i - 1))
                        && Character.isLetter(text.charAt(i + 1))) {
                    within++;
                }
            }
            if (i > from && Character.isUpperCase(character) && Character.isLowerCase(text.charAt(i - 1))) {
                capitals++;
            }
            foreign += character > 0x7F ? 1 : 0;
        }
        int length = Math.max(1, text.length() - from);
        char last = text.isEmpty() ? ' ' : text.charAt(text.length() - 1);
        counts[n++] = share(punctuation, length);
        counts[n++] = share(within, length);
        counts[n++] = share(capitals, length);
        counts[n++] = share(brackets, length);
        counts[n++] = share(foreign, length);
        counts[n++] = ".?!\"'。？！".indexOf(last) >= 0 ? 1 : 0;
        return n;
    }
}
