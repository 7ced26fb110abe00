package dev.ayni.tokenizer;

import dev.ayni.tokenizer.AddedTokens.Found;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer of parts: added tokens are found first, what lies between them is normalised, cut into words and each word
 * encoded.
 *
 * @param added looked for in the text as it comes
 * @param addedAfterwards looked for in the normalised text
 * @param normalizer null where text stays as it is
 * @param marker changes the parts once more after the second search, by writing marks for spaces; null where none does
 * @param names how each id is written in the vocabulary
 * @param pieces the bytes that each id stands for, of special ids none that count
 * @param special whether an id is control, by id
 * @param decoding how bytes become text again
 */
record PieceTokenizer(
        AddedTokens added,
        AddedTokens addedAfterwards,
        @Nullable Normalizer normalizer,
        @Nullable Normalizer marker,
        Splitter splitter,
        WordEncoder encoder,
        IntFunction<String> names,
        Pieces pieces,
        boolean[] special,
        Map<String, Integer> specials,
        Map<String, Integer> addedIds,
        Decoding decoding,
        Roles roles,
        Frame frame,
        String description)
        implements Tokenizer {

    /** A tokenizer of a vocabulary that says nothing of what stands around a text but its roles. */
    PieceTokenizer(
            AddedTokens added,
            AddedTokens addedAfterwards,
            @Nullable Normalizer normalizer,
            @Nullable Normalizer marker,
            Splitter splitter,
            WordEncoder encoder,
            IntFunction<String> names,
            Pieces pieces,
            boolean[] special,
            Map<String, Integer> specials,
            Map<String, Integer> addedIds,
            Decoding decoding,
            Roles roles,
            String description) {
        this(
                added,
                addedAfterwards,
                normalizer,
                marker,
                splitter,
                encoder,
                names,
                pieces,
                special,
                specials,
                addedIds,
                decoding,
                roles,
                Frame.of(roles),
                description);
    }

    /** Changes a part of a text before it is cut into words. */
    @FunctionalInterface
    interface Normalizer {
        /**
         * The changed part, well-formed.
         *
         * @param first whether the text begins with the part
         */
        char[] normalize(char[] text, int from, int to, boolean first);
    }

    /**
     * How bytes become text again.
     *
     * @param marksSpaces whether U+2581 stands for a space
     * @param dropsFirstSpace whether a stream begins with a space that the text did not have
     */
    record Decoding(boolean marksSpaces, boolean dropsFirstSpace) {}

    @Override
    public int[] encode(String text, boolean recognize) {
        char[] chars = Characters.wellFormed(text);
        Ids ids = new Ids();
        Splitter.Words words = (t, from, to) -> encoder.encode(t, from, to, ids);
        int at = 0;
        while (at < chars.length) {
            Found found = added.next(chars, at, chars.length, recognize);
            int end = found == null ? chars.length : found.start();
            if (at < end) {
                encodePart(chars, at, end, recognize, words, ids);
            }
            if (found == null) {
                break;
            }
            ids.add(found.id());
            at = found.end();
        }
        return ids.from(0);
    }

    private void encodePart(char[] text, int from, int to, boolean recognize, Splitter.Words words, Ids ids) {
        if (normalizer == null && addedAfterwards.isEmpty()) {
            split(text, from, to, from == 0, words);
            return;
        }
        char[] normal = normalizer == null
                ? Arrays.copyOfRange(text, from, to)
                : normalizer.normalize(text, from, to, from == 0);
        int at = 0;
        while (at < normal.length) {
            Found found = addedAfterwards.next(normal, at, normal.length, recognize);
            int end = found == null ? normal.length : found.start();
            if (at < end) {
                split(normal, at, end, from == 0 && at == 0, words);
            }
            if (found == null) {
                return;
            }
            ids.add(found.id());
            at = found.end();
        }
    }

    private void split(char[] text, int from, int to, boolean first, Splitter.Words words) {
        if (marker == null) {
            splitter.split(text, from, to, words);
            return;
        }
        char[] marked = marker.normalize(text, from, to, first);
        splitter.split(marked, 0, marked.length, words);
    }

    @Override
    public Decoder decoder() {
        return new PieceDecoder();
    }

    @Override
    public OptionalInt special(String text) {
        Integer id = addedIds.get(text);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public String piece(int id) {
        check(id);
        return names.apply(id);
    }

    @Override
    public byte[] bytes(int id) {
        check(id);
        if (special[id]) {
            return new byte[0];
        }
        byte[] piece = Arrays.copyOfRange(pieces.bytes(), pieces.start(id), pieces.end(id));
        return decoding.marksSpaces() ? SpaceMarks.unescape(piece) : piece;
    }

    @Override
    public boolean dropsFirstSpace() {
        return decoding.dropsFirstSpace();
    }

    @Override
    public boolean isSpecial(int id) {
        check(id);
        return special[id];
    }

    @Override
    public int size() {
        return special.length;
    }

    @Override
    public String toString() {
        return description;
    }

    private void check(int id) {
        if (id < 0 || id >= special.length) {
            throw new IllegalArgumentException(
                    "There is no token %d; this vocabulary's ids go from 0 to %d.".formatted(id, special.length - 1));
        }
    }

    /** Unmodifiable, in the order of ids. */
    static Map<String, Integer> inOrder(LinkedHashMap<String, Integer> ids) {
        return Collections.unmodifiableMap(ids);
    }

    private final class PieceDecoder implements Decoder {
        private final Utf8 utf8 = new Utf8();
        private boolean first = decoding.dropsFirstSpace();

        @Override
        public String accept(int id) {
            check(id);
            return special[id] ? "" : shown(utf8.accept(pieces.bytes(), pieces.start(id), pieces.end(id)));
        }

        @Override
        public String finish() {
            String text = shown(utf8.finish());
            first = decoding.dropsFirstSpace();
            return text;
        }

        private String shown(String decoded) {
            String text = decoding.marksSpaces() ? decoded.replace(SpaceMarks.MARK, ' ') : decoded;
            if (!first || text.isEmpty()) {
                return text;
            }
            first = false;
            return text.charAt(0) == ' ' ? text.substring(1) : text;
        }
    }
}
