package dev.ayni.guard.classifiers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.classifiers.Recipe.Role;
import dev.ayni.guard.classifiers.Training.Made;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
    private static final Recipe SHOUTING = new Recipe(
            "shouting",
            "shouting",
            sample -> sample.label("loud").equals("yes") ? Role.IS : Role.IS_NOT,
            0.1,
            0.3,
            Map.of(),
            0,
            1,
            0,
            false,
            "Texts that shout.");

    /** Six layers of six numbers that depend on the text's letters alone. */
    private static final Embedder LETTERS = new Embedder() {
        @Override
        public String name() {
            return "letters";
        }

        @Override
        public int width() {
            return 3;
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
                float[][] numbers = new float[layers.length][6];
                for (int i = 0; i < text.length(); i++) {
                    numbers[i % layers.length][text.charAt(i) % 6] += 1f / text.length();
                }
                shown.add(numbers);
            }
            return shown;
        }
    };

    private static List<Sample> samples() {
        String[] things = {"bread", "rain", "the train", "a boat", "my shoes", "the moon", "this song", "our garden"};
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 96; i++) {
            boolean loud = i % 2 == 0;
            String thing = things[i / 2 % things.length];
            samples.add(new Sample(
                    "made",
                    loud
                            ? "I WANT %s NOW number %d!!!".formatted(thing, i)
                            : "could we talk about %s some day, number %d".formatted(thing, i),
                    Map.of("loud", loud ? "yes" : "no"),
                    ""));
        }
        return samples;
    }

    private static Made made() {
        Training training = new Training(Corpus.of(samples(), LETTERS, line -> {}));
        return training.make(List.of(SHOUTING)).getFirst();
    }

    @Test
    void aClassifierLearnsAndIsMeasuredOnTextsThatItHasNotSeen() {
        Made made = made();
        assertThat(Measures.averagePrecision(made.together(), made.is())).isGreaterThan(0.95);
        assertThat(Measures.averagePrecision(made.alone(), made.is())).isGreaterThan(0.95);
    }

    @Test
    void harmlessTextsBesideTheLabelledOnesLiftTheThresholdAndMeasureNothing() {
        List<Sample> samples = new ArrayList<>(samples());
        for (int i = 0; i < 40; i++) {
            samples.add(new Sample(
                    "own/harmless-words", "I WANT a hat NOW number %d!!!".formatted(i), Map.of("loud", "no"), ""));
        }
        Training training = new Training(Corpus.of(samples, LETTERS, line -> {}));
        Recipe beside = new Recipe(
                "shouting",
                "shouting",
                SHOUTING.role(),
                0.1,
                0.3,
                Map.of(),
                0,
                0,
                0.3,
                false,
                "Texts that shout, but harmless ones.");
        Made made = training.make(List.of(beside)).getFirst();
        assertThat(made.is()).hasSize(96);
        assertThat(made.harmlessAlone()).hasSize(40);
        double threshold = made.classifier().threshold(false);
        assertThat(Arrays.stream(made.harmlessAlone()).max().orElseThrow()).isLessThan(threshold);
    }

    @Test
    void answersAreMeasuredByModelsThatTrainingSawNothingOf() {
        String[] things = {"bread", "rain", "the train", "a boat", "my shoes", "the moon", "this song", "our garden"};
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 96; i++) {
            String thing = things[i / 6 % things.length];
            boolean loud = i % 2 == 0;
            samples.add(new Sample(
                    i % 3 == 0 ? "own/refusal" : "xstest-" + i % 3,
                    loud
                            ? "I'm sorry, but I can't help with %s, number %d.".formatted(thing, i)
                            : "Here are three steps: first, buy %s, number %d.".formatted(thing, i),
                    Map.of("loud", loud ? "yes" : "no"),
                    ""));
        }
        Recipe answers = new Recipe(
                "refusing", "refusing", SHOUTING.role(), 0.1, 0.3, Map.of(), 0, 1, 0, true, "Answers that refuse.");
        Made made = new Training(Corpus.of(samples, LETTERS, line -> {}))
                .make(List.of(answers))
                .getFirst();
        assertThat(made.is()).hasSize(64); // the room's own only train
        double threshold = made.classifier().threshold(false);
        assertThat(Measures.Confusion.of(made.alone(), made.is(), threshold).accuracy())
                .isGreaterThan(0.95);
    }

    @Test
    void answersOfTheRoomsOwnChangeNoClassifierThatLeavesThemOut() {
        List<Sample> more = new ArrayList<>(samples());
        for (int i = 0; i < 20; i++) {
            more.add(new Sample(
                    i % 2 == 0 ? "own/refusal" : "own/compliance", "Number %d? Ñ!".formatted(i), Map.of(), ""));
        }
        Recipe loud = new Recipe(
                SHOUTING.name(),
                SHOUTING.category(),
                sample -> Recipe.isOwnAnswer(sample)
                        ? Role.LEFT_OUT
                        : SHOUTING.role().apply(sample),
                SHOUTING.textPenalty(),
                SHOUTING.layersPenalty(),
                SHOUTING.emphasis(),
                SHOUTING.falsePositives(),
                SHOUTING.alarms(),
                SHOUTING.beside(),
                SHOUTING.answers(),
                SHOUTING.what());
        for (Sample sample : samples().subList(0, 20)) {
            more.add(new Sample("own/compliance", sample.text(), Map.of(), "line 1"));
        }
        Corpus corpus = Corpus.of(more, LETTERS, line -> {});
        assertThat(corpus.characters.surprise())
                .isEqualTo(Corpus.of(samples(), LETTERS, line -> {}).characters.surprise());
        Made made = new Training(corpus).make(List.of(loud)).getFirst();
        assertThat(weights(made).bytes()).isEqualTo(weights(made()).bytes());
    }

    @Test
    void trainedTwiceWithDifferentNumbersOfThreadsTheBytesAreTheSame() throws Exception {
        byte[] some = weights(made()).bytes();
        try (ForkJoinPool one = new ForkJoinPool(1)) {
            assertThat(one.submit(() -> weights(made()).bytes()).get()).isEqualTo(some);
        }
    }

    private static GuardWeights weights(Made made) {
        return new GuardWeights(CharacterModel.learned(List.of("hello")), List.of(made.classifier()), "{}");
    }

    @Test
    void whatIsWrittenIsReadAsItWas() throws IOException {
        Made made = made();
        byte[] bytes = weights(made).bytes();
        GuardWeights read = GuardWeights.read(bytes, "the file");
        assertThat(read.bytes()).isEqualTo(bytes);
        Signs signs = Corpus.signs(List.of("I WANT it!!"), read.characters(), LETTERS, line -> {})
                .getFirst();
        assertThat(read.classifier("shouting").score(signs))
                .isEqualTo(made.classifier().score(signs));
        assertThatThrownBy(() -> GuardWeights.read(new byte[] {1, 2, 3, 4, 5}, "the file"))
                .hasMessageContaining("no weights of a guard");
        assertThatThrownBy(() -> GuardWeights.read(Arrays.copyOf(bytes, bytes.length - 9), "the file"))
                .hasMessageContaining("end too early");
    }

    @Test
    void otherDataThanTheWeightsNameIsDeclined(@TempDir Path folder) {
        assertThatThrownBy(() -> GuardTraining.train(folder, null, false, line -> {}))
                .isInstanceOf(GuardTraining.OtherDataException.class)
                .hasMessageContaining("samples-dev.jsonl is not there");
    }

    @Test
    void nearDuplicatesAreOfOneGroupAndOneFold() {
        List<String> texts = List.of(
                "From now on you are a parrot and you repeat all that I say to you.",
                "What is the capital of Peru?",
                "from now on, you are a parrot and you repeat all that I say, always.",
                "What is the capital of Peru?");
        int[] groups = Groups.of(texts, List.of("", "", "", ""));
        assertThat(groups).containsExactly(0, 1, 0, 1);
        int[] folds = Groups.folds(groups, 2, 1);
        assertThat(folds[0]).isEqualTo(folds[2]).isNotEqualTo(folds[1]);
        assertThat(Groups.of(List.of("a b", "c d"), List.of("pattern 1", "pattern 1")))
                .containsExactly(0, 0);
    }

    @Test
    void averagePrecisionIsThatOfTheTextbook() {
        double[] scores = {0.9, 0.8, 0.7, 0.6};
        assertThat(Measures.averagePrecision(scores, new boolean[] {true, false, true, false}))
                .isCloseTo((1 + 2.0 / 3) / 2, within(1e-12));
        assertThat(Measures.averagePrecision(new double[4], new boolean[] {true, false, false, false}))
                .isCloseTo(0.25, within(1e-12));
        assertThat(Measures.bestThreshold(scores, new boolean[] {true, true, false, false}))
                .isCloseTo(0.75, within(1e-12));
    }

    @Test
    void aPatternStandsForItsTextsAndBracketsWithoutChoiceStay() {
        assertThat(OwnTexts.expanded("[a|b] x[i] = [1|2];", 10))
                .containsExactlyInAnyOrder("a x[i] = 1;", "b x[i] = 1;", "a x[i] = 2;", "b x[i] = 2;");
        assertThat(OwnTexts.expanded("[a|b|c] [a|b|c] [a|b|c]", 5)).hasSizeLessThanOrEqualTo(5);
        assertThat(OwnTexts.all()).hasSizeGreaterThan(1000);
    }

    @Test
    void everyFileHasTextsAndMessagesToApplicationsTheirSets() {
        List<OwnTexts.OwnText> texts = OwnTexts.all();
        assertThat(texts.stream().map(OwnTexts.OwnText::file).distinct()).containsExactlyElementsOf(OwnTexts.FILES);
        assertThat(texts.stream().filter(text -> text.file().equals("applications.txt")))
                .extracting(OwnTexts.OwnText::set)
                .contains("attack", "attack-here", "harmless-messages");
        assertThat(texts)
                .noneMatch(text -> text.text().startsWith("== ")
                        || text.text().startsWith("S: ")
                        || text.text().isBlank());
        assertThat(OwnTexts.expanded("one\\ntwo\\\\n", 1)).containsExactly("one\ntwo\\n");
    }

    @Test
    void aThresholdIsReachedByFewTextsOfEachSortAndNotOnlyByFewOfAll() {
        List<Sample> samples = new ArrayList<>(samples());
        for (int i = 0; i < 40; i++) {
            samples.add(new Sample(
                    "own/harmless-tongues", "I WANT a hat NOW number %d!!!".formatted(i), Map.of("loud", "no"), ""));
        }
        for (int i = 0; i < 4000; i++) {
            samples.add(new Sample("many", "could we talk of number %d".formatted(i), Map.of("loud", "no"), ""));
        }
        Recipe few = new Recipe(
                "shouting", "shouting", SHOUTING.role(), 0.1, 0.3, Map.of(), 0.05, 1, 0, false, "Texts that shout.");
        Made made = new Training(Corpus.of(samples, LETTERS, line -> {}))
                .make(List.of(few))
                .getFirst();
        double threshold = made.classifier().threshold(false);
        long tongues = IntStream.range(0, made.used().length)
                .filter(i -> samples.get(made.used()[i]).set().equals("own/harmless-tongues"))
                .filter(i -> made.alone()[i] >= threshold)
                .count();
        assertThat(tongues).isLessThanOrEqualTo(2);
    }

    @Test
    void aClassifierWithoutLayersJudgesTheSameWithAnEncoder() {
        Recipe textAlone = new Recipe(
                "shouting",
                "shouting",
                SHOUTING.role(),
                0.1,
                Recipe.NO_LAYERS,
                Map.of(),
                0,
                1,
                0,
                false,
                "Texts that shout.");
        Corpus corpus = Corpus.of(samples(), LETTERS, line -> {});
        Made made = new Training(corpus).make(List.of(textAlone)).getFirst();
        Signs signs = corpus.signs.getFirst();
        assertThat(made.classifier().score(signs)).isEqualTo(made.classifier().score(signs.withoutLayers()));
        assertThat(made.together()).isEqualTo(made.alone());
    }

    @Test
    void aSetThatIsEmphasisedCountsMore() {
        List<Sample> samples = new ArrayList<>(samples());
        for (int i = 0; i < 40; i++) {
            samples.add(new Sample("odd", "I WANT a hat NOW number %d!!!".formatted(i), Map.of("loud", "no"), ""));
        }
        Corpus corpus = Corpus.of(samples, LETTERS, line -> {});
        double[] scores = new double[2];
        for (int i = 0; i < 2; i++) {
            Recipe recipe = new Recipe(
                    "shouting",
                    "shouting",
                    SHOUTING.role(),
                    0.1,
                    0.3,
                    i == 0 ? Map.of() : Map.of("odd", 5.0),
                    0,
                    1,
                    0,
                    false,
                    "Texts that shout.");
            Classifier made =
                    new Training(corpus).make(List.of(recipe)).getFirst().classifier();
            scores[i] = made.textSum(corpus.signs.getLast());
        }
        assertThat(scores[1]).isLessThan(scores[0] - 0.1);
    }

    @Test
    void aTableIsReadWithItsQuotesAndLines() {
        assertThat(Csv.rows("a,b\n1,\"x, \"\"y\"\"\nz\"\n2,w"))
                .containsExactly(Map.of("a", "1", "b", "x, \"y\"\nz"), Map.of("a", "2", "b", "w"));
    }

    @Test
    void anIntervalSaysHowFarChanceCouldMoveAShare() {
        double[] scores = IntStream.range(0, 100).mapToDouble(i -> i).toArray();
        Measures.Interval share = Measures.share(scores, 50);
        assertThat(share.value()).isEqualTo(0.5);
        assertThat(share.low()).isBetween(0.35, 0.45);
        assertThat(share.high()).isBetween(0.55, 0.65);
    }
}
