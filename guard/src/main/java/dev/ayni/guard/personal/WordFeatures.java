package dev.ayni.guard.personal;

import dev.ayni.guard.personal.WordLists.Kind;
import dev.ayni.guard.personal.Words.Word;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the model of sequences is told of each word: itself and its neighbours, how they are written, which lists know them. */
final class WordFeatures {
    /** Ends of words that make streets of them. */
    private static final List<String> STREET_ENDS = List.of(
            "strasse", "str", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer", "gatan", "vagen", "grand",
            "katu", "tie", "kuja", "polku", "vej", "gade", "alle", "straat", "laan", "plein", "kade", "singel", "dreef",
            "utca", "veien", "gata", "gate", "stien", "svingen", "bakken", "gotu", "vegur", "stigur", "rinne", "tanav",
            "iela", "gatve", "ulica");

    /** Places, countries, streets and occupations of several words are looked for so many words long. */
    private static final int LONGEST = 6;

    private static final Kind[] KINDS = Kind.values();
    private static final List<Kind> LONG_KINDS = List.of(Kind.PLACE, Kind.COUNTRY, Kind.STREET, Kind.JOB);

    private final List<Word> words;
    private final int[] word;
    private final int[] shape;
    private final int[] lists;
    private final int[] suspicion;
    /** The first and the last word of each word's line. */
    private final int[] lineStart;

    private final int[] lineEnd;
    private final int caseOfText;
    /** How many words in small letters stand shortly before each word, up to 2; and whether one stands in its line. */
    private final int[] prose;

    private final boolean[] proseInLine;
    private int[] features = new int[128];
    private int count;

    /** @param suspicions what recognisers saw without being sure */
    WordFeatures(String text, List<Word> words, List<Sighting> suspicions, WordLists known) {
        this.words = words;
        int n = words.size();
        this.word = new int[n];
        this.shape = new int[n];
        this.lists = new int[n];
        this.suspicion = new int[n];
        this.lineStart = new int[n];
        this.lineEnd = new int[n];
        for (int i = 0; i < n; i++) {
            Word one = words.get(i);
            word[i] = WordLists.hash(one.kind().isEmpty() && one.isNumber() ? number(one) : one.small());
            shape[i] = WordLists.hash(shape(one));
            lists[i] = one.kind().isEmpty() && one.isWord() ? lists(one, known) : 0;
        }
        for (int i = 0; i < n; i++) {
            lineStart[i] = i == 0 || words.get(i).breaks() > 0 ? i : lineStart[i - 1];
        }
        for (int i = n - 1; i >= 0; i--) {
            lineEnd[i] = i == n - 1 || words.get(i + 1).breaks() > 0 ? i : lineEnd[i + 1];
        }
        this.prose = new int[n];
        this.proseInLine = new boolean[n];
        markProse();
        markLong(known);
        markSuspicions(suspicions);
        this.caseOfText = caseOf(text);
    }

    /** So many words back a sentence may have said what comes. */
    private static final int SAID_BEFORE = 30;

    private void markProse() {
        boolean[] small = new boolean[words.size()];
        for (int i = 0; i < small.length; i++) {
            Word one = words.get(i);
            small[i] = one.kind().isEmpty()
                    && one.isWord()
                    && Character.isLowerCase(one.text().charAt(0));
        }
        int before = 0;
        for (int i = 0; i < small.length; i++) {
            prose[i] = Math.min(2, before);
            before += small[i] ? 1 : 0;
            before -= i >= SAID_BEFORE && small[i - SAID_BEFORE] ? 1 : 0;
            if (small[i]) {
                proseInLine[lineStart[i]] = true;
            }
        }
        for (int i = 0; i < small.length; i++) {
            proseInLine[i] = proseInLine[lineStart[i]];
        }
    }

    private static String number(Word word) {
        return "#".repeat(Math.min(9, word.text().length()));
    }

    private static String shape(Word word) {
        if (!word.kind().isEmpty()) {
            return word.kind();
        }
        if (word.isNumber()) {
            return "d" + Math.min(9, word.text().length());
        }
        if (!word.isWord()) {
            return word.text();
        }
        String text = word.text();
        boolean upper = text.equals(text.toUpperCase(Locale.ROOT));
        boolean lower = text.equals(text.toLowerCase(Locale.ROOT));
        boolean restLower = text.substring(1).equals(text.substring(1).toLowerCase(Locale.ROOT));
        if (upper && !lower) {
            return text.length() == 1 ? "A" : text.length() < 4 ? "AA" : "AAAA";
        }
        return lower ? text.length() < 4 ? "a" : "aaaa" : restLower ? "Aa" : "aA";
    }

    private static int lists(Word word, WordLists known) {
        int found = 0;
        for (Kind kind : KINDS) {
            if (known.has(kind, word.small())) {
                found |= 1 << kind.ordinal();
            }
        }
        for (int k = 0; k < LONG_KINDS.size(); k++) {
            if (known.hasPart(LONG_KINDS.get(k), word.small())) {
                found |= 1 << 10 + k;
            }
        }
        for (String end : STREET_ENDS) {
            if (word.small().length() > end.length() + 1 && word.small().endsWith(end)) {
                found |= 1 << 14;
                break;
            }
        }
        return found;
    }

    /** Words that together are an entry of a list: the first of them and the others are told apart. */
    private void markLong(WordLists known) {
        for (int i = 0; i < words.size(); i++) {
            if (!words.get(i).isWord()) {
                continue;
            }
            StringBuilder key = new StringBuilder(words.get(i).small());
            for (int j = i + 1;
                    j < Math.min(words.size(), i + LONGEST) && words.get(j).breaks() == 0;
                    j++) {
                if (!words.get(j).isWord()) {
                    continue;
                }
                key.append(' ').append(words.get(j).small());
                for (int k = 0; k < LONG_KINDS.size(); k++) {
                    if (known.has(LONG_KINDS.get(k), key.toString())) {
                        lists[i] |= 1 << 15 + k;
                        for (int inner = i + 1; inner <= j; inner++) {
                            lists[inner] |= 1 << 19 + k;
                        }
                    }
                }
            }
        }
    }

    private void markSuspicions(List<Sighting> suspicions) {
        for (Sighting seen : suspicions) {
            int mark = WordLists.hash(seen.entity() + (seen.score() >= 0.5 ? "!" : seen.score() >= 0.3 ? "?" : ""));
            for (int i = from(seen.start()); i < words.size() && words.get(i).end() <= seen.end(); i++) {
                // a sum, so that several suspicions of one word have an order of no importance
                suspicion[i] += mark * (words.get(i).start() == seen.start() ? 3 : 5);
            }
        }
    }

    /** The first word that begins at a place or after it. */
    private int from(int start) {
        int low = 0;
        int high = words.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (words.get(middle).start() < start) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int caseOf(String text) {
        boolean upper = text.chars().anyMatch(Character::isUpperCase);
        boolean lower = text.chars().anyMatch(Character::isLowerCase);
        return (upper ? 1 : 0) + (lower ? 2 : 0);
    }

    int size() {
        return words.size();
    }

    private int at(int[] values, int i) {
        return i < 0 ? 0x1234567 : i >= values.length ? 0x7654321 : values[i];
    }

    private void add(int kind, int... values) {
        int hash = kind * 0x9e3779b9;
        for (int value : values) {
            hash = (hash ^ value) * 0x85ebca6b;
            hash ^= hash >>> 15;
        }
        if (count == features.length) {
            features = Arrays.copyOf(features, 2 * count);
        }
        features[count++] = hash;
    }

    /** What stands without spaces is looked at so many words to each side. */
    private static final int CHUNK = 12;

    private static final Set<String> CLOSING = Set.of(".", ",", ";", ":", "!", "?", ")");

    /** Hashes of all that holds for a word. */
    int[] of(int i) {
        count = 0;
        Word one = words.get(i);
        int w = word[i];
        int s = shape[i];
        int before = at(word, i - 1);
        int after = at(word, i + 1);
        add(1, w);
        add(2, before);
        add(3, after);
        add(4, at(word, i - 2));
        add(5, at(word, i + 2));
        add(6, before, w);
        add(7, w, after);
        add(8, at(word, i - 2), before);
        add(9, after, at(word, i + 2));
        add(10, s);
        add(11, at(shape, i - 1), s);
        add(12, s, at(shape, i + 1));
        add(13, at(shape, i - 1), s, at(shape, i + 1));
        add(14, at(shape, i - 2), at(shape, i - 1), s);
        add(15, s, at(shape, i + 1), at(shape, i + 2));
        add(16, before, s);
        add(17, after, s);
        add(18, at(word, i - 2), before, s);
        spelling(one, s);
        known(i, s);
        place(i, one, s);
        if (suspicion[i] != 0 || at(suspicion, i - 1) != 0) {
            add(60, suspicion[i], s);
            add(61, suspicion[i], before);
        }
        for (int back = 1; back <= 6 && i - back >= 0; back++) {
            if (words.get(i - back).isWord()) {
                add(62, word[i - back]);
                add(63, word[i - back], s);
            }
        }
        for (int forth = 1; forth <= 4 && i + forth < word.length; forth++) {
            if (words.get(i + forth).isWord()) {
                add(64, word[i + forth], s);
            }
        }
        return Arrays.copyOf(features, count);
    }

    private void spelling(Word one, int s) {
        String small = one.small();
        if (!one.kind().isEmpty() || !one.isWord() || one.isNumber()) {
            return;
        }
        for (int length = 2; length <= 4 && length < small.length(); length++) {
            add(20 + length, WordLists.hash(small.substring(small.length() - length)), s);
        }
        for (int length = 2; length <= 3 && length < small.length(); length++) {
            add(26 + length, WordLists.hash(small.substring(0, length)), s);
        }
        boolean plain = one.text().chars().allMatch(c -> c < 128);
        add(31, plain ? 1 : 0, s);
        add(32, Math.min(small.length(), 12), s);
    }

    private void known(int i, int s) {
        int here = lists[i];
        int left = at(lists, i - 1);
        int right = at(lists, i + 1);
        for (int bit = 0; bit < 23; bit++) {
            if ((here >> bit & 1) != 0) {
                add(40, bit, s);
                add(41, bit, at(shape, i - 1), s, at(shape, i + 1));
                add(42, bit, at(word, i - 1));
            }
            if (i > 0 && (left >> bit & 1) != 0) {
                add(43, bit, s);
            }
            if (i + 1 < lists.length && (right >> bit & 1) != 0) {
                add(44, bit, s);
            }
        }
        int basic = 0x3ff;
        add(45, here, s);
        add(46, here & basic, left & basic, s);
        add(47, here & basic, right & basic, s);
        add(48, here, caseOfText, s);
    }

    private void place(int i, Word one, int s) {
        int breakAfter = i + 1 < words.size() ? words.get(i + 1).breaks() : 2;
        add(50, one.breaks(), s);
        add(51, breakAfter, s);
        add(52, one.breaks(), breakAfter, lists[i] & 0x3ff, s);
        add(53, i == 0 ? 1 : 0, i == words.size() - 1 ? 1 : 0, s);
        add(54, one.spaced() ? 1 : 0, at(shape, i - 1), s);
        int start = lineStart[i];
        int end = lineEnd[i];
        int inLine = end - start + 1;
        int size = inLine > 8 ? 9 : inLine > 5 ? 6 : inLine;
        add(55, size, i - start == 0 ? 1 : 0, end == i ? 1 : 0, s);
        // the first word of this line, and of the line before: "Phone:", "Address:"
        add(56, word[start], s);
        if (start > 0) {
            add(57, word[lineStart[start - 1]], s);
            add(58, shape[start - 1], s, size);
        }
        add(65, prose[i], s);
        add(66, prose[i], proseInLine[i] ? 1 : 0, lists[i] & 0x3ff, s);
        add(67, prose[i], one.breaks(), at(shape, i - 1), s);
        add(68, prose[i], s, at(shape, i + 1), breakAfter);
        int from = i;
        while (from > 0 && i - from < CHUNK && !words.get(from).spaced()) {
            from--;
        }
        int to = i;
        while (to + 1 < words.size() && to - i < CHUNK && !words.get(to + 1).spaced()) {
            to++;
        }
        while (to > i && CLOSING.contains(words.get(to).text())) {
            to--;
        }
        if (to > from) {
            int chunk = 17;
            for (int j = from; j <= to; j++) {
                chunk = chunk * 31 + shape[j];
            }
            add(59, chunk, i - from);
        }
    }
}
