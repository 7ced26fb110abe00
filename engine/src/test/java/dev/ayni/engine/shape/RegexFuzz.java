package dev.ayni.engine.shape;

import dev.ayni.chat.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any text as a regular expression: a letter, or a shape that accepts what it writes. */
final class RegexFuzz {
    private RegexFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        ShapeWalk.texts(new Shape.Regex(new String(input, StandardCharsets.UTF_8)));
    }

    static List<byte[]> seeds() {
        return List.of("^(a|bc)*[^x-z]{2,5}?$", "\\d{4}-\\d\\d|\\p{Lu}\\w+", "(?:(a+)+b)+\\u00e9.\\x41", "(?=a)(?!b)a")
                .stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<String> words() {
        return List.of(
                "(?:",
                "(?=",
                "(?!",
                "(?<n>",
                "\\k<n>",
                "\\1",
                "\\b",
                "\\B",
                "\\d",
                "\\W",
                "\\s",
                "\\p{L}",
                "\\P{Han}",
                "\\u{1F600}",
                "\\cA",
                "[^",
                "[a-z]",
                "{2,}",
                "{0,1000}",
                "*?",
                "+",
                "|",
                "^",
                "$",
                "\\]",
                ".");
    }
}
