package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileChoiceTest {
    private static final List<String> QUANTISED = List.of(
            "README.md",
            "Model-Q2_K.gguf",
            "Model-Q4_K_M.gguf",
            "Model-Q4_K_S.gguf",
            "Model-Q8_0.gguf",
            "mmproj-Model-f16.gguf",
            "Model.imatrix.gguf");
    private static final List<String> SPLIT = List.of(
            "Q8_0/Big-Q8_0-00001-of-00002.gguf",
            "Q8_0/Big-Q8_0-00002-of-00002.gguf",
            "F16/Big-F16-00001-of-00002.gguf",
            "F16/Big-F16-00002-of-00002.gguf");
    private static final List<String> ORIGINAL = List.of(
            ".gitattributes",
            "LICENSE.txt",
            "README.md",
            "chat_template.jinja",
            "config.json",
            "consolidated.safetensors",
            "generation_config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "onnx/model.onnx",
            "original/consolidated.00.pth",
            "tokenizer.json",
            "tokenizer.model",
            "tokenizer_config.json");

    private static List<String> choose(List<String> files, String selection) {
        return FileChoice.choose(files, selection, "hf:owner/name");
    }

    private static List<String> guess(List<String> files) {
        return FileChoice.choose(files, null, "hf:owner/name");
    }

    @Test
    void theBestQualityForItsSizeIsTheGuess() {
        assertThat(guess(QUANTISED)).containsExactly("Model-Q4_K_M.gguf");
        assertThat(guess(List.of("a.Q2_K.gguf", "a.Q8_0.gguf"))).containsExactly("a.Q8_0.gguf");
        assertThat(guess(List.of("whatever.gguf", "x.md"))).containsExactly("whatever.gguf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q4_K_S", "q4_k_s", "Model-Q4_K_S.gguf"})
    void aQuantisationOrAFileChooses(String selection) {
        assertThat(choose(QUANTISED, selection)).containsExactly("Model-Q4_K_S.gguf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q8_0", "Q8_0/Big-Q8_0-00001-of-00002.gguf"})
    void aSplitFileComesWithAllItsPieces(String selection) {
        assertThat(choose(SPLIT, selection))
                .containsExactly("Q8_0/Big-Q8_0-00001-of-00002.gguf", "Q8_0/Big-Q8_0-00002-of-00002.gguf");
        assertThat(guess(SPLIT)).first().isEqualTo("Q8_0/Big-Q8_0-00001-of-00002.gguf");
    }

    @Test
    void aSplitFileWithoutAPieceIsNamed() {
        assertThatThrownBy(() -> guess(SPLIT.subList(0, 1)))
                .hasMessageContaining("Q8_0/Big-Q8_0-00002-of-00002.gguf' is missing");
    }

    @Test
    void safetensorsComeWithWhatReadsThem() {
        assertThat(guess(ORIGINAL))
                .containsExactly(
                        "LICENSE.txt",
                        "chat_template.jinja",
                        "config.json",
                        "generation_config.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json",
                        "tokenizer.json",
                        "tokenizer.model",
                        "tokenizer_config.json");
        assertThat(guess(List.of("config.json", "model.safetensors", "model.fp16.safetensors", "tokenizer.json")))
                .containsExactly("config.json", "model.safetensors", "tokenizer.json");
        assertThat(choose(List.of("config.json", "model.safetensors", "m.gguf"), "safetensors"))
                .containsExactly("config.json", "model.safetensors");
    }

    @Test
    void severalModelsOfOneKindAreListed() {
        assertThatThrownBy(() -> guess(List.of("a-Q4_K_M.gguf", "b-Q4_K_M.gguf", "a-Q8_0.gguf")))
                .hasMessageContaining("several models")
                .hasMessageContaining("a-Q4_K_M.gguf, a-Q8_0.gguf, b-Q4_K_M.gguf");
        assertThatThrownBy(() -> choose(List.of("a-Q4_K_M.gguf", "b-Q4_K_M.gguf"), "Q4_K_M"))
                .hasMessageContaining("fits 2 files")
                .hasMessageContaining("a-Q4_K_M.gguf, b-Q4_K_M.gguf");
    }

    @Test
    void aQuantisationThatIsNotThereGetsTheOnesThatAre() {
        assertThatThrownBy(() -> choose(QUANTISED, "Q6_K"))
                .hasMessageContaining("'Q6_K' fits no file")
                .hasMessageContaining("Model-Q2_K.gguf, Model-Q4_K_M.gguf");
        assertThatThrownBy(() -> choose(QUANTISED, "Q4_K")).hasMessageContaining("fits no file");
    }

    @Test
    void picklesAreNotRead() {
        assertThatThrownBy(() -> guess(List.of("config.json", "pytorch_model.bin")))
                .hasMessageContaining("Python pickles")
                .hasMessageContaining("safetensors");
    }
}
