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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A category of the user's own, learned from 5 to 50 examples when it is opened; with an estimate of how often it errs. What is
 * not of the category is known from what people ask, harmless and harmful, and from the texts that the user gives.
 */
public final class FewExamples implements Check {
    /** Fewer examples say too little. */
    public static final int LEAST = 5;

    /*
     * A text's score is how much it lies, from the middle of what people ask, in the direction of the examples' mean: Fisher's
     * discriminant with the covariance of the known texts, for a few examples have none of their own. The category's name
     * counts as much as one example. The nearest example adds a fifth, for a category may be of several parts. The threshold lies between what examples score on average while they are left out and
     * what all but a few of the known texts score; the more others the user gives, the more it lies in the middle between
     * examples and others, and their mean and the nearest of them count against a text.
     */
    private static final double EXAMPLES_SHARE = 0.6;

    private static final double QUIET = 0.98;
    private static final double NEAREST_SHARE = 0.2;
    /** Over the distance from the threshold to what an example scores on average: there a score is 0.9. */
    private static final double STEEPNESS = StrictMath.log(9);

    /** How much of the way from the others' mean counts beside that from the middle of the known texts. */
    private static final double OTHERS_SHARE = 0.5;

    private static final double OTHERS_QUIET = 0.9;
    /** From so many others on they say more of the threshold than the known texts. */
    private static final double OTHERS_NEEDED = 10;

    private static final Pattern CODE = Pattern.compile("[A-Z]?\\d+|.?");
    private static final int NONE = -1;
    private static final int REACH = 200;

    private final String category;
    private final KnownTexts known;
    private final double[] toMean;
    private final double[][] toEach;
    private final double[][] toOthers;
    private final double threshold;
    private final double steepness;
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

    private FewExamples(String category, KnownTexts known, Fit fit, @Nullable Seen seen, List<Digest> madeFrom) {
        this.category = category;
        this.known = known;
        this.toMean = fit.toMean;
        this.toEach = fit.toEach;
        this.toOthers = fit.toOthers;
        this.threshold = fit.threshold;
        this.steepness = fit.steepness;
        this.estimate = fit.estimate;
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
        Embedder encoder = Objects.requireNonNull(seen.encoder());
        String name = words(given.category());
        Fit fit = fit(
                KnownTexts.layers(examples, encoder),
                KnownTexts.layers(given.others(), encoder),
                name.isEmpty()
                        ? null
                        : KnownTexts.layers(List.of(name), encoder).getFirst(),
                KnownTexts.shipped());
        return new FewExamples(given.category(), KnownTexts.shipped(), fit, seen, List.of(given.digest()));
    }

    /**
     * Learns from layers; what is learned can score layers, but sees no texts.
     *
     * @param name the layers of the category's name; null: it has none that says anything
     */
    static FewExamples learned(
            List<float[]> examples, List<float[]> others, float @Nullable [] name, KnownTexts known) {
        return new FewExamples("trial", known, fit(examples, others, name, known), null, List.of());
    }

    /** What a category's name says in words: {@code topic/boats} says "topic, boats", {@code S9} says nothing. */
    static String words(String category) {
        return CODE.matcher(category).matches()
                ? ""
                : category.replace('_', ' ')
                        .replace('-', ' ')
                        .replace("/", ", ")
                        .toLowerCase(Locale.ROOT);
    }

    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    private record Fit(
            double[] toMean,
            double[][] toEach,
            double[][] toOthers,
            double threshold,
            double steepness,
            Estimate estimate) {}

    private static Fit fit(List<float[]> examples, List<float[]> others, float @Nullable [] name, KnownTexts known) {
        int n = examples.size();
        float[] middle = known.middle();
        float[][] places = examples.stream().map(known::place).toArray(float[][]::new);
        float[][] otherPlaces = others.stream().map(known::place).toArray(float[][]::new);
        double[] sum = new double[middle.length];
        for (float[] place : places) {
            add(sum, place, middle, 1);
        }
        if (name != null) {
            float[] place = known.place(name);
            for (int j = 0; j < known.width(); j++) {
                sum[j] += place[j];
            }
        }
        double[] otherSum = new double[middle.length];
        for (float[] place : otherPlaces) {
            add(otherSum, place, middle, 1);
        }
        double[] toMean = weights(sum, n, otherSum, others.size(), known);
        double[][] toEach = toEach(places, known);
        double[][] toOthers = toEach(otherPlaces, known);
        double[] left = new double[n];
        double mean = 0;
        for (int i = 0; i < n; i++) {
            double[] without = sum.clone();
            add(without, places[i], middle, -1);
            double[] toRest = weights(without, n - 1, otherSum, others.size(), known);
            left[i] = score(toRest, toEach, i, toOthers, NONE, places[i]);
            mean += left[i] / n;
        }
        double[] rest = new double[known.size() + others.size()];
        for (int i = 0; i < known.size(); i++) {
            rest[i] = score(toMean, toEach, NONE, toOthers, NONE, known.place(i));
        }
        for (int i = 0; i < others.size(); i++) {
            double[] without = otherSum.clone();
            add(without, otherPlaces[i], middle, -1);
            double[] fromRest = weights(sum, n, without, others.size() - 1, known);
            rest[known.size() + i] = score(fromRest, toEach, NONE, toOthers, i, otherPlaces[i]);
        }
        double quiet = quantile(rest, 0, known.size(), QUIET);
        double threshold = EXAMPLES_SHARE * mean + (1 - EXAMPLES_SHARE) * quiet;
        if (!others.isEmpty()) {
            double told = others.size() / (others.size() + OTHERS_NEEDED);
            double between = (mean + quantile(rest, known.size(), rest.length, OTHERS_QUIET)) / 2;
            threshold = (1 - told) * threshold + told * between;
        }
        double least = threshold;
        return new Fit(
                toMean,
                toEach,
                toOthers,
                threshold,
                STEEPNESS / Math.max(1e-6, Math.abs(mean - threshold)),
                new Estimate(
                        n,
                        Arrays.stream(left).filter(score -> score >= least).count() / (double) n,
                        Arrays.stream(rest).filter(score -> score >= least).count() / (double) rest.length,
                        "Measured on %d examples, each left out in turn, and on %d other texts; texts that are nearly of the category are few among the others, so that it errs more often on those."
                                .formatted(n, rest.length)));
    }

    /** From the sum of so many examples and the sum of so many others, both from the middle of the known texts. */
    private static double[] weights(double[] sum, int count, double[] otherSum, int others, KnownTexts known) {
        double[] difference = new double[sum.length];
        for (int j = 0; j < sum.length; j++) {
            difference[j] = sum[j] / count - (others == 0 ? 0 : OTHERS_SHARE * otherSum[j] / others);
        }
        return known.weights(difference);
    }

    private static double[][] toEach(float[][] places, KnownTexts known) {
        double[][] toEach = new double[places.length][];
        for (int i = 0; i < places.length; i++) {
            double[] one = new double[known.middle().length];
            add(one, places[i], known.middle(), 1);
            toEach[i] = known.weights(one);
        }
        return toEach;
    }

    private static double quantile(double[] scores, int from, int to, double share) {
        double[] sorted = Arrays.copyOfRange(scores, from, to);
        Arrays.sort(sorted);
        return sorted[(int) (share * (sorted.length - 1))];
    }

    private static void add(double[] sum, float[] place, float[] middle, int factor) {
        for (int j = 0; j < sum.length; j++) {
            sum[j] += factor * (place[j] - (double) middle[j]);
        }
    }

    /**
     * @param example an example that does not count, for the text is this one; or none
     * @param other the same of the others
     */
    private static double score(
            double[] toMean, double[][] toEach, int example, double[][] toOthers, int other, float[] place) {
        return sum(toMean, place) + NEAREST_SHARE * (nearest(toEach, example, place) - nearest(toOthers, other, place));
    }

    private static double nearest(double[][] toEach, int left, float[] place) {
        double nearest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < toEach.length; i++) {
            if (i != left) {
                nearest = Math.max(nearest, sum(toEach[i], place));
            }
        }
        return Double.isInfinite(nearest) ? 0 : nearest;
    }

    private static double sum(double[] weights, float[] row) {
        double sum = 0;
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
        double above = score(toMean, toEach, NONE, toOthers, NONE, known.place(layers)) - threshold;
        return 1 / (1 + StrictMath.exp(-above * steepness));
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
