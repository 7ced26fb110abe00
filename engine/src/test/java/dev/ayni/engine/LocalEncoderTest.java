package dev.ayni.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.Reranker.Ranking;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.Encoder.Text;
import dev.ayni.engine.models.TinyBert;
import dev.ayni.engine.models.TinyBert.Names;
import dev.ayni.engine.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LocalEncoderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static final EngineOptions OPTIONS =
            new EngineOptions("auto", 2, 0, EngineOptions.NO_DRAFT, CacheType.AUTO, line -> {});

    private static LocalEncoder open(Path path) throws IOException {
        return LocalEncoder.open(path, OPTIONS);
    }

    @Test
    void aTextIsReadBetweenItsMarks() throws IOException {
        try (LocalEncoder encoder = open(TinyBert.folder(folder, Names.PLAIN, 0))) {
            Text text = encoder.tokens("Ab c");
            assertThat(text.ids()).containsExactly(2, id("a"), id("##b"), id("c"), 3);
            assertThat(text.types()).containsOnly(0);
            Text pair = encoder.tokens("ab", "c");
            assertThat(pair.ids()).containsExactly(2, id("a"), id("##b"), 3, id("c"), 3);
            assertThat(pair.types()).containsExactly(0, 0, 0, 0, 1, 1);
        }
    }

    private static int id(String token) {
        return TinyBert.VOCABULARY.indexOf(token);
    }

    @Test
    void aVectorIsTheMeanOfTheTokensAndOfLengthOne() throws IOException {
        try (LocalEncoder encoder = open(TinyBert.folder(folder, Names.PLAIN, 0))) {
            float[] vector = encoder.embed(List.of("hello world")).vectors().getFirst();
            float[][] rows =
                    encoder.encode(List.of(encoder.tokens("hello world"))).getFirst();
            double[] mean = new double[TinyBert.WIDTH];
            double squares = 0;
            for (int i = 0; i < mean.length; i++) {
                for (float[] row : rows) {
                    mean[i] += row[i];
                }
                squares += mean[i] * mean[i];
            }
            double length = 0;
            for (int i = 0; i < mean.length; i++) {
                assertThat((double) vector[i]).isCloseTo(mean[i] / Math.sqrt(squares), within(1e-6));
                length += vector[i] * vector[i];
            }
            assertThat(length).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void aLayerIsShownAsTheMeanAndTheLargestOfItsTokens() throws IOException {
        try (LocalEncoder encoder = open(TinyBert.folder(folder, Names.PLAIN, 0))) {
            int last = encoder.layerCount();
            float[][] rows =
                    encoder.encode(List.of(encoder.tokens("hello world"))).getFirst();
            List<float[][]> shown = encoder.layers(List.of("ab", "hello world"), new int[] {0, last});
            assertThat(shown).hasSize(2);
            assertThat(shown.get(1)[0]).isNotEqualTo(shown.get(1)[1]);
            float[] pooled = shown.get(1)[1];
            assertThat(pooled).hasSize(2 * TinyBert.WIDTH);
            for (int i = 0; i < TinyBert.WIDTH; i++) {
                float sum = 0;
                float largest = Float.NEGATIVE_INFINITY;
                for (float[] row : rows) {
                    sum += row[i];
                    largest = Math.max(largest, row[i]);
                }
                assertThat(pooled[i]).isEqualTo(sum / rows.length);
                assertThat(pooled[TinyBert.WIDTH + i]).isEqualTo(largest);
            }
            assertThatThrownBy(() -> encoder.layers(List.of("ab"), new int[] {last + 1}))
                    .hasMessageContaining("Give some from 0 to " + last);
        }
    }

    @Test
    void theFilesSayWhichTokensMakeTheVector() throws IOException {
        TinyBert.folder(folder, Names.PLAIN, 0);
        Files.createDirectories(folder.resolve("1_Pooling"));
        Files.writeString(folder.resolve("modules.json"), """
                [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
                 {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]""");
        String[] modes = {"pooling_mode_cls_token", "pooling_mode_lasttoken"};
        for (String mode : modes) {
            Files.writeString(
                    folder.resolve("1_Pooling/config.json"),
                    "{\"word_embedding_dimension\": 32, \"%s\": true, \"pooling_mode_mean_tokens\": false}"
                            .formatted(mode));
            try (LocalEncoder encoder = open(folder)) {
                float[][] rows =
                        encoder.encode(List.of(encoder.tokens("hello"))).getFirst();
                float[] row = rows[mode.equals(modes[0]) ? 0 : rows.length - 1];
                assertThat(cosine(encoder.embed(List.of("hello")).vectors().getFirst(), row))
                        .isCloseTo(1, within(1e-6));
            }
        }
        Files.writeString(folder.resolve("1_Pooling/config.json"), "{\"pooling_mode_max_tokens\": true}");
        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("max_tokens");
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double aSquares = 0;
        double bSquares = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            aSquares += (double) a[i] * a[i];
            bSquares += (double) b[i] * b[i];
        }
        return product / Math.sqrt(aSquares * bSquares);
    }

    @Test
    void aTextHasTheSameBitsAloneAsAmongThousands() throws IOException {
        Random random = new Random(5);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(30); n >= 0; n--) {
                text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(3) == 0 ? " " : "");
            }
            texts.add(text.toString());
        }
        try (LocalEncoder encoder = open(TinyBert.folder(folder, Names.PLAIN, 0))) {
            List<float[]> together = encoder.embed(texts).vectors();
            assertThat(together).hasSize(texts.size());
            for (int i = 0; i < texts.size(); i += 37) {
                assertThat(encoder.embed(List.of(texts.get(i))).vectors().getFirst())
                        .isEqualTo(together.get(i));
            }
            assertThat(encoder.embed(List.of()).vectors()).isEmpty();
        }
    }

    @Test
    void whatIsTooLongLosesItsEnd() throws IOException {
        try (LocalEncoder encoder = open(TinyBert.folder(folder, Names.PLAIN, 0))) {
            Text text = encoder.tokens("a".repeat(90));
            assertThat(text.ids()).hasSize(TinyBert.CONTEXT);
            assertThat(text.ids()[TinyBert.CONTEXT - 1]).isEqualTo(3);
            assertThat(encoder.embed(List.of("a".repeat(90))).tokens()).isEqualTo(TinyBert.CONTEXT);
        }
        Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 12}");
        try (LocalEncoder encoder = open(folder)) {
            assertThat(encoder.tokens("a".repeat(90)).ids()).hasSize(12);
        }
    }

    @Test
    void ofTwoTextsTheLongerLosesItsEndFirst() throws IOException {
        try (LocalEncoder encoder = open(TinyBert.folder(folder, Names.PLAIN, 1))) {
            // 37 places for tokens that are not marks
            assertThat(secondTextAt(encoder.tokens("a".repeat(5), "b".repeat(80))))
                    .isEqualTo(1 + 5 + 1);
            assertThat(secondTextAt(encoder.tokens("a".repeat(80), "b".repeat(5))))
                    .isEqualTo(1 + 32 + 1);
            assertThat(secondTextAt(encoder.tokens("a".repeat(80), "b".repeat(70))))
                    .isEqualTo(1 + 19 + 1);
            assertThat(secondTextAt(encoder.tokens("a".repeat(70), "b".repeat(80))))
                    .isEqualTo(1 + 18 + 1);
        }
    }

    private static int secondTextAt(Text pair) {
        assertThat(pair.ids()).hasSize(TinyBert.CONTEXT);
        int at = 0;
        while (pair.types()[at] == 0) {
            at++;
        }
        assertThat(pair.ids()[at - 1]).isEqualTo(3);
        assertThat(pair.ids()[pair.ids().length - 1]).isEqualTo(3);
        return at;
    }

    @ParameterizedTest
    @EnumSource
    void weightsAreFoundUnderEveryNameTheyArePublishedWith(Names names) throws IOException {
        float[] plain;
        try (LocalEncoder encoder =
                open(TinyBert.folder(Files.createDirectory(folder.resolve("plain")), Names.PLAIN, 1))) {
            plain = encoder.classify(List.of(encoder.tokens("hello"))).getFirst();
        }
        try (LocalEncoder encoder = open(TinyBert.folder(Files.createDirectory(folder.resolve("other")), names, 1))) {
            assertThat(encoder.classify(List.of(encoder.tokens("hello"))).getFirst())
                    .isEqualTo(plain);
        }
    }

    @Test
    void aGgufFileIsTheSameModelAsTheFolder() throws IOException {
        Path file = TinyBert.gguf(0, 2).write(folder.resolve("tiny.gguf"));
        TinyBert.folder(folder, Names.PLAIN, 0);
        try (LocalEncoder gguf = open(file);
                LocalEncoder published = open(folder)) {
            Text text = gguf.tokens("Hello world");
            assertThat(text.ids()).isEqualTo(published.tokens("Hello world").ids());
            assertThat(gguf.encode(List.of(text)).getFirst())
                    .isDeepEqualTo(published.encode(List.of(text)).getFirst());
            assertThat(cosine(
                            gguf.embed(List.of("Hello world")).vectors().getFirst(),
                            gguf.encode(List.of(text)).getFirst()[0]))
                    .isCloseTo(1, within(1e-6)); // pooling_type 2: the first token
        }
    }

    @Test
    void aCrossEncoderScoresEachDocument() throws IOException {
        TinyBert.folder(folder, Names.UNDER_BERT, 1);
        try (LocalReranker reranker = LocalReranker.open(folder, OPTIONS)) {
            Ranking ranking = reranker.rank("who", List.of("a b c", "", "who who"));
            assertThat(ranking.scores()).hasSize(3).allMatch(score -> score > 0 && score < 1);
            assertThat(ranking.tokens()).isEqualTo((3 + 3 + 3) + (3 + 3) + (3 + 3 + 6));
            float logit = reranker.encoder()
                    .classify(List.of(reranker.encoder().tokens("who", "who who")))
                    .getFirst()[0];
            assertThat(ranking.scores().get(2)).isCloseTo(1 / (1 + Math.exp(-logit)), within(1e-12));
        }
    }

    @Test
    void aModelWithoutOneLabelIsNoCrossEncoder() throws IOException {
        Path without = TinyBert.folder(folder, Names.PLAIN, 0);
        assertThatThrownBy(() -> LocalReranker.open(without, OPTIONS))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("is no cross-encoder: its classifier has 0 labels");
        try (LocalEncoder encoder = open(without)) {
            assertThatThrownBy(() -> encoder.classify(List.of(encoder.tokens("a"))))
                    .hasMessageContaining("has no classifier");
        }
    }

    @Test
    void wrongTokensAreToldFromRightOnes() throws IOException {
        try (LocalEncoder encoder = open(TinyBert.folder(folder, Names.PLAIN, 0))) {
            assertThatThrownBy(() -> encoder.encode(List.of(new Text(new int[] {2, 57, 3}))))
                    .hasMessageContaining("Token id 57 is not known");
            assertThatThrownBy(() -> encoder.encode(List.of(new Text(new int[] {2}, new int[] {2}))))
                    .hasMessageContaining("Token type 2 is not known");
            assertThatThrownBy(() -> encoder.encode(List.of(new Text(new int[TinyBert.CONTEXT + 1]))))
                    .hasMessageContaining("A text has 41 tokens, and bert reads at most 40");
        }
    }

    @Test
    void whatWritesNoTextIsNotOpenedToWrite() throws IOException {
        Path path = TinyBert.folder(folder, Names.PLAIN, 0);
        assertThatThrownBy(() -> LocalModel.open(path, OPTIONS))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("is an encoder (bert)")
                .hasMessageContaining("ayni encode");
    }
}
