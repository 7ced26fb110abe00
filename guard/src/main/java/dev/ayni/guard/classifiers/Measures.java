package dev.ayni.guard.classifiers;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** How good scores are: plain counts, the area under the curve of precision over recall, and how far chance could move them. */
final class Measures {
    private static final int RESAMPLES = 1000;

    private Measures() {}

    /**
     * @param low below it lie 2.5 of a hundred resamples
     * @param high above it lie 2.5 of a hundred resamples
     */
    record Interval(double value, double low, double high) {
        @Override
        public String toString() {
            return "%.3f [%.3f, %.3f]".formatted(value, low, high);
        }
    }

    /** What a threshold does. */
    record Confusion(int hits, int misses, int falseAlarms, int rejections) {
        static Confusion of(double[] scores, boolean[] is, double threshold) {
            int[] counts = new int[4];
            for (int i = 0; i < scores.length; i++) {
                counts[(is[i] ? 0 : 2) + (scores[i] >= threshold == is[i] ? 0 : 1)]++;
            }
            return new Confusion(counts[0], counts[1], counts[3], counts[2]);
        }

        double precision() {
            return (double) hits / Math.max(1, hits + falseAlarms);
        }

        double recall() {
            return (double) hits / Math.max(1, hits + misses);
        }

        double specificity() {
            return (double) rejections / Math.max(1, rejections + falseAlarms);
        }

        double accuracy() {
            return (double) (hits + rejections) / Math.max(1, hits + misses + falseAlarms + rejections);
        }

        double f1() {
            return 2.0 * hits / Math.max(1, 2 * hits + falseAlarms + misses);
        }
    }

    /** The mean of the precision at each positive, in the order of scores; ties count as one step. */
    static double averagePrecision(double[] scores, boolean[] is) {
        Integer[] order = order(scores);
        int positives = 0;
        for (boolean each : is) {
            positives += each ? 1 : 0;
        }
        double sum = 0;
        int hits = 0;
        for (int from = 0; from < order.length; ) {
            int to = from;
            int now = 0;
            while (to < order.length && scores[order[to]] == scores[order[from]]) {
                now += is[order[to]] ? 1 : 0;
                to++;
            }
            hits += now;
            sum += (double) now * hits / to;
            from = to;
        }
        return positives == 0 ? 0 : sum / positives;
    }

    /** The threshold at which precision and recall are best together (F1). */
    static double bestThreshold(double[] scores, boolean[] is) {
        Integer[] order = order(scores);
        int positives = 0;
        for (boolean each : is) {
            positives += each ? 1 : 0;
        }
        double best = -1;
        double threshold = 0.5;
        int hits = 0;
        for (int i = 0; i < order.length; i++) {
            hits += is[order[i]] ? 1 : 0;
            boolean last = i + 1 == order.length || scores[order[i + 1]] < scores[order[i]];
            double f1 = 2.0 * hits / (positives + i + 1);
            if (last && f1 > best) {
                best = f1;
                threshold = i + 1 == order.length ? scores[order[i]] : (scores[order[i]] + scores[order[i + 1]]) / 2;
            }
        }
        return threshold;
    }

    private static Integer[] order(double[] scores) {
        Integer[] order = new Integer[scores.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> -scores[i]));
        return order;
    }

    /** A measure of examples, with the interval in which it lies for 95 of a hundred resamples of them. */
    static Interval interval(int count, ToDoubleFunction<int[]> measure) {
        double value = measure.applyAsDouble(IntStream.range(0, count).toArray());
        double[] values = new double[RESAMPLES];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < RESAMPLES; i++) {
            int[] drawn = new int[count];
            for (int j = 0; j < count; j++) {
                drawn[j] = random.nextInt(count);
            }
            values[i] = measure.applyAsDouble(drawn);
        }
        Arrays.sort(values);
        return new Interval(value, values[RESAMPLES / 40], values[RESAMPLES - 1 - RESAMPLES / 40]);
    }

    static Interval averagePrecisionInterval(double[] scores, boolean[] is) {
        return interval(scores.length, drawn -> averagePrecision(taken(scores, drawn), taken(is, drawn)));
    }

    /** The share of scores that reach the threshold. */
    static Interval share(double[] scores, double threshold) {
        return interval(
                scores.length,
                drawn ->
                        Arrays.stream(drawn).filter(i -> scores[i] >= threshold).count()
                                / (double) Math.max(1, drawn.length));
    }

    static double[] taken(double[] numbers, int[] places) {
        return Arrays.stream(places).mapToDouble(i -> numbers[i]).toArray();
    }

    static boolean[] taken(boolean[] flags, int[] places) {
        boolean[] taken = new boolean[places.length];
        for (int i = 0; i < places.length; i++) {
            taken[i] = flags[places[i]];
        }
        return taken;
    }
}
