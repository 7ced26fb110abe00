package dev.ayni.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.tensor.DType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsTest {
    @TempDir
    Path folder;

    @Test
    void aFolderIsAModel() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"llama\"}");
        small().write(folder.resolve("model.safetensors"));
        for (Path path : List.of(folder, folder.resolve("model.safetensors"))) {
            try (Weights weights = WeightsFiles.open(path)) {
                assertThat(weights.metadata().dialect()).isEqualTo(Metadata.Dialect.HUGGING_FACE);
                assertThat(weights.metadata().text("model_type")).isEqualTo("llama");
                assertThat(weights.names()).containsExactly("single", "half", "brain", "whole", "none", "scalar");
                assertThat(weights.tensor("single")).hasToString("F32[2, 3]");
                assertThat(GgufFileTest.floats(weights.tensor("single"))).containsExactly(1, 2, 3, 4, 5, 6);
                assertThat(weights.tensor("half").type()).isEqualTo(DType.F16);
                assertThat(weights.tensor("brain")).hasToString("BF16[2]");
                assertThat(weights.tensor("none").values()).isZero();
                assertThat(weights.tensor("scalar").rank()).isZero();
                assertThat(weights.tensor("scalar").values()).isEqualTo(1);
                assertThat(weights.stored("whole")).isEqualTo(new StoredTensor("whole", "I64", List.of(1L), 8));
                assertThatThrownBy(() -> weights.tensor("whole"))
                        .isInstanceOf(WeightsException.class)
                        .hasMessageContainingAll("'whole' is I64", "F32, F16, BF16");
            }
        }
    }

    @Test
    void aFileCanBeReadByItself() throws IOException {
        Path lone = small().write(folder.resolve("expected.safetensors"));
        try (SafetensorsFile file = SafetensorsFile.open(lone)) {
            assertThat(file.notes()).isEqualTo(Map.of("format", "pt"));
            assertThat(file.names()).contains("whole");
            assertThat(file.data("whole").toArray(ValueLayout.JAVA_LONG_UNALIGNED))
                    .containsExactly(-2);
            assertThat(file.tensor("brain").data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 0))
                    .isEqualTo((short) 0x3F80);
            assertThatThrownBy(() -> file.data("hole"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContainingAll("no tensor 'hole'", "'whole'");
        }
    }

    @Test
    void aTypeOfTheFutureIsListed() throws IOException {
        Path lone = new SafetensorsWriter()
                .tensor("new", "F5_E9M9", new byte[3], 7)
                .write(folder.resolve("new.safetensors"));
        try (SafetensorsFile file = SafetensorsFile.open(lone)) {
            assertThat(file.stored("new").type()).isEqualTo("F5_E9M9");
            assertThatThrownBy(() -> file.tensor("new")).hasMessageContaining("'new' is F5_E9M9");
        }
    }

    @Test
    void nestedMembersOfAConfigHaveDotsInTheirKeys() throws IOException {
        small().write(folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("config.json"), """
                {"vocab_size": 288, "rms_norm_eps": 1e-06, "tie_word_embeddings": false, "pad_token_id": null,
                 "rope_parameters": {"rope_theta": 10000.0, "inner": {"deep": "x"}},
                 "layer_types": ["full", "sliding"], "eos_token_id": [1, 2], "limits": [0.0, Infinity],
                 "huge": 123456789012345678901234567890, "empty": {}, "objects": [{"a": 1}]}
                """);
        try (Weights weights = WeightsFiles.open(folder)) {
            Metadata said = weights.metadata();
            assertThat(said.integer("vocab_size")).isEqualTo(288);
            assertThat(said.number("rms_norm_eps")).isEqualTo(1e-6);
            assertThat(said.optionalFlag("tie_word_embeddings")).contains(false);
            assertThat(said.value("pad_token_id")).isNull();
            assertThat(said.keys()).contains("pad_token_id").doesNotContain("rope_parameters");
            assertThat(said.number("rope_parameters.rope_theta")).isEqualTo(10000);
            assertThat(said.text("rope_parameters.inner.deep")).isEqualTo("x");
            assertThat(said.value("layer_types")).isEqualTo(List.of("full", "sliding"));
            assertThat(said.value("eos_token_id")).isEqualTo(List.of(1L, 2L));
            assertThat(said.value("limits")).isEqualTo(List.of(0.0, Double.POSITIVE_INFINITY));
            assertThat(said.value("huge")).isEqualTo(Double.parseDouble("123456789012345678901234567890"));
            assertThat(said.value("objects")).isEqualTo(List.of(Map.of("a", 1L)));
            assertThat(said.source()).isEqualTo(folder.resolve("config.json").toString());
        }
    }

    @Test
    void anIndexJoinsFiles() throws IOException {
        shards();
        for (Path path : List.of(folder, folder.resolve("model-00002-of-00002.safetensors"))) {
            try (Weights weights = WeightsFiles.open(path)) {
                assertThat(weights.names()).containsExactly("b", "a");
                assertThat(GgufFileTest.floats(weights.tensor("a"))).containsExactly(1);
                assertThat(GgufFileTest.floats(weights.tensor("b"))).containsExactly(2, 3);
                assertThat(weights.path()).isEqualTo(folder);
            }
        }
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        shards();
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        assertThatThrownBy(() -> WeightsFiles.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(
                        folder.toString(), "of the 2 files", "missing: model-00002-of-00002.safetensors");
    }

    @Test
    void anIndexThatLiesIsNamed() throws IOException {
        shards();
        index("a", "model-00002-of-00002.safetensors");
        assertThatThrownBy(() -> WeightsFiles.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("tensor 'a' lies in model-00002-of-00002.safetensors, and it does not");
        for (String path : List.of("../secret.safetensors", "/etc/x.safetensors", "a/b.safetensors", "x.bin", "")) {
            index("a", path);
            assertThatThrownBy(() -> WeightsFiles.open(folder))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContainingAll("names the file '" + path + "'", "in the same folder");
        }
        for (String text :
                List.of("{}", "[]", "{\"weight_map\":{}}", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":1}}")) {
            Files.writeString(folder.resolve("model.safetensors.index.json"), text);
            assertThatThrownBy(() -> WeightsFiles.open(folder))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("'weight_map'");
        }
    }

    @Test
    void whatAFolderLacksIsNamed() throws IOException {
        Path weights = small().write(folder.resolve("model.safetensors"));
        assertThatThrownBy(() -> WeightsFiles.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(folder.toString(), "no config.json");
        assertThatThrownBy(() -> WeightsFiles.open(weights))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(weights.toString(), "config.json", "not beside it");
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.move(weights, folder.resolve("other.safetensors"));
        WeightsFiles.open(folder).close();
        small().write(folder.resolve("second.safetensors"));
        assertThatThrownBy(() -> WeightsFiles.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("other.safetensors, second.safetensors", "no model.safetensors.index.json");
    }

    private SafetensorsWriter small() {
        return new SafetensorsWriter()
                .notes("\"format\":\"pt\"")
                .tensor("single", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .tensor("half", DType.F16, new float[] {1, 2}, 1, 2)
                .tensor("brain", DType.BF16, new float[] {1, 2}, 2)
                .tensor("whole", "I64", new byte[] {-2, -1, -1, -1, -1, -1, -1, -1}, 1)
                .tensor("none", new float[0], 0, 3)
                .tensor("scalar", new float[] {1});
    }

    private void shards() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        new SafetensorsWriter()
                .tensor("a", new float[] {1}, 1)
                .write(folder.resolve("model-00001-of-00002.safetensors"));
        new SafetensorsWriter()
                .tensor("b", new float[] {2, 3}, 2)
                .tensor("unnamed", new float[] {4}, 1)
                .write(folder.resolve("model-00002-of-00002.safetensors"));
        index("b", "model-00002-of-00002.safetensors", "a", "model-00001-of-00002.safetensors");
    }

    private void index(String... tensorAndFile) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), SafetensorsWriter.index(tensorAndFile));
    }
}
