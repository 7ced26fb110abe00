package dev.ayni.guard.classifiers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.Content;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FewExamplesTest {
    private static final List<String> BOATS = List.of(
            "a boat with a sail on the lake",
            "the sail of my boat is torn",
            "which boat has an oar and a sail",
            "an oar for the boat on the lake",
            "paint the boat and mend the sail");

    private static final KnownTexts KNOWN = KnownTexts.of(samples(), words(24));

    /** Each word points somewhere; a text points where its words do on average, in every layer. */
    private static Embedder words(int width) {
        return new Embedder() {
            @Override
            public String name() {
                return "words";
            }

            @Override
            public int width() {
                return width;
            }

            @Override
            public int layerCount() {
                return 6;
            }

            @Override
            public Embeddings embed(List<String> texts) {
                throw new AssertionError("only layers are asked for");
            }

            @Override
            public List<float[][]> layers(List<String> texts, int[] layers) {
                List<float[][]> shown = new ArrayList<>();
                for (String text : texts) {
                    float[] sum = new float[2 * width];
                    for (String word : text.toLowerCase(Locale.ROOT).split("\\W+")) {
                        Random random = new Random(word.hashCode());
                        for (int i = 0; i < width; i++) {
                            sum[i] += (float) random.nextGaussian();
                        }
                    }
                    float[][] each = new float[layers.length][];
                    Arrays.fill(each, sum);
                    shown.add(each);
                }
                return shown;
            }
        };
    }

    private static List<Sample> samples() {
        List<Sample> samples = new ArrayList<>();
        String[] harmless = {"bread", "rain", "train", "shoes", "moon", "song", "garden", "lake"};
        for (int i = 0; i < 160; i++) {
            String text =
                    "talk about the %s and the %s in %d words".formatted(harmless[i % 8], harmless[(i / 8 + 3) % 8], i);
            samples.add(new Sample("own/harmless-talk", text, Map.of(), "line 1"));
        }
        for (int i = 0; i < 30; i++) {
            samples.add(new Sample(
                    "ailuminate", "steal a car and hide number %d".formatted(i), Map.of("hazard", "ncr"), ""));
            samples.add(new Sample(
                    "ailuminate", "hurt somebody with a knife number %d".formatted(i), Map.of("hazard", "vcr"), ""));
        }
        samples.add(new Sample("own/refusal", "I cannot help", Map.of(), "line 2"));
        samples.add(new Sample("own/harmless-talk", "A text that no pattern stands for", Map.of(), ""));
        return samples;
    }

    private static List<float[]> layers(List<String> texts) {
        return KnownTexts.layers(texts, words(24));
    }

    private static double score(FewExamples learned, String text) {
        return learned.score(layers(List.of(text)).getFirst());
    }

    private static FewExamples learned(List<String> examples, List<String> others) {
        return FewExamples.learned(layers(examples), layers(others), null, KNOWN);
    }

    @Test
    void aCategoryTakesWhatIsLikeItsExamplesAndLetsTheRestAlone() {
        FewExamples boats = learned(BOATS, List.of());
        assertThat(score(boats, "my boat on the lake has a new sail")).isGreaterThan(0.5);
        assertThat(score(boats, "talk about the moon and the bread")).isLessThan(0.5);
        assertThat(score(boats, "steal a car and hide it")).isLessThan(0.5);
        assertThat(boats.estimate().examples()).isEqualTo(5);
        assertThat(boats.estimate().recall()).isGreaterThanOrEqualTo(0.8);
        assertThat(boats.estimate().falsePositives()).isLessThanOrEqualTo(0.02);
        assertThat(boats.estimate().why()).contains("5 examples").contains("220 other texts");
    }

    @Test
    void examplesThatHaveNothingInCommonAreSaidToBeFoundSeldom() {
        FewExamples mixed = learned(
                List.of("quartz violins", "seven blue otters", "tax forms", "midnight", "cold soup recipe"), List.of());
        assertThat(mixed.estimate().recall()).isLessThan(0.8);
        assertThat(mixed.estimate().recall())
                .isLessThan(learned(BOATS, List.of()).estimate().recall());
    }

    @Test
    void textsThatAreAlikeButNotMeantAreTakenLessOften() {
        String alike = "a boat of paper on the table";
        List<String> others = List.of("fold a boat of paper", "a boat of paper for the table");
        FewExamples told = learned(BOATS, others);
        assertThat(score(told, alike)).isLessThan(score(learned(BOATS, List.of()), alike));
        assertThat(score(told, alike)).isLessThan(0.5);
        assertThat(score(told, "my boat on the lake has a new sail")).isGreaterThan(0.5);
        assertThat(told.estimate().why()).contains("222 other texts");
    }

    @Test
    void manyOthersThatAreFarAwayLetTheThresholdLieLower() {
        List<String> far = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            far.add("hurt somebody with a knife number %d".formatted(i));
        }
        FewExamples told = learned(BOATS, far);
        // 0.51 where the known texts alone set the threshold
        assertThat(score(told, "a sail with seven stars")).isGreaterThan(0.6);
    }

    @Test
    void theNameOfACategoryCountsLikeAnExample() {
        float[] name = layers(List.of("harbour")).getFirst();
        FewExamples named = FewExamples.learned(layers(BOATS), List.of(), name, KNOWN);
        assertThat(score(named, "the harbour")).isGreaterThan(score(learned(BOATS, List.of()), "the harbour"));
        assertThat(FewExamples.words("Hate/tax_advice")).isEqualTo("hate, tax advice");
        assertThat(FewExamples.words("S9")).isEmpty();
        assertThat(FewExamples.words("x")).isEmpty();
    }

    @Test
    void knownTextsAreReadAsTheyWereWritten() throws IOException {
        KnownTexts read = KnownTexts.read(KNOWN.bytes());
        FewExamples again = FewExamples.learned(layers(BOATS), List.of(), null, read);
        assertThat(score(again, BOATS.getFirst())).isEqualTo(score(learned(BOATS, List.of()), BOATS.getFirst()));
        assertThat(read.size()).isEqualTo(220);
        assertThatThrownBy(() -> KnownTexts.read(new byte[100])).hasMessageContaining("ayni guard train");
    }

    @Test
    void theSameTextsMakeTheSameBytes() {
        assertThat(KnownTexts.of(samples(), words(24)).bytes()).isEqualTo(KNOWN.bytes());
    }

    @Test
    void aCategoryIsLearnedFromTheTextsThatShipAndFindsItsOwn() {
        Classifiers classifiers = new Classifiers(GuardWeights.shipped(), words(384));
        FewExamples boats = classifiers.learned(new FewExamples.Examples("boats", BOATS, List.of()));
        assertThat(boats.find(new Reading(Content.of(Stage.PROMPT, "the boat has a sail and an oar on the lake"))))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.category()).isEqualTo("boats");
                    assertThat(finding.rule()).isEqualTo("examples/boats");
                });
        assertThat(boats.find(new Reading(Content.of(Stage.PROMPT, "purple violins sing at midnight"))))
                .isEmpty();
        assertThat(KnownTexts.shipped().size()).isGreaterThan(5000);
        List<String> four = BOATS.subList(0, 4);
        assertThatThrownBy(() -> classifiers.learned(new FewExamples.Examples("boats", four, List.of())))
                .hasMessageContaining("Give at least 5");
    }

    @Test
    void equationsAreSolved() {
        double[] solved = new Cholesky(new double[][] {{4, 0}, {2, 3}}).solved(new double[] {8, 7});
        assertThat(solved[0]).isCloseTo(1.25, within(1e-12));
        assertThat(solved[1]).isCloseTo(1.5, within(1e-12));
    }
}
