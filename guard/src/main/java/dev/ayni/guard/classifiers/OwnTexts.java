package dev.ayni.guard.classifiers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The texts that were written for Ayni where no openly licensed set has any. One stands in each line, under the name of its set;
 * in {@code patterns.txt} a line stands for some texts. In {@code applications.txt} messages to an application stand below what
 * it was told: attacks ({@code +}), what is an attack only because of what it was told ({@code ~}), and harmless ones ({@code -}).
 */
final class OwnTexts {
    private static final String PATTERNS = "patterns.txt";
    private static final String APPLICATIONS = "applications.txt";

    /** In the order in which they are read. */
    static final List<String> FILES = List.of(
            PATTERNS, "security.txt", "contrasts.txt", "everyday.txt", "documents.txt", APPLICATIONS, "answers.txt");

    private static final String SET = "== ";

    private static final Pattern CHOICE = Pattern.compile("\\[([^\\[\\]]*\\|[^\\[\\]]*)]");

    /**
     * @param file in which it stands
     * @param pattern where the pattern stands that stands for it, as texts of one pattern are alike; empty: it was written alone
     */
    record OwnText(String file, String set, String pattern, String text) {}

    private OwnTexts() {}

    /** The bytes of a file, for its digest. */
    static byte[] bytes(String file) {
        try (InputStream in = Objects.requireNonNull(OwnTexts.class.getResourceAsStream("own/" + file))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("The room's own texts cannot be read from its jar. Build it again.", e);
        }
    }

    static List<OwnText> all() {
        List<OwnText> texts = new ArrayList<>();
        Set<List<String>> known = new HashSet<>();
        for (String file : FILES) {
            String set = "";
            int line = 0;
            for (String written : new String(bytes(file), StandardCharsets.UTF_8).split("\n", -1)) {
                line++;
                if (written.startsWith(SET)) {
                    set = written.substring(SET.length()).strip();
                } else if (file.equals(APPLICATIONS)) {
                    String message = messages(written);
                    if (!message.isEmpty()) {
                        texts.add(new OwnText(file, message, "", plain(written.substring(2))));
                    }
                } else if (!set.isEmpty() && !written.isBlank()) {
                    boolean pattern = file.equals(PATTERNS);
                    for (String text : pattern ? expanded(written, most(set)) : Set.of(plain(written))) {
                        if (known.add(List.of(set, text))) {
                            texts.add(new OwnText(file, set, pattern ? "line " + line : "", text));
                        }
                    }
                }
            }
        }
        return texts;
    }

    /** The set of a message to an application, by the sign before it; empty: it is none. */
    private static String messages(String written) {
        return switch (written.substring(0, Math.min(2, written.length()))) {
            case "+ " -> "attack";
            case "~ " -> "attack-here";
            case "- " -> "harmless-messages";
            default -> "";
        };
    }

    /** A text without the signs with which it is written: {@code \\n} for a line break, two backslashes for one. */
    private static String plain(String written) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < written.length(); i++) {
            char next = written.charAt(i) == '\\' && i + 1 < written.length() ? written.charAt(i + 1) : ' ';
            if (next == 'n' || next == '\\') {
                text.append(next == 'n' ? '\n' : '\\');
                i++;
            } else {
                text.append(written.charAt(i));
            }
        }
        return text.toString().strip();
    }

    /** How many texts of a pattern are taken. */
    private static int most(String set) {
        return switch (set) {
            case "injection-document", "harmless-instructions", "self-harm-intent" -> 24;
            case "harmless-talk" -> 20;
            case "harmless-security" -> 12;
            case "injection", "jailbreak", "harmless-documents" -> 8;
            case "harmless-languages", "harmless-code" -> 4;
            default -> 10;
        };
    }

    /** At most so many texts that a pattern stands for, spread over all of them. */
    static Set<String> expanded(String pattern, int most) {
        List<String[]> parts = new ArrayList<>();
        Matcher choice = CHOICE.matcher(pattern);
        int at = 0;
        while (choice.find()) {
            parts.add(new String[] {pattern.substring(at, choice.start())});
            parts.add(choice.group(1).split("\\|", -1));
            at = choice.end();
        }
        parts.add(new String[] {pattern.substring(at)});
        long all = 1;
        for (String[] part : parts) {
            all *= part.length;
        }
        Set<String> texts = new LinkedHashSet<>();
        long random = Integer.toUnsignedLong(pattern.hashCode()) * 2654435761L;
        for (int i = 0; i < Math.min(most, all); i++) {
            random = random * 6364136223846793005L + 1442695040888963407L;
            StringBuilder text = new StringBuilder();
            long left = all <= most ? i : Math.floorMod(random >>> 16, all);
            for (String[] part : parts) {
                text.append(part[(int) (left % part.length)]);
                left /= part.length;
            }
            texts.add(plain(text.toString()));
        }
        return texts;
    }
}
