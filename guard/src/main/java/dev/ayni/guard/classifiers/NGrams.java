package dev.ayni.guard.classifiers;

import java.util.Arrays;
import java.util.Locale;

/** Which words, pairs of words and pieces of two to five letters a text has, counted in buckets. */
final class NGrams {
    /*
     * Feature hashing [1]: the name of an n-gram is hashed to its bucket, so that no list of n-grams need be kept. Counts are
     * damped by the logarithm, words and letters each brought to length 1.
     * [1] Feature Hashing for Large Scale Multitask Learning, 2009
     */
    static final int BUCKETS = 1 << 17;

    private static final int WORD = 0x9E3779B9;
    private static final int LETTERS = 0x7F4A7C15;

    private NGrams() {}

    static SparseRow of(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        Counter words = new Counter();
        Counter letters = new Counter();
        int before = 0;
        int place = 0;
        while (place < lower.length()) {
            int end = wordEnd(lower, place);
            int word = hash(WORD, lower, place, end);
            words.add(word);
            words.add(mix(before * 31 + word));
            before = word;
            pieces(lower, place, end, letters);
            place = end;
            while (place < lower.length() && Character.isWhitespace(lower.charAt(place))) {
                place++;
            }
        }
        words.add(mix(before * 31 + 1)); // the last word, and nothing after it
        return joined(words, letters);
    }

    /** A run of letters and digits, or one other character with its like. */
    private static int wordEnd(String text, int start) {
        int end = start + 1;
        if (Character.isLetterOrDigit(text.charAt(start))) {
            while (end < text.length() && end - start < 40 && Character.isLetterOrDigit(text.charAt(end))) {
                end++;
            }
        } else {
            while (end < text.length() && end - start < 3 && text.charAt(end) == text.charAt(start)) {
                end++;
            }
        }
        return end;
    }

    /** All pieces of two to five characters of a word, a blank before and after it counted. */
    private static void pieces(String text, int start, int end, Counter letters) {
        for (int from = start - 1; from < end; from++) {
            int hash = LETTERS;
            for (int length = 1; length <= 5 && from + length <= end + 1; length++) {
                int at = from + length - 1;
                hash = (hash ^ (at < start || at == end ? ' ' : text.charAt(at))) * 0x01000193;
                if (length >= 2) {
                    letters.add(mix(hash));
                }
            }
        }
    }

    private static int hash(int seed, String text, int start, int end) {
        int hash = seed;
        for (int i = start; i < end; i++) {
            hash = (hash ^ text.charAt(i)) * 0x01000193;
        }
        return mix(hash);
    }

    private static int mix(int hash) {
        int mixed = (hash ^ hash >>> 16) * 0x85EBCA6B;
        mixed = (mixed ^ mixed >>> 13) * 0xC2B2AE35;
        return mixed ^ mixed >>> 16;
    }

    /** Both as one row: the buckets of words are the lower half, those of letters the upper. */
    private static SparseRow joined(Counter words, Counter letters) {
        SparseRow low = words.row(0);
        SparseRow high = letters.row(BUCKETS / 2);
        int[] places = Arrays.copyOf(low.places(), low.places().length + high.places().length);
        float[] values = Arrays.copyOf(low.values(), places.length);
        System.arraycopy(high.places(), 0, places, low.places().length, high.places().length);
        System.arraycopy(high.values(), 0, values, low.places().length, high.places().length);
        return new SparseRow(places, values);
    }

    /** Buckets as they were met, with repetitions. */
    private static final class Counter {
        private int[] buckets = new int[256];
        private int size;

        void add(int hash) {
            if (size == buckets.length) {
                buckets = Arrays.copyOf(buckets, 2 * size);
            }
            buckets[size++] = hash & (BUCKETS / 2 - 1);
        }

        SparseRow row(int first) {
            Arrays.sort(buckets, 0, size);
            int[] places = new int[size];
            float[] values = new float[size];
            int different = 0;
            double squares = 0;
            for (int from = 0; from < size; ) {
                int to = from + 1;
                while (to < size && buckets[to] == buckets[from]) {
                    to++;
                }
                double damped = 1 + StrictMath.log(to - from);
                places[different] = first + buckets[from];
                values[different++] = (float) damped;
                squares += damped * damped;
                from = to;
            }
            float length = (float) Math.sqrt(squares);
            for (int i = 0; i < different; i++) {
                values[i] /= length;
            }
            return new SparseRow(Arrays.copyOf(places, different), Arrays.copyOf(values, different));
        }
    }
}
