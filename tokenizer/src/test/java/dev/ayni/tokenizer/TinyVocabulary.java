package dev.ayni.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Vocabularies of a few hundred tokens, made for tests. */
final class TinyVocabulary {
    static final List<String> MERGES =
            List.of("h e", "l l", "he ll", "hell o", "\u0120 w", "\u0120w o", "r l", "\u0120wo rl", "\u0120worl d");

    private TinyVocabulary() {}

    /** The 256 bytes in order, then what the merges make, then control and user-defined tokens. */
    static List<String> byteLevelTokens() {
        List<String> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(ByteAlphabet.character(b)));
        }
        MERGES.forEach(merge -> tokens.add(merge.replace(" ", "")));
        tokens.addAll(List.of("<|im_start|>", "<|im_end|>", "<note>"));
        return tokens;
    }

    static GgufVocabulary byteLevel() {
        List<String> tokens = byteLevelTokens();
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 1);
        types[types.length - 3] = 3;
        types[types.length - 2] = 3;
        types[types.length - 1] = 4;
        int end = tokens.indexOf("<|im_end|>");
        return new GgufVocabulary(
                "gpt2", "gpt-2", tokens, new float[0], types, MERGES, end - 1, end, -1, -1, null, null);
    }

    /** Unknown, begin, end, the 256 bytes, then words with scores that prefer the longer. */
    static GgufVocabulary sentencePiece() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
        }
        tokens.addAll(List.of(
                "\u2581", "h", "e", "l", "o", "he", "ll", "hell", "hello", "\u2581hello", "\u2581\u2581", "\n\n"));
        float[] scores = new float[tokens.size()];
        int[] types = new int[tokens.size()];
        for (int id = 0; id < types.length; id++) {
            types[id] = id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1;
            scores[id] = id < 259 ? 0 : id - 1000f;
        }
        types[types.length - 1] = 4;
        return new GgufVocabulary("llama", null, tokens, scores, types, List.of(), 1, 2, -1, 0, null, null);
    }
}
