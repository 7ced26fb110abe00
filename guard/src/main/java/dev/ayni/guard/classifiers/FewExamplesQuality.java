package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.classifiers.Measures.Confusion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Measures categories of few examples beside plain methods that have the same examples, other texts and vectors. */
final class FewExamplesQuality {
    private static final int CATEGORIES = 10;
    private static final int DRAWS = 5;
    private static final int[] COUNTS = {5, 10, 20, 50};

    /** What of a category must be left to find. */
    private static final int LEAST_LEFT = 10;

    private static final List<String> METHODS = List.of(
            "these",
            "the same, category without a name",
            "nearest neighbour",
            "logistic regression",
            "classes balanced");

    private final Embedder encoder;
    private final KnownTexts known;
    private final float[][] knownVectors;
    private final Map<String, List<float[]>> harmless = new LinkedHashMap<>();
    /** How near the nearest known text is to a text, by its layers. */
    private final Map<float[], Double> nearestKnown = new IdentityHashMap<>();

    private final Consumer<String> aloud;
    private final StringBuilder out = new StringBuilder();

    private FewExamplesQuality(Path data, Embedder encoder, Consumer<String> aloud) throws IOException {
        this.encoder = encoder;
        this.aloud = aloud;
        List<Sample> samples =
                Corpus.samples(data).stream().filter(KnownTexts::has).toList();
        List<float[]> layers =
                KnownTexts.layers(samples.stream().map(Sample::text).toList(), encoder);
        known = KnownTexts.of(samples, layers);
        knownVectors = layers.stream().map(KnownTexts::vector).toArray(float[][]::new);
        for (DataSet set : List.of(DataSet.HARMLESS_VAL, DataSet.SECURITY_QUESTIONS)) {
            harmless.put(
                    set.title(),
                    KnownTexts.layers(
                            set.read(data).stream()
                                    .map(Sample::text)
                                    .limit(1000)
                                    .toList(),
                            encoder));
        }
    }

    /** Ten categories of each of two sets, each learned in turn from a few of its questions, as Markdown. */
    static String tables(Path data, Embedder encoder, Consumer<String> aloud) throws IOException {
        FewExamplesQuality quality = new FewExamplesQuality(data, encoder, aloud);
        quality.table(DataSet.CATQA, data);
        quality.table(DataSet.HARMFULQA, data);
        return quality.out.toString();
    }

    private void line(String format, Object... values) {
        out.append(format.formatted(values)).append('\n');
        aloud.accept(format.formatted(values));
    }

    /** A category of a set: its name's layers, and those of its texts. */
    private record Category(float[] name, List<float[]> texts) {}

    private void table(DataSet set, Path data) throws IOException {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        for (Sample sample : set.read(data)) {
            texts.computeIfAbsent(sample.label("group"), name -> new ArrayList<>())
                    .add(sample.text());
        }
        List<Category> ten = new ArrayList<>();
        for (Map.Entry<String, List<String>> each :
                texts.entrySet().stream().limit(CATEGORIES).toList()) {
            ten.add(new Category(
                    KnownTexts.layers(List.of(FewExamples.words(each.getKey())), encoder)
                            .getFirst(),
                    KnownTexts.layers(each.getValue(), encoder)));
        }
        line("\n### Few examples: ten categories of %s in turn, mean F1 of five draws\n", set.title());
        line("| examples | %s | taken of %s |", String.join(" | ", METHODS), String.join(", of ", harmless.keySet()));
        line("|---|---|---|---|---|---|---|");
        List<String> above = new ArrayList<>();
        for (int count : COUNTS) {
            int fewest =
                    ten.stream().mapToInt(each -> each.texts().size()).min().orElseThrow();
            count(Math.min(count, fewest - LEAST_LEFT), ten, above);
        }
        above.forEach(each -> line("%s", each));
    }

    private void count(int count, List<Category> ten, List<String> above) {
        double[][] f1 = new double[METHODS.size()][ten.size()];
        double[] alarms = new double[harmless.size()];
        for (int each = 0; each < ten.size(); each++) {
            for (int draw = 0; draw < DRAWS; draw++) {
                List<float[]> mine = new ArrayList<>(ten.get(each).texts());
                Collections.shuffle(mine, new Random(draw * 100L + each));
                List<float[]> examples = mine.subList(0, count);
                List<float[]> tests = new ArrayList<>(mine.subList(count, mine.size()));
                boolean[] is = new boolean
                        [ten.stream()
                                        .mapToInt(category -> category.texts().size())
                                        .sum()
                                - count];
                Arrays.fill(is, 0, tests.size(), true);
                for (Category other : ten) {
                    if (other != ten.get(each)) {
                        tests.addAll(other.texts());
                    }
                }
                FewExamples named =
                        FewExamples.learned(examples, List.of(), ten.get(each).name(), known);
                FewExamples nameless = FewExamples.learned(examples, List.of(), null, known);
                f1[0][each] += Confusion.of(scores(named, tests), is, 0.5).f1() / DRAWS;
                f1[1][each] += Confusion.of(scores(nameless, tests), is, 0.5).f1() / DRAWS;
                double[][] plain = plain(examples, tests);
                for (int i = 0; i < plain.length; i++) {
                    f1[i + 2][each] += Confusion.of(plain[i], is, 0).f1() / DRAWS;
                }
                int place = 0;
                for (List<float[]> texts : harmless.values()) {
                    alarms[place++] += Arrays.stream(scores(named, texts))
                                    .filter(score -> score >= 0.5)
                                    .count()
                            / (double) (texts.size() * DRAWS * ten.size());
                }
            }
        }
        List<String> cells = new ArrayList<>();
        for (double[] method : f1) {
            cells.add(Measures.interval(method.length, drawn -> mean(Measures.taken(method, drawn)))
                    .toString());
        }
        line(
                "| %d | %s | %s |",
                count,
                String.join(" | ", cells),
                String.join(
                        ", ", Arrays.stream(alarms).mapToObj("%.4f"::formatted).toList()));
        for (int i = 2; i < METHODS.size(); i++) {
            double[] beside = f1[i];
            above.add("\nFrom %d examples, above %s: %s"
                    .formatted(
                            count,
                            METHODS.get(i),
                            Measures.interval(
                                    beside.length,
                                    drawn ->
                                            mean(Measures.taken(f1[0], drawn)) - mean(Measures.taken(beside, drawn)))));
        }
    }

    private static double mean(double[] numbers) {
        return Arrays.stream(numbers).average().orElse(0);
    }

    private static double[] scores(FewExamples learned, List<float[]> texts) {
        return texts.stream().mapToDouble(learned::score).toArray();
    }

    private static double nearest(float[] vector, float[][] others) {
        return Arrays.stream(others)
                .parallel()
                .mapToDouble(other -> {
                    double near = 0;
                    for (int k = 0; k < vector.length; k++) {
                        near += vector[k] * other[k];
                    }
                    return near;
                })
                .max()
                .orElse(-1);
    }

    /** By nearest neighbour and two regressions; above 0 a text is taken for one of the category. */
    private double[][] plain(List<float[]> examples, List<float[]> tests) {
        float[][] rows = new float[examples.size() + knownVectors.length][];
        boolean[] is = new boolean[rows.length];
        double[] same = new double[rows.length];
        double[] balanced = new double[rows.length];
        for (int i = 0; i < rows.length; i++) {
            is[i] = i < examples.size();
            rows[i] = is[i] ? KnownTexts.vector(examples.get(i)) : knownVectors[i - examples.size()];
            same[i] = 1;
            balanced[i] = rows.length / 2.0 / (is[i] ? examples.size() : knownVectors.length);
        }
        int[] all = IntStream.range(0, rows.length).toArray();
        Training.PlacesTable table = new Training.PlacesTable(rows, all, is, all);
        double[] regression = new LogisticRegression(table, same, 1).fit(100);
        double[] balancedRegression = new LogisticRegression(table, balanced, 1).fit(100);
        double[][] scores = new double[3][tests.size()];
        for (int i = 0; i < tests.size(); i++) {
            float[] test = KnownTexts.vector(tests.get(i));
            float[][] mine = Arrays.copyOf(rows, examples.size());
            scores[0][i] = nearest(test, mine)
                    - nearestKnown.computeIfAbsent(tests.get(i), layers -> nearest(test, knownVectors));
            scores[1][i] = regression[test.length];
            scores[2][i] = balancedRegression[test.length];
            for (int k = 0; k < test.length; k++) {
                scores[1][i] += regression[k] * test[k];
                scores[2][i] += balancedRegression[k] * test[k];
            }
        }
        return scores;
    }
}
