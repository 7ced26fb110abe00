package dev.ayni.template;

/** Looks for a text within another one, in time that is linear in both: a template may make either as long as it likes. */
final class Search {
    /** Java's own search compares so many characters at each place at most. */
    private static final int SHORT = 64;

    private Search() {}

    /** Where the part first stands, from a place on; -1 where it does not. */
    static int first(String text, String part, int from) {
        if (part.length() <= SHORT) {
            return text.indexOf(part, from);
        }
        return found(text, text.length(), part, Math.max(0, from), false);
    }

    static int first(String text, String part) {
        return first(text, part, 0);
    }

    /** Where the part last begins, at a place or before it; -1 where it does not. */
    static int last(String text, String part, int from) {
        if (part.length() <= SHORT) {
            return text.lastIndexOf(part, from);
        }
        int end = Math.min(text.length(), from + part.length());
        int found = from < 0 ? -1 : found(text, end, part, 0, true);
        return found < 0 ? -1 : end - found - part.length();
    }

    /**
     * Knuth, Morris and Pratt: how far the part can be moved without looking back (Fast Pattern Matching in Strings, 1977).
     *
     * @param end of the text
     * @param back whether both are read from their ends; the place is then counted from there
     */
    private static int found(String text, int end, String part, int from, boolean back) {
        int length = part.length();
        int[] shorter = new int[length]; // the longest beginning that ends here too, itself left out
        for (int i = 1, k = 0; i < length; i++) {
            while (k > 0 && at(part, length, i, back) != at(part, length, k, back)) {
                k = shorter[k - 1];
            }
            if (at(part, length, i, back) == at(part, length, k, back)) {
                k++;
            }
            shorter[i] = k;
        }
        for (int i = from, k = 0; i < end; i++) {
            while (k > 0 && at(text, end, i, back) != at(part, length, k, back)) {
                k = shorter[k - 1];
            }
            if (at(text, end, i, back) == at(part, length, k, back)) {
                k++;
            }
            if (k == length) {
                return i - length + 1;
            }
        }
        return -1;
    }

    private static char at(String text, int end, int i, boolean back) {
        return text.charAt(back ? end - 1 - i : i);
    }
}
