package dev.ayni.guard.classifiers;

import java.util.List;

/** How surprising each character of a text is after the two before it, learned from ordinary texts. */
final class CharacterModel {
    /*
     * Attacks found by search end in characters that no one would write [1]; a trigram model is enough to see it.
     * [1] Detecting Language Model Attacks with Perplexity, 2023
     */
    static final int SYMBOLS = 61;

    private static final int FOREIGN = SYMBOLS - 1;
    private static final String PUNCTUATION = ".,'\"?!-():;/\\_@#$%&*+=<>[]{}|~^`";

    /** The surprise in sixteenths of a bit, [SYMBOLS][SYMBOLS][SYMBOLS]. */
    private final byte[] surprise;

    CharacterModel(byte[] surprise) {
        if (surprise.length != SYMBOLS * SYMBOLS * SYMBOLS) {
            throw new IllegalArgumentException("A model of characters has %d numbers: expected %d."
                    .formatted(surprise.length, SYMBOLS * SYMBOLS * SYMBOLS));
        }
        this.surprise = surprise;
    }

    /** Counts what follows what; the rarer a pair, the more the counts of single characters say. */
    static CharacterModel learned(List<String> texts) {
        double[] one = new double[SYMBOLS];
        double[] two = new double[SYMBOLS * SYMBOLS];
        double[] three = new double[SYMBOLS * SYMBOLS * SYMBOLS];
        for (String text : texts) {
            int first = 0;
            int second = 0;
            for (int i = 0; i < text.length(); i++) {
                int third = symbol(text.charAt(i));
                one[third]++;
                two[second * SYMBOLS + third]++;
                three[(first * SYMBOLS + second) * SYMBOLS + third]++;
                first = second;
                second = third;
            }
        }
        double all = 0;
        for (double count : one) {
            all += count;
        }
        byte[] surprise = new byte[three.length];
        double[] given = new double[SYMBOLS];
        for (int first = 0; first < SYMBOLS; first++) {
            for (int second = 0; second < SYMBOLS; second++) {
                double pairs = 0;
                double singles = 0;
                for (int third = 0; third < SYMBOLS; third++) {
                    pairs += three[(first * SYMBOLS + second) * SYMBOLS + third];
                    singles += two[second * SYMBOLS + third];
                }
                for (int third = 0; third < SYMBOLS; third++) {
                    double alone = (one[third] + 1) / (all + SYMBOLS);
                    double afterOne = (two[second * SYMBOLS + third] + 8 * alone) / (singles + 8);
                    given[third] = (three[(first * SYMBOLS + second) * SYMBOLS + third] + 4 * afterOne) / (pairs + 4);
                    double bits = -StrictMath.log(given[third]) / StrictMath.log(2);
                    surprise[(first * SYMBOLS + second) * SYMBOLS + third] =
                            (byte) Math.min(255, Math.round(16 * bits));
                }
            }
        }
        return new CharacterModel(surprise);
    }

    byte[] surprise() {
        return surprise;
    }

    /** For each character of a text its surprise in bits. */
    float[] bits(String text) {
        float[] bits = new float[text.length()];
        int first = 0;
        int second = 0;
        for (int i = 0; i < bits.length; i++) {
            int third = symbol(text.charAt(i));
            bits[i] = (surprise[(first * SYMBOLS + second) * SYMBOLS + third] & 0xFF) / 16f;
            first = second;
            second = third;
        }
        return bits;
    }

    /** The mean surprise of a text, in bits; 0 for an empty one. */
    double meanBits(String text) {
        double sum = 0;
        for (float bits : bits(text)) {
            sum += bits;
        }
        return text.isEmpty() ? 0 : sum / text.length();
    }

    private static int symbol(char character) {
        if (character >= 'a' && character <= 'z') {
            return 1 + character - 'a';
        }
        if (character >= 'A' && character <= 'Z') {
            return 1 + character - 'A';
        }
        if (character >= '0' && character <= '9') {
            return 27;
        }
        if (Character.isWhitespace(character)) {
            return 0;
        }
        int place = PUNCTUATION.indexOf(character);
        return place < 0 ? FOREIGN : 28 + place;
    }
}
