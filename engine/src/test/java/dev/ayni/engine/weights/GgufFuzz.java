package dev.ayni.engine.weights;

import dev.ayni.fuzz.FuzzFolder;
import dev.ayni.fuzz.Letters;
import dev.ayni.tensor.DType;
import dev.ayni.tokenizer.GgufVocabulary;
import dev.ayni.tokenizer.Tokenizer;
import dev.ayni.tokenizer.TokenizerException;
import dev.ayni.tokenizer.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Any bytes in a GGUF file: a letter, or a file whose keys, numbers and vocabulary can be read. */
final class GgufFuzz {
    private static final String TEXT = "Hello, <s>w\u00f6rld</s>! 123\n\ud83d\ude00";

    private GgufFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        Path file = FuzzFolder.write("model.gguf", input);
        Letters.orLetter(WeightsException.class, () -> {
            try (Weights weights = WeightsFiles.open(file)) {
                ReadEverything.of(weights);
                readVocabulary(weights.metadata());
            }
            return file;
        });
    }

    private static void readVocabulary(Metadata metadata) throws Exception {
        Optional<GgufVocabulary> vocabulary =
                Letters.orLetter(WeightsException.class, () -> GgufVocabularies.of(metadata));
        if (vocabulary.isPresent()) {
            Letters.orLetter(TokenizerException.class, () -> {
                Tokenizer tokenizer = Tokenizers.fromGguf(vocabulary.get());
                return tokenizer.decode(tokenizer.encode(TEXT, true));
            });
        }
    }

    static List<byte[]> seeds() {
        return List.of(small(1), small(2), small(3), vocabulary("gpt2"), vocabulary("llama"));
    }

    static List<String> words() {
        return List.of(
                "GGUF",
                "general.alignment",
                "split.count",
                "split.no",
                "tokenizer.ggml.model",
                "tokenizer.ggml.pre",
                "tokenizer.ggml.tokens",
                "tokenizer.ggml.scores",
                "tokenizer.ggml.token_type",
                "tokenizer.ggml.merges",
                "tokenizer.ggml.bos_token_id",
                "tokenizer.ggml.eos_token_id",
                "tokenizer.ggml.unknown_token_id",
                "tokenizer.ggml.seperator_token_id",
                "tokenizer.ggml.add_space_prefix",
                "tokenizer.ggml.precompiled_charsmap",
                "gpt2",
                "llama",
                "t5",
                "bert",
                "llama-bpe",
                "default",
                "<0x41>",
                "\u2581");
    }

    private static byte[] small(int version) {
        return new GgufWriter()
                .version(version)
                .put("u32", 7)
                .put("i8", 1, -1)
                .put("u16", 2, 65535)
                .put("i64", 11, Long.MIN_VALUE)
                .put("f32", 1.5f)
                .put("f64", 2.5)
                .put("flag", true)
                .put("text", "text")
                .put("numbers", new int[] {1, 2, 3})
                .put("texts", List.of("a", "bc"))
                .put("nested", List.of(List.of("x"), List.of("y", "z")))
                .put("general.alignment", 32)
                .tensor("floats", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .tensor("blocks", DType.Q8_0, new byte[34], 1, 32)
                .tensor("codes", DType.IQ4_NL, new byte[18], 32)
                .bytes();
    }

    private static byte[] vocabulary(String kind) {
        return new GgufWriter()
                .put("tokenizer.ggml.model", kind)
                .put("tokenizer.ggml.pre", "gpt-2")
                .put(
                        "tokenizer.ggml.tokens",
                        List.of("<s>", "</s>", "H", "e", "l", "o", "He", "ll", "<0x41>", "\u2581"))
                .put("tokenizer.ggml.scores", new float[] {0, 0, -1, -2, -3, -4, -5, -6, -7, -8})
                .put("tokenizer.ggml.token_type", new int[] {3, 3, 1, 1, 1, 1, 1, 4, 6, 1})
                .put("tokenizer.ggml.merges", List.of("H e", "l l"))
                .put("tokenizer.ggml.bos_token_id", 0)
                .put("tokenizer.ggml.eos_token_id", 1)
                .put("tokenizer.ggml.add_space_prefix", false)
                .put("tokenizer.ggml.precompiled_charsmap", new int[] {4, 0, 0, 0, 0, 0, 0, 0})
                .bytes();
    }
}
