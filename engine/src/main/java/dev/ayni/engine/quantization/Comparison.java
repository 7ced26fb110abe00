package dev.ayni.engine.quantization;

import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * How well two models with the same tokens foresee a text, and how far apart their predictions are. The text is cut into
 * windows of 512 tokens without overlap, of which the last 255 predictions count, as llama-perplexity does.
 *
 * @param perplexityBefore of the first model; 1 would be certainty
 * @param perplexityAfter of the second one
 * @param divergence the mean Kullback-Leibler divergence of the second's predictions from the first's, in natural logarithms;
 *     0 where both foresee the same
 * @param divergence99 the divergence that 99 of 100 predictions do not exceed
 * @param largestDivergence the largest of one prediction
 * @param sameBest the share of predictions in which both hold the same token for the most probable
 * @param predictions how many were compared
 */
public record Comparison(
        double perplexityBefore,
        double perplexityAfter,
        double divergence,
        double divergence99,
        double largestDivergence,
        double sameBest,
        int predictions) {
    private static final int WINDOW = 512;
    private static final int FIRST_SCORED = 256;
    private static final int TOKENS_AT_ONCE = 32;

    /**
     * Compares two models.
     *
     * @param tokenizer that of both
     * @param mostWindows how many windows are read at most; 0: all
     * @param progress hears how many windows of how many are read
     * @throws WeightsException if the text is too short, or the models' tokens differ
     */
    public static Comparison of(
            Model before,
            Model after,
            Tokenizer tokenizer,
            String text,
            int mostWindows,
            BiConsumer<Integer, Integer> progress) {
        if (before.spec().vocabulary() != after.spec().vocabulary()) {
            throw new WeightsException("%s has %d tokens and %s has %d: they cannot be compared. Give two of one model."
                    .formatted(
                            before.spec().name(),
                            before.spec().vocabulary(),
                            after.spec().name(),
                            after.spec().vocabulary()));
        }
        int[] ids = tokenizer.encode(text, false);
        int windows = ids.length / WINDOW;
        if (windows == 0) {
            throw new WeightsException("The text has %d tokens, and at least %d are needed. Give a longer text."
                    .formatted(ids.length, WINDOW));
        }
        windows = mostWindows == 0 ? windows : Math.min(windows, mostWindows);
        boolean begins =
                tokenizer.roles().addBegin() && tokenizer.roles().begin().isPresent();
        Sums sums = new Sums(windows * (WINDOW - 1 - FIRST_SCORED));
        for (int w = 0; w < windows; w++) {
            int[] window = Arrays.copyOfRange(ids, w * WINDOW, (w + 1) * WINDOW);
            if (begins) {
                window[0] = tokenizer.roles().begin().getAsInt();
            }
            compare(before, after, window, sums);
            progress.accept(w + 1, windows);
        }
        return sums.result();
    }

    private static void compare(Model before, Model after, int[] window, Sums sums) {
        try (KvCache cacheBefore = before.newCache();
                KvCache cacheAfter = after.newCache()) {
            int[] unscored = Arrays.copyOf(window, FIRST_SCORED);
            before.forward(List.of(new Run(unscored, cacheBefore, Wanted.NONE)));
            after.forward(List.of(new Run(unscored, cacheAfter, Wanted.NONE)));
            // the last position's prediction is of the next window's first token, and not scored
            for (int from = FIRST_SCORED; from < WINDOW - 1; from += TOKENS_AT_ONCE) {
                int[] piece = Arrays.copyOfRange(window, from, Math.min(from + TOKENS_AT_ONCE, WINDOW - 1));
                float[][] one = before.forward(List.of(new Run(piece, cacheBefore, Wanted.ALL)))
                        .getFirst();
                float[][] other = after.forward(List.of(new Run(piece, cacheAfter, Wanted.ALL)))
                        .getFirst();
                for (int i = 0; i < piece.length; i++) {
                    sums.add(one[i], other[i], window[from + i + 1]);
                }
            }
        }
    }

    private static final class Sums {
        private final double[] divergences;
        private int count;
        private int same;
        private double lossBefore;
        private double lossAfter;

        Sums(int predictions) {
            divergences = new double[predictions];
        }

        void add(float[] before_V, float[] after_V, int token) {
            double normBefore = logSum(before_V);
            double normAfter = logSum(after_V);
            double divergence = 0;
            int bestBefore = 0;
            int bestAfter = 0;
            for (int i = 0; i < before_V.length; i++) {
                double logBefore = before_V[i] - normBefore;
                divergence += Math.exp(logBefore) * (logBefore - (after_V[i] - normAfter));
                bestBefore = before_V[i] > before_V[bestBefore] ? i : bestBefore;
                bestAfter = after_V[i] > after_V[bestAfter] ? i : bestAfter;
            }
            divergences[count++] = Math.max(0, divergence); // rounding may leave a little less than nothing
            same += bestBefore == bestAfter ? 1 : 0;
            lossBefore += normBefore - before_V[token];
            lossAfter += normAfter - after_V[token];
        }

        private static double logSum(float[] logits_V) {
            double most = Double.NEGATIVE_INFINITY;
            for (float logit : logits_V) {
                most = Math.max(most, logit);
            }
            double sum = 0;
            for (float logit : logits_V) {
                sum += Math.exp(logit - most);
            }
            return most + Math.log(sum);
        }

        Comparison result() {
            double[] sorted = divergences.clone();
            Arrays.sort(sorted);
            return new Comparison(
                    Math.exp(lossBefore / count),
                    Math.exp(lossAfter / count),
                    Arrays.stream(sorted).sum() / count,
                    sorted[(int) (0.99 * (count - 1))],
                    sorted[count - 1],
                    (double) same / count,
                    count);
        }
    }
}
