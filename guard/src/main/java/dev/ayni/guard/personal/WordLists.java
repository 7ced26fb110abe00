package dev.ayni.guard.personal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * What names, places, streets and occupations are called in many countries. Kept as sorted hashes of 32 bits of their plain
 * letters, one million bytes in all: of a hundred thousand other words some three pass for one of the list of places.
 */
final class WordLists {
    /** One list; and, where entries have several words, the words that they consist of. */
    enum Kind {
        FIRST("first"),
        LAST("last"),
        PLACE("place"),
        COUNTRY("country"),
        STREET_WORD("street-word"),
        STREET("street"),
        JOB("job"),
        COMMON("common"),
        NATION("nation"),
        COMPANY_WORD("company-word");

        private final String section;

        Kind(String section) {
            this.section = section;
        }
    }

    private static final class Shipped {
        private static final WordLists LISTS = read();
    }

    private final Map<Kind, int[]> whole = new EnumMap<>(Kind.class);
    private final Map<Kind, int[]> parts = new EnumMap<>(Kind.class);

    private WordLists(Map<Kind, List<String>> entries) {
        for (Kind kind : Kind.values()) {
            List<String> texts = entries.getOrDefault(kind, List.of());
            whole.put(
                    kind,
                    sorted(texts.stream().mapToInt(text -> hash(key(text))).toArray()));
            parts.put(
                    kind,
                    sorted(texts.stream()
                            .map(WordLists::key)
                            .filter(key -> key.indexOf(' ') > 0)
                            .flatMap(key -> Arrays.stream(key.split(" ", -1)))
                            .filter(word -> word.length() > 3)
                            .mapToInt(WordLists::hash)
                            .toArray()));
        }
    }

    /** Those that Ayni ships, read when first asked for. */
    static WordLists shipped() {
        return Shipped.LISTS;
    }

    /** All entries of the shipped lists, as they are written. */
    static Map<Kind, List<String>> entries() {
        Map<Kind, List<String>> entries = new EnumMap<>(Kind.class);
        try (InputStream packed = open("lists.txt.gz");
                InputStream made = new GZIPInputStream(packed);
                InputStream own = open("words.txt")) {
            read(made, entries);
            read(own, entries);
        } catch (IOException e) {
            throw new UncheckedIOException("The lists of names that belong to Ayni's guard cannot be read.", e);
        }
        return entries;
    }

    static InputStream open(String resource) {
        InputStream found = WordLists.class.getResourceAsStream(resource);
        if (found == null) {
            throw new IllegalStateException("The guard's file %s is missing in this build.".formatted(resource));
        }
        return found;
    }

    private static void read(InputStream in, Map<Kind, List<String>> into) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        List<String> section = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("[")) {
                String name = line.substring(1, line.length() - 1);
                section = Arrays.stream(Kind.values())
                        .filter(kind -> kind.section.equals(name))
                        .findFirst()
                        .map(kind -> into.computeIfAbsent(kind, k -> new ArrayList<>()))
                        .orElseThrow(() -> new IllegalStateException("The lists have a section '%s'.".formatted(name)));
            } else if (!line.isBlank() && !line.startsWith("#")) {
                section.add(line);
            }
        }
    }

    private static WordLists read() {
        return new WordLists(entries());
    }

    private static int[] sorted(int[] hashes) {
        Arrays.sort(hashes);
        return hashes;
    }

    /** An entry as it is compared: words in plain letters with single spaces, every other sign a space. */
    static String key(String text) {
        StringBuilder key = new StringBuilder(text.length());
        String plain = PlainLetters.of(text);
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (Character.isLetterOrDigit(c)) {
                key.append(c);
            } else if (key.length() > 0 && key.charAt(key.length() - 1) != ' ') {
                key.append(' ');
            }
        }
        int length = key.length();
        return length > 0 && key.charAt(length - 1) == ' ' ? key.substring(0, length - 1) : key.toString();
    }

    /** FNV-1a over UTF-16 units. */
    static int hash(CharSequence text) {
        int hash = 0x811c9dc5;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x01000193;
        }
        return hash;
    }

    boolean has(Kind kind, String key) {
        return contains(whole, kind, key);
    }

    boolean hasPart(Kind kind, String word) {
        return contains(parts, kind, word);
    }

    private static boolean contains(Map<Kind, int[]> lists, Kind kind, String key) {
        int[] hashes = lists.get(kind);
        return hashes != null && Arrays.binarySearch(hashes, hash(key)) >= 0;
    }
}
