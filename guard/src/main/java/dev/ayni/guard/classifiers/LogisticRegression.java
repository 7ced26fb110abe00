package dev.ayni.guard.classifiers;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Finds the linear model that makes the labels most probable while its weights stay small. The same numbers each time: all
 * sums are in one order.
 */
final class LogisticRegression {
    /*
     * L-BFGS with the last eight steps [1]; the bias is not held small.
     * [1] On the limited memory BFGS method for large scale optimization, 1989
     */
    private static final int MEMORY = 8;

    private final Examples examples;
    private final double[] importance;
    private final double penalty;
    private final int size;

    /**
     * @param importance how much each example counts
     * @param penalty on half the squared weights; the larger, the smaller the weights
     */
    LogisticRegression(Examples examples, double[] importance, double penalty) {
        this.examples = examples;
        this.importance = importance;
        this.penalty = penalty;
        size = examples.width() + 1;
    }

    /** What a model is fitted to: rows of numbers, and which of them are positive. */
    interface Examples {
        int count();

        int width();

        boolean positive(int row);

        /** The row times the weights, without the bias. */
        double times(int row, double[] weights);

        /** Adds the row, times a factor, to the sums. */
        void add(int row, double factor, double[] sums);
    }

    /** The weights, and the bias behind them. */
    double[] fit(int steps) {
        double[] weights = new double[size];
        double[] gradient = new double[size];
        double loss = loss(weights, gradient);
        Deque<double[][]> past = new ArrayDeque<>();
        for (int step = 0; step < steps; step++) {
            double[] direction = direction(gradient, past);
            double slope = dot(direction, gradient);
            if (slope > -1e-12) {
                break;
            }
            double length = past.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
            double[] next = new double[size];
            double[] nextGradient = new double[size];
            double nextLoss = Double.POSITIVE_INFINITY;
            for (int tries = 0; tries < 30; tries++, length /= 2) {
                for (int i = 0; i < size; i++) {
                    next[i] = weights[i] + length * direction[i];
                }
                nextLoss = loss(next, nextGradient);
                if (nextLoss <= loss + 1e-4 * length * slope) {
                    break;
                }
            }
            if (!(nextLoss < loss)) {
                break;
            }
            double[] change = new double[size];
            double[] turn = new double[size];
            for (int i = 0; i < size; i++) {
                change[i] = next[i] - weights[i];
                turn[i] = nextGradient[i] - gradient[i];
            }
            double curvature = dot(change, turn);
            if (curvature > 1e-12) {
                past.addLast(new double[][] {change, turn, {1 / curvature}});
                if (past.size() > MEMORY) {
                    past.removeFirst();
                }
            }
            boolean settled = loss - nextLoss < 1e-6 * Math.abs(loss);
            weights = next;
            gradient = nextGradient.clone();
            loss = nextLoss;
            if (settled) {
                break;
            }
        }
        return weights;
    }

    private static double[] direction(double[] gradient, Deque<double[][]> past) {
        double[] direction = gradient.clone();
        double[] factors = new double[past.size()];
        int i = past.size();
        for (var newest = past.descendingIterator(); newest.hasNext(); ) {
            double[][] pair = newest.next();
            double factor = pair[2][0] * dot(pair[0], direction);
            factors[--i] = factor;
            addTo(direction, -factor, pair[1]);
        }
        if (!past.isEmpty()) {
            double[][] last = past.getLast();
            double scale = 1 / (last[2][0] * dot(last[1], last[1]));
            for (int j = 0; j < direction.length; j++) {
                direction[j] *= scale;
            }
        }
        for (double[][] pair : past) {
            double back = pair[2][0] * dot(pair[1], direction);
            addTo(direction, factors[i++] - back, pair[0]);
        }
        for (int j = 0; j < direction.length; j++) {
            direction[j] = -direction[j];
        }
        return direction;
    }

    private double loss(double[] weights, double[] gradient) {
        Arrays.fill(gradient, 0);
        double loss = 0;
        double bias = weights[size - 1];
        double biasGradient = 0;
        for (int row = 0; row < examples.count(); row++) {
            if (importance[row] == 0) {
                continue;
            }
            double sign = examples.positive(row) ? 1 : -1;
            double margin = sign * (examples.times(row, weights) + bias);
            double miss = margin > 0
                    ? StrictMath.exp(-margin) / (1 + StrictMath.exp(-margin))
                    : 1 / (1 + StrictMath.exp(margin));
            loss += importance[row]
                    * (margin > 0
                            ? StrictMath.log1p(StrictMath.exp(-margin))
                            : -margin + StrictMath.log1p(StrictMath.exp(margin)));
            double factor = -importance[row] * sign * miss;
            examples.add(row, factor, gradient);
            biasGradient += factor;
        }
        gradient[size - 1] = biasGradient;
        for (int i = 0; i < size - 1; i++) {
            loss += penalty / 2 * weights[i] * weights[i];
            gradient[i] += penalty * weights[i];
        }
        return loss;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void addTo(double[] to, double factor, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * what[i];
        }
    }
}
