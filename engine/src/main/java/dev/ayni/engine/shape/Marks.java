package dev.ayni.engine.shape;

import dev.ayni.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Special tokens that a shape may ask for. They stand for no text, so that each is given a byte that no text has. */
final class Marks {
    /** Bytes that do not occur in UTF-8 (RFC 3629, section 1). */
    private static final int[] UNUSED = {0xC0, 0xC1, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF};

    static final Marks NONE = new Marks();

    private final Map<String, Integer> bytes = new TreeMap<>();
    private final Map<Integer, Integer> ids = new HashMap<>(); // by byte

    private Marks() {}

    /** @param texts those that the vocabulary has as special tokens count; the others are text */
    Marks(Tokenizer tokenizer, Collection<String> texts) {
        for (String text : texts) {
            OptionalInt id = tokenizer.special(text);
            if (id.isPresent() && tokenizer.bytes(id.getAsInt()).length == 0 && !bytes.containsKey(text)) {
                assert bytes.size() < UNUSED.length : "more marks than bytes for them";
                ids.put(UNUSED[bytes.size()], id.getAsInt());
                bytes.put(text, UNUSED[bytes.size()]);
            }
        }
    }

    /** Whether a byte stands for a token. */
    boolean has(int b) {
        return ids.containsKey(b);
    }

    /** The token that a byte stands for. */
    int id(int b) {
        return ids.getOrDefault(b, -1);
    }

    /** The bytes of the tokens, by their ids. */
    Map<Integer, Integer> byId() {
        Map<Integer, Integer> byId = new HashMap<>();
        ids.forEach((b, id) -> byId.put(id, b));
        return byId;
    }

    /** A text as bytes, each mark in it as its own. */
    byte[] bytes(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int from = 0;
        for (int at = 0; at < text.length(); ) {
            String mark = at(text, at);
            if (mark.isEmpty()) {
                at++;
                continue;
            }
            out.writeBytes(text.substring(from, at).getBytes(StandardCharsets.UTF_8));
            out.write(bytes.getOrDefault(mark, 0));
            at += mark.length();
            from = at;
        }
        out.writeBytes(text.substring(from).getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }

    /** The longest mark at a place of a text; empty if there is none. */
    private String at(String text, int place) {
        String longest = "";
        for (String mark : bytes.keySet()) {
            if (mark.length() > longest.length() && text.startsWith(mark, place)) {
                longest = mark;
            }
        }
        return longest;
    }
}
