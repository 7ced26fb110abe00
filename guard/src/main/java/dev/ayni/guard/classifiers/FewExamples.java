package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A category of the user's own, learned from 5 to 50 examples when it is opened; with an estimate of how often it errs. What is
 * not of the category is known from texts that trained the room's classifiers, and from those that the user gives.
 */
public final class FewExamples implements Check {
    /** Fewer examples say too little. */
    public static final int LEAST = 5;

    /*
     * Logistic regression on the encoder's layers, brought to equal spread along the directions in which ordinary texts differ:
     * what a few examples share then stands out. With few examples the threshold stays in the middle; the more there are, the
     * more it follows the scores of examples that were left out.
     */
    private static final int DIRECTIONS = 256;

    private static final double PENALTY = 0.3;
    private static final int FOLDS = 5;
    private static final int REACH = 200;

    private final String category;
    private final Background background;
    private final double[] weights;
    private final double threshold;
    private final Estimate estimate;
    private final @Nullable Seen seen;
    private final List<Digest> madeFrom;

    /**
     * How often the category errs, measured on examples while they are left out.
     *
     * @param examples how many there are
     * @param recall the share of left out examples that are found
     * @param falsePositives the share of other texts that are taken for the category
     * @param why what limits the estimate, in words
     */
    public record Estimate(int examples, double recall, double falsePositives, String why) {}

    private FewExamples(
            String category,
            Background background,
            double[] weights,
            double threshold,
            Estimate estimate,
            @Nullable Seen seen,
            List<Digest> madeFrom) {
        this.category = category;
        this.background = background;
        this.weights = weights;
        this.threshold = threshold;
        this.estimate = estimate;
        this.seen = seen;
        this.madeFrom = List.copyOf(madeFrom);
    }

    /** Examples of a category, as a file holds them; {@code others} are texts that are alike but not of it. */
    public record Examples(String category, List<String> examples, List<String> others) {
        public Examples {
            examples = List.copyOf(examples);
            others = List.copyOf(others);
        }

        /** Of all that they say, in their order. */
        Digest digest() {
            return Digest.of(JsonMapper.shared().writeValueAsBytes(List.of(category, examples, others)));
        }

        /**
         * Reads a file: YAML with {@code category}, {@code examples} and, if wanted, {@code others}; or JSON Lines, each with a
         * {@code text} and, where it is none of the category, {@code "is": false}; the category is then the file's name.
         *
         * @throws IOException if the file cannot be read, or is neither
         */
        public static Examples of(Path file) throws IOException {
            String name = String.valueOf(file.getFileName());
            List<String> examples = new ArrayList<>();
            List<String> others = new ArrayList<>();
            String category = name.replaceFirst("\\.[a-z]+$", "");
            if (name.toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
                int number = 0;
                for (String line : Files.readAllLines(file)) {
                    number++;
                    if (line.isBlank()) {
                        continue;
                    }
                    JsonNode node = JsonMapper.shared().readTree(line);
                    if (!node.path("text").isString()) {
                        throw new IOException(
                                "%s, line %d: expected an object with a \"text\", and \"is\": false where it is no example."
                                        .formatted(file, number));
                    }
                    (node.path("is").asBoolean(true) ? examples : others)
                            .add(node.get("text").asString());
                }
            } else {
                JsonNode root = YAMLMapper.shared().readTree(Files.readString(file));
                if (!root.path("examples").isArray()) {
                    throw new IOException(
                            "%s has no list of 'examples'. Expected: category: NAME, examples: a list of texts, others: a list of texts that are none."
                                    .formatted(file));
                }
                category = root.path("category").asString(category);
                root.get("examples").forEach(each -> examples.add(each.asString()));
                root.path("others").forEach(each -> others.add(each.asString()));
            }
            return new Examples(category, examples, others);
        }
    }

    /**
     * Learns a category.
     *
     * @param encoder minilm
     * @throws IllegalArgumentException if there are fewer than {@link #LEAST} examples
     */
    public static FewExamples learned(Examples given, GuardWeights weights, Embedder encoder) {
        return learned(given, new Seen(weights, encoder));
    }

    /** Learns a category that shares what it sees of a text with other checks. */
    static FewExamples learned(Examples given, Seen seen) {
        List<String> examples = given.examples().stream().distinct().toList();
        if (examples.size() < LEAST) {
            throw new IllegalArgumentException("The category '%s' has %d examples. Give at least %d, better 20."
                    .formatted(given.category(), examples.size(), LEAST));
        }
        return learned(
                        given.category(),
                        examples.stream().map(text -> layers(text, seen)).toList(),
                        given.others().stream().map(text -> layers(text, seen)).toList(),
                        seen.weights().background())
                .seeing(seen, given.digest());
    }

    /** Learns from layers; what is learned can score layers, but sees no texts. */
    static FewExamples learned(String category, List<float[]> examples, List<float[]> others, Background background) {
        List<float[]> rows = new ArrayList<>();
        for (float[] layers : examples) {
            rows.add(background.place(layers, DIRECTIONS));
        }
        for (float[] layers : others) {
            rows.add(background.place(layers, DIRECTIONS));
        }
        for (int i = 0; i < background.size(); i++) {
            rows.add(background.place(i, DIRECTIONS));
        }
        Fit fit = fit(rows.toArray(float[][]::new), examples.size());
        return new FewExamples(category, background, fit.weights, fit.threshold, fit.estimate, null, List.of());
    }

    private FewExamples seeing(Seen texts, Digest digest) {
        return new FewExamples(category, background, weights, threshold, estimate, texts, List.of(digest));
    }

    private static float[] layers(String text, Seen seen) {
        Windows.Window window = Windows.of(text).getFirst();
        String first = text.substring(window.start(), window.end());
        return Objects.requireNonNull(
                Corpus.signs(List.of(first), seen.weights().characters(), seen.encoder(), line -> {})
                        .getFirst()
                        .layers());
    }

    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    private record Fit(double[] weights, double threshold, Estimate estimate) {}

    /** @param rows the examples first, then texts that are none */
    private static Fit fit(float[][] rows, int examples) {
        int[] all = IntStream.range(0, rows.length).toArray();
        double[] whole = fit(rows, examples, all);
        int folds = Math.min(FOLDS, examples);
        double[] left = new double[rows.length];
        for (int fold = 0; fold < folds; fold++) {
            int out = fold;
            double[] without = fit(
                    rows,
                    examples,
                    Arrays.stream(all).filter(i -> i % folds != out).toArray());
            for (int i = 0; i < rows.length; i++) {
                if (i % folds == fold) {
                    left[i] = sum(without, rows[i]);
                }
            }
        }
        double mean = 0;
        double squares = 0;
        for (int i = 0; i < examples; i++) {
            mean += left[i] / examples;
            squares += left[i] * left[i] / examples;
        }
        double usual = mean - 0.4 * Math.sqrt(Math.max(0, squares - mean * mean));
        double trust = 1 - (double) LEAST / examples;
        double threshold = trust * usual;
        int found = 0;
        int taken = 0;
        for (int i = 0; i < rows.length; i++) {
            if (left[i] >= threshold) {
                found += i < examples ? 1 : 0;
                taken += i < examples ? 0 : 1;
            }
        }
        return new Fit(
                whole,
                threshold,
                new Estimate(
                        examples,
                        (double) found / examples,
                        (double) taken / (rows.length - examples),
                        "Measured on %d examples and %d other texts in %d folds; texts that are nearly of the category are few among the others, so that it errs more often on those."
                                .formatted(examples, rows.length - examples, folds)));
    }

    private static double[] fit(float[][] rows, int examples, int[] train) {
        boolean[] is = new boolean[rows.length];
        Arrays.fill(is, 0, examples, true);
        int positives = (int) Arrays.stream(train).filter(i -> i < examples).count();
        double[] importance = new double[train.length];
        for (int i = 0; i < train.length; i++) {
            importance[i] = train[i] < examples ? 0.5 * (train.length - positives) / positives : 1;
        }
        int[] same = IntStream.range(0, rows.length).toArray();
        return new LogisticRegression(new Training.PlacesTable(rows, same, is, train), importance, PENALTY).fit(100);
    }

    private static double sum(double[] weights, float[] row) {
        double sum = weights[row.length];
        for (int i = 0; i < row.length; i++) {
            sum += weights[i] * row[i];
        }
        return sum;
    }

    /** How often it errs. */
    public Estimate estimate() {
        return estimate;
    }

    /** How sure it is that a text is of the category; 0.5 where the threshold lies. */
    double score(float[] layers) {
        double above = sum(weights, background.place(layers, DIRECTIONS)) - threshold;
        return 1 / (1 + StrictMath.exp(-above));
    }

    @Override
    public String name() {
        return "examples";
    }

    @Override
    public Set<String> categories() {
        return Set.of(category);
    }

    @Override
    public int reach() {
        return REACH;
    }

    @Override
    public List<Digest> madeFrom() {
        return madeFrom;
    }

    @Override
    public List<Finding> find(Reading reading) {
        if (seen == null) {
            throw new IllegalStateException("The category was learned from layers, to be measured, and sees no texts.");
        }
        Seen.Part most = null;
        double score = 0;
        for (Seen.Part part : seen.plain(reading)) {
            float @Nullable [] layers = part.signs().layers();
            double here = layers == null ? 0 : score(layers);
            if (here > score) {
                score = here;
                most = part;
            }
        }
        if (most == null || score < 0.5) {
            return List.of();
        }
        return List.of(new Finding(
                category,
                score,
                most.start(),
                most.end(),
                "examples/" + category,
                "Reads like the %d examples given.".formatted(estimate.examples())));
    }
}
