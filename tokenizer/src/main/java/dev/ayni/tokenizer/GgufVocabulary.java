package dev.ayni.tokenizer;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a GGUF file says of its tokenizer, under "tokenizer.ggml.": handed over by the engine, so that this room need not
 * know the file.
 *
 * @param model the kind: "gpt2", "llama", ...
 * @param pre the pre-tokenizer's name; null where the file has none
 * @param tokens the text of each id
 * @param scores one for each id, or empty
 * @param types GGUF's token types, one for each id (1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte), or empty
 * @param merges pairs "left right" in order of rank, or empty
 * @param beginId -1 where the file has none; so for the other ids
 * @param addBegin whether the file asks for the begin token; null where it says nothing
 * @param addEnd whether the file asks for the end token after a text; null where it says nothing
 * @param addSpacePrefix whether a space goes before the text (SentencePiece); null where it says nothing
 * @param characterMap what characters become first, as SentencePiece compiles it; empty where nothing does
 * @param removeExtraSpaces whether of several spaces one counts, and none at the ends; null where it says nothing
 * @param separatorId stands between two texts besides the end token
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record GgufVocabulary(
        String model,
        @Nullable String pre,
        List<String> tokens,
        float[] scores,
        int[] types,
        List<String> merges,
        int beginId,
        int endId,
        int endOfTurnId,
        int unknownId,
        @Nullable Boolean addBegin,
        @Nullable Boolean addEnd,
        @Nullable Boolean addSpacePrefix,
        byte[] characterMap,
        @Nullable Boolean removeExtraSpaces,
        int separatorId) {

    /** A vocabulary of a file that says nothing of the end token, nor of what text goes through first. */
    public GgufVocabulary(
            String model,
            @Nullable String pre,
            List<String> tokens,
            float[] scores,
            int[] types,
            List<String> merges,
            int beginId,
            int endId,
            int endOfTurnId,
            int unknownId,
            @Nullable Boolean addBegin,
            @Nullable Boolean addSpacePrefix) {
        this(
                model,
                pre,
                tokens,
                scores,
                types,
                merges,
                beginId,
                endId,
                endOfTurnId,
                unknownId,
                addBegin,
                null,
                addSpacePrefix,
                new byte[0],
                null,
                -1);
    }

    /** The kind of tokenizer and pre-tokenizer, for messages. */
    public String kind() {
        return model + Optional.ofNullable(pre).map(p -> " / " + p).orElse("");
    }
}
