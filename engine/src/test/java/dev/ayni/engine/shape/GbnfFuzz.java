package dev.ayni.engine.shape;

import dev.ayni.chat.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any text as a grammar: a letter, or a shape that accepts what it writes. */
final class GbnfFuzz {
    private GbnfFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        ShapeWalk.texts(new Shape.Gbnf(new String(input, StandardCharsets.UTF_8)));
    }

    static List<byte[]> seeds() {
        return GbnfTest.grammars()
                .map(grammar -> grammar.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<String> words() {
        return List.of(
                "root ::= ",
                "::=",
                "\n",
                "\"a\"",
                "[a-z]",
                "[^\\n]",
                "\\x41",
                "\\u00e9",
                "\\U0001F600",
                "{2,}",
                "{0,5}",
                "{1000}",
                "*",
                "+",
                "?",
                "|",
                "(",
                ")",
                ".",
                "#",
                "x ::= ",
                " x ",
                "\\\"",
                "[\\]]");
    }
}
