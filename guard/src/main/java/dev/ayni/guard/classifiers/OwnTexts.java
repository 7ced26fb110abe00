package dev.ayni.guard.classifiers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The texts that were written for Ayni where no openly licensed set has any: patterns, each of which stands for some texts. */
final class OwnTexts {
    private static final Pattern CHOICE = Pattern.compile("\\[([^\\[\\]]*\\|[^\\[\\]]*)]");
    /**
     * @param line where the pattern stands: texts of one pattern are alike
     */
    record OwnText(String set, int line, String text) {}

    private OwnTexts() {}

    /** The bytes of the file, for its digest. */
    static byte[] bytes() {
        try (InputStream in = Objects.requireNonNull(OwnTexts.class.getResourceAsStream("own-texts.txt"))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("The room's own texts cannot be read from its jar. Build it again.", e);
        }
    }

    static List<OwnText> all() {
        List<OwnText> texts = new ArrayList<>();
        String set = "";
        int line = 0;
        Map<String, Set<String>> seen = new LinkedHashMap<>();
        for (String pattern : new String(bytes(), StandardCharsets.UTF_8).split("\n", -1)) {
            line++;
            if (pattern.startsWith("== ")) {
                set = pattern.substring(3).strip();
            } else if (!set.isEmpty() && !pattern.isBlank()) {
                Set<String> known = seen.computeIfAbsent(set, name -> new LinkedHashSet<>());
                for (String text : expanded(pattern, most(set))) {
                    if (known.add(text)) {
                        texts.add(new OwnText(set, line, text));
                    }
                }
            }
        }
        return texts;
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
            texts.add(text.toString().replace("\\n", "\n").replace("\\\\", "\\").strip());
        }
        return texts;
    }
}
