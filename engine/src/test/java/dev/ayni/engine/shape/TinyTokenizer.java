package dev.ayni.engine.shape;

import dev.ayni.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;

/** All bytes, some longer tokens, parts of characters, and an end token; a text is written by the longest that fit. */
final class TinyTokenizer implements Tokenizer {
    static final int END = 0;

    private final List<byte[]> tokens = new ArrayList<>();
    private final boolean dropsFirstSpace;

    TinyTokenizer(boolean dropsFirstSpace) {
        this.dropsFirstSpace = dropsFirstSpace;
        tokens.add(new byte[0]);
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        String[] words = {
            "{\"",
            "\":",
            "\": ",
            "\",",
            "\", \"",
            "\"}",
            "\"]",
            "{\n",
            ",\n  \"",
            "true",
            "false",
            "null",
            " {",
            "name",
            "na",
            "me\":",
            "the",
            " the",
            "and so on",
            "12",
            "2024",
            "-0",
            "0.",
            ".5",
            "é",
            "日本",
            "😀",
            "a\\",
            "\\n",
            "\\u00",
            "[1",
            "}}",
            "]}",
            "  ",
            "    ",
            "\n    ",
            "aaaaaaaa",
            "a".repeat(40),
            "id\": ",
            "e\"",
            "x\",\"y"
        };
        for (String word : words) {
            tokens.add(word.getBytes(StandardCharsets.UTF_8));
        }
        byte[] smile = "😀".getBytes(StandardCharsets.UTF_8);
        tokens.add(Arrays.copyOf(smile, 2));
        tokens.add(Arrays.copyOfRange(smile, 2, 4));
        tokens.add(new byte[] {'a', (byte) 0xE6, (byte) 0x97});
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            StringBuilder word = new StringBuilder();
            for (int j = 0; j < 2 + random.nextInt(5); j++) {
                word.append("abcdefgh 0123{}[]\",:\\".charAt(random.nextInt(21)));
            }
            tokens.add(word.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public int[] encode(String text, boolean special) {
        byte[] bytes = ((dropsFirstSpace ? " " : "") + text).getBytes(StandardCharsets.UTF_8);
        List<Integer> ids = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int best = 1 + (bytes[at] & 0xFF);
            for (int id = 257; id < tokens.size(); id++) {
                byte[] one = tokens.get(id);
                boolean fits = at + one.length <= bytes.length
                        && Arrays.equals(one, 0, one.length, bytes, at, at + one.length);
                best = fits && one.length > tokens.get(best).length ? id : best;
            }
            ids.add(best);
            at += tokens.get(best).length;
        }
        return ids.stream().mapToInt(i -> i).toArray();
    }

    @Override
    public Decoder decoder() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        return new Decoder() {
            @Override
            public String accept(int id) {
                all.writeBytes(tokens.get(id));
                return "";
            }

            @Override
            public String finish() {
                String text = all.toString(StandardCharsets.UTF_8);
                return dropsFirstSpace && text.startsWith(" ") ? text.substring(1) : text;
            }
        };
    }

    @Override
    public byte[] bytes(int id) {
        return tokens.get(id).clone();
    }

    @Override
    public boolean dropsFirstSpace() {
        return dropsFirstSpace;
    }

    @Override
    public OptionalInt special(String text) {
        return OptionalInt.empty();
    }

    @Override
    public String piece(int id) {
        return new String(tokens.get(id), StandardCharsets.UTF_8);
    }

    @Override
    public boolean isSpecial(int id) {
        return id == END;
    }

    @Override
    public int size() {
        return tokens.size();
    }

    @Override
    public Roles roles() {
        return new Roles(OptionalInt.empty(), OptionalInt.of(END), Set.of(END), false, false);
    }

    @Override
    public String description() {
        return "tiny";
    }

    @Override
    public Map<String, Integer> specials() {
        return Map.of();
    }
}
