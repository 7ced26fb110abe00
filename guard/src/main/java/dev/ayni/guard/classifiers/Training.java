package dev.ayni.guard.classifiers;

import dev.ayni.guard.classifiers.Classifier.Fusion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes classifiers from a corpus: for each a model over n-grams and counts, one over the encoder's layers, and what their sums
 * are worth together, learned from texts that neither has seen.
 */
final class Training {
    static final int FOLDS = 5;

    /** The directions of the layers that models are fitted in. */
    private static final int DIRECTIONS = 384;

    private static final int TEXT_STEPS = 60;
    private static final int LAYER_STEPS = 150;

    /** Counts beside n-grams: smaller, so that both are held small alike. */
    private static final float COUNTS_SCALE = 0.3f;

    /** An answer's manner beside its n-grams: smaller again, for its numbers are many and say the same thing. */
    private static final float MANNER_SCALE = 0.16f;

    private final Corpus corpus;
    private final float[] countMeans = new float[Counts.SIZE];
    private final float[] countScales = new float[Counts.SIZE];
    private final float[][] counts;
    private final @Nullable Projection projection;
    private final float @Nullable [][] places;

    Training(Corpus corpus) {
        this.corpus = corpus;
        List<Signs> usual = IntStream.range(0, corpus.signs.size())
                .filter(i -> !Recipe.isOwnAnswer(corpus.samples.get(i)))
                .mapToObj(corpus.signs::get)
                .toList();
        int n = usual.size();
        for (int j = 0; j < Counts.SIZE; j++) {
            double sum = 0;
            double squares = 0;
            for (Signs signs : usual) {
                sum += signs.counts()[j];
                squares += (double) signs.counts()[j] * signs.counts()[j];
            }
            countMeans[j] = (float) (sum / n);
            countScales[j] = (float) (COUNTS_SCALE / Math.sqrt(Math.max(1e-6, squares / n - (sum / n) * (sum / n))));
        }
        counts = new float[corpus.signs.size()][Counts.SIZE];
        for (int i = 0; i < counts.length; i++) {
            for (int j = 0; j < Counts.SIZE; j++) {
                counts[i][j] = (corpus.signs.get(i).counts()[j] - countMeans[j]) * countScales[j];
            }
        }
        if (corpus.signs.getFirst().layers() == null) {
            projection = null;
            places = null;
        } else {
            projection = Projection.of(layers(usual), DIRECTIONS);
            places = projection.places(layers(corpus.signs));
        }
    }

    private static float[][] layers(List<Signs> of) {
        return of.stream().map(signs -> signs.layers()).toArray(float[][]::new);
    }

    /**
     * A classifier, and how it judges each sample that its recipe uses when it has not seen it.
     *
     * @param used the places in the corpus of the samples whose labels measure
     * @param together their probabilities with the encoder; without one the same as alone
     * @param alone their probabilities by n-grams and counts
     * @param harmlessTogether the probabilities of all harmless texts with the encoder
     * @param harmlessAlone the same by n-grams and counts
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    record Made(
            Recipe recipe,
            Classifier classifier,
            int[] used,
            boolean[] is,
            double[] together,
            double[] alone,
            double[] harmlessTogether,
            double[] harmlessAlone) {}

    /** Makes the classifiers of all recipes, several at once. */
    List<Made> make(List<Recipe> recipes) {
        return recipes.parallelStream().map(this::make).toList();
    }

    Made make(Recipe recipe) {
        int[] used = corpus.used(recipe);
        int[] groups = new int[used.length];
        for (int i = 0; i < used.length; i++) {
            groups[i] = corpus.groups[used[i]];
        }
        int[] folds = Groups.folds(groups, FOLDS, 1);
        return recipe.answers() ? byModel(recipe, used, folds) : make(recipe, used, folds, FOLDS);
    }

    /** Measured on models of which training saw no answer; the room's own answers stay in their folds. */
    private Made byModel(Recipe recipe, int[] used, int[] folds) {
        List<String> models = new ArrayList<>();
        for (int i = 0; i < used.length; i++) {
            Sample sample = corpus.samples.get(used[i]);
            if (Recipe.isAnswerOfModel(sample)) {
                if (!models.contains(sample.set())) {
                    models.add(sample.set());
                }
                folds[i] = FOLDS + models.indexOf(sample.set());
            }
        }
        return make(recipe, used, folds, FOLDS + models.size());
    }

    /** Makes a classifier that is measured on given folds. */
    Made make(Recipe recipe, int[] used, int[] folds, int count) {
        boolean[] is = new boolean[used.length];
        for (int i = 0; i < used.length; i++) {
            is[i] = recipe.role().apply(corpus.samples.get(used[i])) == Recipe.Role.IS;
        }
        double[] textSums = new double[used.length];
        double[] layerSums = new double[used.length];
        for (int fold = 0; fold < count; fold++) {
            int left = fold;
            int[] train = IntStream.range(0, used.length)
                    .filter(i -> folds[i] != left)
                    .toArray();
            Classifier seen = fit(recipe, used, is, train);
            for (int i = 0; i < used.length; i++) {
                if (folds[i] == fold) {
                    Signs signs = corpus.signs.get(used[i]);
                    textSums[i] = seen.textSum(signs);
                    layerSums[i] = seen.layersSum(signs);
                }
            }
        }
        double[] importance =
                importance(recipe, used, is, IntStream.range(0, used.length).toArray());
        Fusion together = fusion(textSums, layerSums, is, importance, looksAtLayers(recipe));
        Fusion alone = fusion(textSums, new double[used.length], is, importance, false);
        double[] togetherScores = scores(together, textSums, layerSums);
        double[] aloneScores = scores(alone, textSums, layerSums);
        Classifier whole = fit(recipe, used, is, IntStream.range(0, used.length).toArray())
                .withFusions(
                        together.withThreshold(threshold(recipe, used, togetherScores, is)),
                        alone.withThreshold(threshold(recipe, used, aloneScores, is)));
        int[] labelled = labelled(recipe, used);
        return new Made(
                recipe,
                whole,
                Arrays.stream(labelled).map(i -> used[i]).toArray(),
                Measures.taken(is, labelled),
                Measures.taken(togetherScores, labelled),
                Measures.taken(aloneScores, labelled),
                harmless(used, is, togetherScores),
                harmless(used, is, aloneScores));
    }

    private boolean looksAtLayers(Recipe recipe) {
        return places != null && recipe.layersPenalty() != Recipe.NO_LAYERS;
    }

    private double[] harmless(int[] used, boolean[] is, double[] scores) {
        return IntStream.range(0, used.length)
                .filter(i -> !is[i] && Recipe.harmless(corpus.samples.get(used[i])))
                .mapToDouble(i -> scores[i])
                .toArray();
    }

    private static double[] scores(Fusion fusion, double[] textSums, double[] layerSums) {
        return IntStream.range(0, textSums.length)
                .mapToDouble(i -> fusion.probability(textSums[i], layerSums[i]))
                .toArray();
    }

    /** Where no set has more texts above it than may be that are not of the kind, or where precision and recall are best together. */
    private double threshold(Recipe recipe, int[] used, double[] scores, boolean[] is) {
        int[] labelled = labelled(recipe, used);
        double best = recipe.falsePositives() == 0
                ? Measures.bestThreshold(Measures.taken(scores, labelled), Measures.taken(is, labelled))
                : quiet(recipe, used, scores, is);
        double quiet = above(
                recipe.alarms(),
                IntStream.range(0, scores.length)
                        .filter(i -> !is[i] && Recipe.harmless(corpus.samples.get(used[i])))
                        .mapToDouble(i -> scores[i]));
        return Math.max(best, quiet);
    }

    private double quiet(Recipe recipe, int[] used, double[] scores, boolean[] is) {
        Map<String, List<Double>> others = new TreeMap<>();
        for (int i = 0; i < used.length; i++) {
            if (!is[i]) {
                others.computeIfAbsent(
                                Recipe.traffic(corpus.samples.get(used[i]).set()), sort -> new ArrayList<>())
                        .add(scores[i]);
            }
        }
        double threshold = 0;
        for (Map.Entry<String, List<Double>> sort : others.entrySet()) {
            List<Double> theirs = sort.getValue();
            double share = Math.max(recipe.falsePositives(sort.getKey()), 1.0 / theirs.size()); // one is chance
            threshold = Math.max(threshold, above(share, theirs.stream().mapToDouble(Double::doubleValue)));
        }
        return threshold;
    }

    /** The least threshold that only such a share of scores reaches; 0 where there are none. */
    private static double above(double share, DoubleStream scores) {
        double[] sorted = scores.sorted().toArray();
        int above = (int) (share * sorted.length);
        return above >= sorted.length ? 0 : Math.nextUp(sorted[sorted.length - 1 - above]);
    }

    /** The places, among those used, of samples whose labels measure. */
    private int[] labelled(Recipe recipe, int[] used) {
        return IntStream.range(0, used.length)
                .filter(i -> recipe.measures(corpus.samples.get(used[i])))
                .toArray();
    }

    /** A classifier that has seen the samples at some places of those used. */
    private Classifier fit(Recipe recipe, int[] used, boolean[] is, int[] train) {
        double[] importance = importance(recipe, used, is, train);
        MannerScale manner = recipe.answers() ? new MannerScale(used) : null;
        TextTable text = new TextTable(used, is, train, manner);
        double[] textWeights = new LogisticRegression(text, importance, recipe.textPenalty()).fit(TEXT_STEPS);
        float[] countWeights = new float[Counts.SIZE];
        double bias = textWeights[textWeights.length - 1];
        for (int j = 0; j < Counts.SIZE; j++) {
            double weight = textWeights[NGrams.BUCKETS + j] * countScales[j];
            countWeights[j] = (float) weight;
            bias -= weight * countMeans[j];
        }
        float[] mannerWeights = new float[manner == null ? 0 : Manner.SIZE];
        for (int j = 0; manner != null && j < mannerWeights.length; j++) {
            double weight = textWeights[NGrams.BUCKETS + Counts.SIZE + j] * manner.scales[j];
            mannerWeights[j] = (float) weight;
            bias -= weight * manner.means[j];
        }
        float[] layerWeights = {};
        double layersBias = 0;
        if (looksAtLayers(recipe) && places != null && projection != null) {
            PlacesTable table = new PlacesTable(places, used, is, train);
            double[] weights = new LogisticRegression(table, importance, recipe.layersPenalty()).fit(LAYER_STEPS);
            double[] unfolded = projection.unfolded(weights);
            layerWeights = new float[unfolded.length - 1];
            for (int j = 0; j < layerWeights.length; j++) {
                layerWeights[j] = (float) unfolded[j];
            }
            layersBias = unfolded[layerWeights.length] + weights[weights.length - 1];
        }
        return new Classifier(
                recipe.name(),
                recipe.category(),
                BucketWeights.rounded(textWeights),
                countWeights,
                mannerWeights,
                bias,
                layerWeights,
                layersBias,
                new Fusion(1, 1, 0, 0.5),
                new Fusion(1, 0, 0, 0.5));
    }

    /**
     * How much each sample counts: those of the kind together as much as the others, and within each a set by the root of its
     * size, so that a large one does not drown the small. Harmless texts beside labelled ones count together as the recipe says.
     */
    private double[] importance(Recipe recipe, int[] used, boolean[] is, int[] train) {
        Map<String, Integer> sizes = new HashMap<>();
        for (int i : train) {
            sizes.merge(corpus.samples.get(used[i]).set() + is[i], 1, Integer::sum);
        }
        double[] importance = new double[train.length];
        double[] sums = new double[3];
        int labelled = 0;
        for (int i = 0; i < train.length; i++) {
            Sample sample = corpus.samples.get(used[train[i]]);
            importance[i] = recipe.emphasis().getOrDefault(sample.set(), 1.0)
                    / Math.sqrt(sizes.getOrDefault(sample.set() + is[train[i]], 1));
            sums[part(recipe, sample, is[train[i]])] += importance[i];
            labelled += recipe.isBeside(sample) ? 0 : 1;
        }
        for (int i = 0; i < train.length; i++) {
            int part = part(recipe, corpus.samples.get(used[train[i]]), is[train[i]]);
            importance[i] *= labelled / 2.0 / sums[part] * (part == 2 ? recipe.beside() : 1);
        }
        return importance;
    }

    private static int part(Recipe recipe, Sample sample, boolean is) {
        return recipe.isBeside(sample) ? 2 : is ? 1 : 0;
    }

    private static Fusion fusion(
            double[] textSums, double[] layerSums, boolean[] is, double[] importance, boolean layers) {
        float[][] rows = new float[is.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = layers
                    ? new float[] {(float) textSums[i], (float) layerSums[i]}
                    : new float[] {(float) textSums[i]};
        }
        int[] all = IntStream.range(0, is.length).toArray();
        double[] weights = new LogisticRegression(new PlacesTable(rows, all, is, all), importance, 1).fit(100);
        return layers
                ? new Fusion(weights[0], weights[1], weights[2], 0.5)
                : new Fusion(weights[0], 0, weights[1], 0.5);
    }

    /** How the numbers of answers' manner are brought to one size. */
    private final class MannerScale {
        private final float[] means = new float[Manner.SIZE];
        private final float[] scales = new float[Manner.SIZE];

        MannerScale(int[] used) {
            double[] sums = new double[Manner.SIZE];
            double[] squares = new double[Manner.SIZE];
            for (int i : used) {
                float[] manner = manner(i);
                for (int j = 0; j < manner.length; j++) {
                    sums[j] += manner[j];
                    squares[j] += (double) manner[j] * manner[j];
                }
            }
            for (int j = 0; j < means.length; j++) {
                double mean = sums[j] / used.length;
                means[j] = (float) mean;
                scales[j] = (float) (MANNER_SCALE
                        / (0.05 + Math.sqrt(Math.max(0, squares[j] / used.length - mean * mean))));
            }
        }
    }

    private float[] manner(int sample) {
        return Manner.of(corpus.signs.get(sample).text());
    }

    /** N-grams and counts, and of answers their manner. */
    private final class TextTable implements LogisticRegression.Examples {
        private final int[] rows;
        private final boolean[] positive;
        /** Counts, and behind them the manner. */
        private final float[][] numbers;

        TextTable(int[] used, boolean[] is, int[] train, @Nullable MannerScale manner) {
            rows = Arrays.stream(train).map(i -> used[i]).toArray();
            positive = new boolean[train.length];
            numbers = new float[train.length][];
            for (int i = 0; i < train.length; i++) {
                positive[i] = is[train[i]];
                numbers[i] = counts[rows[i]];
                if (manner != null) {
                    float[] seen = manner(rows[i]);
                    numbers[i] = Arrays.copyOf(numbers[i], Counts.SIZE + Manner.SIZE);
                    for (int j = 0; j < Manner.SIZE; j++) {
                        numbers[i][Counts.SIZE + j] = (seen[j] - manner.means[j]) * manner.scales[j];
                    }
                }
            }
        }

        @Override
        public int count() {
            return rows.length;
        }

        @Override
        public int width() {
            return NGrams.BUCKETS + numbers[0].length;
        }

        @Override
        public boolean positive(int row) {
            return positive[row];
        }

        @Override
        public double times(int row, double[] weights) {
            SparseRow few = corpus.signs.get(rows[row]).ngrams();
            double sum = 0;
            for (int i = 0; i < few.places().length; i++) {
                sum += weights[few.places()[i]] * few.values()[i];
            }
            float[] all = numbers[row];
            for (int i = 0; i < all.length; i++) {
                sum += weights[NGrams.BUCKETS + i] * all[i];
            }
            return sum;
        }

        @Override
        public void add(int row, double factor, double[] sums) {
            SparseRow few = corpus.signs.get(rows[row]).ngrams();
            for (int i = 0; i < few.places().length; i++) {
                sums[few.places()[i]] += factor * few.values()[i];
            }
            float[] all = numbers[row];
            for (int i = 0; i < all.length; i++) {
                sums[NGrams.BUCKETS + i] += factor * all[i];
            }
        }
    }

    /** Rows of which every number is there. */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    record PlacesTable(float[][] table, int[] rows, boolean[] positives) implements LogisticRegression.Examples {
        PlacesTable(float[][] table, int[] used, boolean[] is, int[] train) {
            this(table, new int[train.length], new boolean[train.length]);
            for (int i = 0; i < train.length; i++) {
                rows[i] = used[train[i]];
                positives[i] = is[train[i]];
            }
        }

        @Override
        public int count() {
            return rows.length;
        }

        @Override
        public int width() {
            return table[0].length;
        }

        @Override
        public boolean positive(int row) {
            return positives[row];
        }

        @Override
        public double times(int row, double[] weights) {
            double sum = 0;
            float[] numbers = table[rows[row]];
            for (int i = 0; i < numbers.length; i++) {
                sum += weights[i] * numbers[i];
            }
            return sum;
        }

        @Override
        public void add(int row, double factor, double[] sums) {
            float[] numbers = table[rows[row]];
            for (int i = 0; i < numbers.length; i++) {
                sums[i] += factor * numbers[i];
            }
        }
    }
}
