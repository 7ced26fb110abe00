package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts and ids that llama.cpp tests its vocabularies with; the ids were made by the models' own tokenizers. */
final class PublishedVocabulariesTest {
    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "deepseek-llm", "llama-spm", "phi-3"})
    void aPublishedVocabularyGivesThePublishedIds(String name) throws Exception {
        Path file = data("ggml-vocab-" + name + ".gguf");
        givesTheIdsBeside(
                Tokenizers.fromGguf(GgufFile.vocabulary(file)), file.resolveSibling(file.getFileName() + ".inp"));
    }

    @Test
    void theTokenizerFileOfLlama3GivesThePublishedIds() throws Exception {
        Tokenizer tokenizer = Tokenizers.fromFile(data("llama3-tokenizer.model"));
        assertThat(tokenizer.size()).isEqualTo(128_256);
        assertThat(tokenizer.special("<|eot_id|>")).hasValue(128_009);
        assertThat(tokenizer.special("<|reserved_special_token_250|>")).hasValue(128_255);
        assertThat(tokenizer.roles().begin()).hasValue(128_000);
        assertThat(tokenizer.roles().end()).hasValue(128_001);
        assertThat(tokenizer.roles().ends()).containsExactlyInAnyOrder(128_001, 128_009);
        assertThat(tokenizer.roles().addBegin()).isTrue();
        givesTheIdsBeside(tokenizer, data("llama-bpe.inp"));
    }

    private static void givesTheIdsBeside(Tokenizer tokenizer, Path texts) throws Exception {
        List<String> written = Arrays.asList(Files.readString(texts).split("\n__ggml_vocab_test__\n", -1));
        List<String> expected = Files.readAllLines(Path.of(texts.toString().replaceAll("inp$", "out")));
        assertThat(expected).hasSizeGreaterThan(40);
        for (int i = 0; i < expected.size(); i++) {
            int[] ids = Arrays.stream(expected.get(i).trim().split(" +"))
                    .filter(id -> !id.isEmpty())
                    .mapToInt(Integer::parseInt)
                    .toArray();
            assertThat(tokenizer.encode(written.get(i), false))
                    .as("'%s'", written.get(i))
                    .isEqualTo(ids);
            assertThat(tokenizer.decode(ids)).isEqualTo(written.get(i));
        }
    }

    /** A file of the reference data; where the data is absent, the test is skipped, but fails in CI. */
    static Path data(String name) {
        Path file = Path.of(System.getProperty("ayni.shared", "../shared"), "data/tokenizers", name);
        if (!"true".equals(System.getenv("CI"))) {
            Assumptions.assumeTrue(
                    Files.exists(file), () -> file + " is absent: the published vocabularies are not checked");
        }
        return file;
    }
}
