package dev.ayni.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ayni.tokenizer.GgufVocabulary;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The reference models and vocabularies beside this project, where they are. */
final class PublishedFilesTest {
    @Test
    void everyReferenceModelOpensWithWhatItIsExpectedToCompute() throws IOException {
        List<Path> models = members("reference/models");
        assertThat(models).isNotEmpty();
        for (Path model : models) {
            try (Weights weights = WeightsFiles.open(model);
                    SafetensorsFile expected = SafetensorsFile.open(model.resolve("expected.safetensors"))) {
                assertThat(weights.metadata().text("model_type")).isNotBlank();
                for (String name : weights.names()) {
                    assertThat(weights.tensor(name).values()).isPositive();
                }
                assertThat(expected.stored("input_ids").type()).isEqualTo("I64");
                long[] ids = expected.data("input_ids").toArray(ValueLayout.JAVA_LONG_UNALIGNED);
                assertThat(ids)
                        .hasSize(expected.stored("input_ids").shape().getLast().intValue());
                for (long id : ids) {
                    assertThat(id).isBetween(0L, 100_000L);
                }
            }
        }
    }

    @Test
    void everyPublishedVocabularyIsRead() throws IOException {
        List<Path> files = members("data/tokenizers").stream()
                .filter(path -> path.toString().endsWith(".gguf"))
                .toList();
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            try (Weights weights = WeightsFiles.open(file)) {
                GgufVocabulary vocabulary = GgufVocabularies.of(weights.metadata());
                assertThat(vocabulary.tokens()).hasSizeGreaterThan(30_000).doesNotContainNull();
                assertThat(vocabulary.types()).hasSameSizeAs(vocabulary.tokens());
                if (vocabulary.model().equals("gpt2")) {
                    assertThat(vocabulary.merges()).isNotEmpty().allMatch(merge -> merge.contains(" "));
                } else {
                    assertThat(vocabulary.scores()).hasSameSizeAs(vocabulary.tokens());
                }
            }
        }
    }

    private static List<Path> members(String folder) throws IOException {
        Path path = Path.of(System.getProperty("ayni.shared", "../shared"), folder);
        if (!Files.isDirectory(path)) {
            assertThat(System.getenv("CI"))
                    .as("%s is needed where CI=true", path)
                    .isNotEqualTo("true");
            assumeTrue(false, path + " is not there; these checks need the project's reference data");
        }
        try (Stream<Path> members = Files.list(path)) {
            return members.sorted().toList();
        }
    }
}
