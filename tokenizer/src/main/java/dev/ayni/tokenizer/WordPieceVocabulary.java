package dev.ayni.tokenizer;

import dev.ayni.tokenizer.AddedTokens.Added;
import dev.ayni.tokenizer.PieceTokenizer.Decoding;
import dev.ayni.tokenizer.Tokenizer.Frame;
import dev.ayni.tokenizer.Tokenizer.Roles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary of a model with WordPiece, from any of the files that hold one: vocab.txt, tokenizer.json, GGUF.
 *
 * @param source the file, for messages
 * @param names how each id is written; null for ids that are not used
 * @param special whether an id is control, by id
 * @param prefix what a piece within a word begins with, "##"; empty where those that begin a word have U+2581 instead
 */
record WordPieceVocabulary(String source, @Nullable String[] names, boolean[] special, String prefix) {
    static final List<String> SPECIALS = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

    /** Words: white space goes, each sign of punctuation is a word of its own. */
    static final Splitter WORDS = (text, from, to, parts) -> {
        int start = from;
        for (int at = from; at < to; ) {
            int kind = Characters.at(text, at);
            int after = Characters.after(text, at);
            boolean sign = (kind & Characters.PUNCTUATION) != 0 || (text[at] < 0x80 && (kind & Characters.SYMBOL) != 0);
            if (sign || (kind & Characters.SPACE) != 0) {
                if (start < at) {
                    parts.word(text, start, at);
                }
                if (sign) {
                    parts.word(text, at, after);
                }
                start = after;
            }
            at = after;
        }
        if (start < to) {
            parts.word(text, start, to);
        }
    };

    /** The lines of a vocab.txt, of which the number is the id. */
    static WordPieceVocabulary ofLines(String source, List<String> lines) {
        @Nullable String[] names = lines.toArray(String[]::new);
        boolean[] special = new boolean[names.length];
        for (int id = 0; id < names.length; id++) {
            special[id] = SPECIALS.contains(lines.get(id));
        }
        return new WordPieceVocabulary(source, names, special, "##");
    }

    /** The control tokens, which are found in a trusted text as they are written. */
    AddedTokens specialsIn() {
        AddedTokens added = new AddedTokens();
        for (int id = 0; id < names.length; id++) {
            String name = names[id];
            if (special[id] && name != null) {
                added.add(new Added(id, name, true, false, false, false));
            }
        }
        return added;
    }

    /** Whether words with capitals are among its pieces; else text has to become small. */
    boolean knowsCapitals() {
        for (int id = 0; id < names.length; id++) {
            String name = names[id];
            if (!special[id]
                    && name != null
                    && !name.startsWith("[")
                    && name.chars().anyMatch(c -> c >= 'A' && c <= 'Z')) {
                return true;
            }
        }
        return false;
    }

    /**
     * The tokenizer.
     *
     * @param before tokens that are looked for in the text as it comes
     * @param afterwards tokens that are looked for in the changed text
     * @param addedIds the ids of both
     * @param unknown the token of unknown words
     * @param longest characters of a word that is not unknown for its length
     * @param frame null: [CLS], the text, [SEP]
     */
    Tokenizer tokenizer(
            AddedTokens before,
            AddedTokens afterwards,
            Map<String, Integer> addedIds,
            UnaryOperator<String> change,
            Splitter splitter,
            String unknown,
            int longest,
            @Nullable Frame frame) {
        LinkedHashMap<String, Integer> specials = new LinkedHashMap<>();
        Pieces pieces = new Pieces(names.length);
        for (int id = 0; id < names.length; id++) {
            String name = names[id];
            if (name == null) {
                pieces.append("");
            } else if (special[id]) {
                specials.put(name, id);
                pieces.append(name);
            } else {
                pieces.append(piece(name));
                if (!name.equals(prefix) && !name.isEmpty()) {
                    pieces.index(id);
                }
            }
        }
        Integer unknownId = id(unknown);
        if (unknownId == null) {
            throw new TokenizerException(
                    "%s has no token '%s', which stands for unknown words. Take another copy of the file."
                            .formatted(source, unknown));
        }
        Frame framed = frame == null ? frame() : frame;
        OptionalInt begin = framed.before().length > 0 ? OptionalInt.of(framed.before()[0]) : OptionalInt.empty();
        OptionalInt end = framed.after().length > 0 ? OptionalInt.of(framed.after()[0]) : OptionalInt.empty();
        return new PieceTokenizer(
                before,
                afterwards,
                Normalization.over(change),
                null,
                splitter,
                new WordPieceEncoder(pieces, unknownId, longest),
                id -> {
                    String name = names[id];
                    return name == null ? "" : name;
                },
                pieces,
                special,
                PieceTokenizer.inOrder(specials),
                addedIds,
                new Decoding(false, true),
                new Roles(
                        begin,
                        end,
                        end.isPresent() ? Set.of(end.getAsInt()) : Set.of(),
                        begin.isPresent(),
                        end.isPresent()),
                framed,
                "WordPiece, %d tokens".formatted(names.length));
    }

    private String piece(String name) {
        if (name.isEmpty()) {
            return "";
        }
        if (prefix.isEmpty()) {
            return name.charAt(0) == SpaceMarks.MARK ? " " + name.substring(1) : name;
        }
        return name.startsWith(prefix) ? name.substring(prefix.length()) : " " + name;
    }

    private @Nullable Integer id(String text) {
        for (int id = 0; id < names.length; id++) {
            if (text.equals(names[id])) {
                return id;
            }
        }
        return null;
    }

    private Frame frame() {
        Integer begin = id("[CLS]");
        Integer end = id("[SEP]");
        if (begin == null || end == null) {
            throw new TokenizerException(
                    "%s has no token '%s', which the models of this kind have around a text. Take another copy of the file, or the tokenizer.json of the same model."
                            .formatted(source, begin == null ? "[CLS]" : "[SEP]"));
        }
        return new Frame(new int[] {begin}, new int[] {end}, new int[] {end});
    }
}
