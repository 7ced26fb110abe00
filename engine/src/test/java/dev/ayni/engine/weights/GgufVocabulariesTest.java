package dev.ayni.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.engine.TimeLimit;
import dev.ayni.tokenizer.GgufVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GgufVocabulariesTest {
    @TempDir
    Path folder;

    @Test
    void aVocabularyOutlivesItsFile() throws IOException {
        GgufVocabulary vocabulary = read(sound().put("tokenizer.ggml.pre", "smollm")
                .put("tokenizer.ggml.merges", List.of("a b", "ab c"))
                .put("tokenizer.ggml.eos_token_id", 2)
                .put("tokenizer.ggml.eot_token_id", 1)
                .put("tokenizer.ggml.unknown_token_id", 0)
                .put("tokenizer.ggml.add_bos_token", true)
                .put("tokenizer.ggml.add_space_prefix", false));
        assertThat(vocabulary.kind()).isEqualTo("gpt2 / smollm");
        assertThat(vocabulary.tokens()).containsExactly("<unk>", "ü", "Ġx");
        assertThat(vocabulary.scores()).containsExactly(0, -1.5f, 2);
        assertThat(vocabulary.types()).containsExactly(2, 1, 3);
        assertThat(vocabulary.merges()).containsExactly("a b", "ab c");
        assertThat(vocabulary.beginId()).isEqualTo(1);
        assertThat(vocabulary.endId()).isEqualTo(2);
        assertThat(vocabulary.endOfTurnId()).isEqualTo(1);
        assertThat(vocabulary.unknownId()).isZero();
        assertThat(vocabulary.addBegin()).isTrue();
        assertThat(vocabulary.addSpacePrefix()).isFalse();
    }

    @Test
    void whatAFileDoesNotSayIsAbsent() throws IOException {
        GgufVocabulary vocabulary = read(new GgufWriter()
                .put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", List.of("a"))
                .put("tokenizer.ggml.bos_token_id", 4, 0xFFFF_FFFFL));
        assertThat(vocabulary.pre()).isNull();
        assertThat(vocabulary.scores()).isEmpty();
        assertThat(vocabulary.types()).isEmpty();
        assertThat(vocabulary.merges()).isEmpty();
        assertThat(vocabulary.beginId()).isEqualTo(-1);
        assertThat(vocabulary.endId()).isEqualTo(-1);
        assertThat(vocabulary.addBegin()).isNull();
        assertThat(vocabulary.addSpacePrefix()).isNull();
    }

    @Test
    void partsThatDoNotFitGetALetter() {
        assertRefused(new GgufWriter(), "holds no vocabulary");
        assertRefused(sound().put("tokenizer.ggml.model", 7), "'tokenizer.ggml.model' is 7");
        assertRefused(sound().put("tokenizer.ggml.tokens", List.of()), "tokens' is missing or empty");
        assertRefused(sound().put("tokenizer.ggml.tokens", new int[] {1, 2, 3}), "tokens' does not hold texts");
        assertRefused(
                sound().put("tokenizer.ggml.tokens", List.of(List.of("a"), List.of("b"), List.of("c"))),
                "tokens' does not hold texts");
        assertRefused(sound().put("tokenizer.ggml.scores", new float[] {1}), "scores' has 1 numbers for 3 tokens");
        assertRefused(sound().put("tokenizer.ggml.scores", List.of("a", "b", "c")), "scores' does not hold numbers");
        assertRefused(sound().put("tokenizer.ggml.token_type", new int[4]), "token_type' has 4 numbers");
        assertRefused(sound().put("tokenizer.ggml.token_type", new float[3]), "does not hold whole numbers");
        assertRefused(sound().put("tokenizer.ggml.bos_token_id", 3), "bos_token_id' is 3, and there are 3 tokens");
        assertRefused(sound().put("tokenizer.ggml.merges", true), "'tokenizer.ggml.merges' is true");
    }

    @Test
    void aLargeVocabularyIsReadInAQuarterOfASecond() throws Exception {
        int size = 262_144;
        Path file = new GgufWriter()
                .put("tokenizer.ggml.model", "llama")
                .put(
                        "tokenizer.ggml.tokens",
                        IntStream.range(0, size).mapToObj(i -> "▁token" + i).toList())
                .put("tokenizer.ggml.scores", new float[size])
                .put("tokenizer.ggml.token_type", new int[size])
                .write(folder.resolve("large.gguf"));
        new TimeLimit(250).hold(() -> {
            try (Weights weights = WeightsFiles.open(file)) {
                assertThat(GgufVocabularies.of(weights.metadata()).tokens())
                        .hasSize(size)
                        .endsWith("▁token262143");
            }
        });
    }

    private static GgufWriter sound() {
        return new GgufWriter()
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.tokens", List.of("<unk>", "ü", "Ġx"))
                .put("tokenizer.ggml.scores", new float[] {0, -1.5f, 2})
                .put("tokenizer.ggml.token_type", new int[] {2, 1, 3})
                .put("tokenizer.ggml.bos_token_id", 1);
    }

    private GgufVocabulary read(GgufWriter file) throws IOException {
        try (Weights weights = WeightsFiles.open(file.write(folder.resolve("v.gguf")))) {
            return GgufVocabularies.of(weights.metadata());
        }
    }

    private void assertRefused(GgufWriter file, String said) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(folder.resolve("v.gguf").toString(), said);
    }
}
