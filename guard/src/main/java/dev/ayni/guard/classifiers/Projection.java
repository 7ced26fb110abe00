package dev.ayni.guard.classifiers;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The directions in which the rows of a table differ most. Models are fitted to a row's place along them, which is fast, and
 * their weights turned back into weights for the row's own numbers, so that the directions need not be kept.
 */
final class Projection {
    /*
     * The directions are found in a sample of rows, by taking random ones through the sample's products of rows with rows
     * again and again [1]. Each sum is made in one order, so that the result is the same whatever the number of threads.
     * [1] Finding structure with randomness, 2011
     */
    private static final int SAMPLE = 2000;
    private static final int ROUNDS = 4;

    /** Rows that are multiplied together. */
    private static final int BLOCK = 16;

    private final float[] means;
    private final float[] scales;
    /** [directions][numbers of a row] */
    private final float[][] directions;

    private Projection(float[] means, float[] scales, float[][] directions) {
        this.means = means;
        this.scales = scales;
        this.directions = directions;
    }

    static Projection of(float[][] rows, int count) {
        int width = rows[0].length;
        float[] means = new float[width];
        float[] scales = new float[width];
        double[] sums = new double[width];
        double[] squares = new double[width];
        for (float[] row : rows) {
            for (int i = 0; i < width; i++) {
                sums[i] += row[i];
                squares[i] += (double) row[i] * row[i];
            }
        }
        for (int i = 0; i < width; i++) {
            double mean = sums[i] / rows.length;
            means[i] = (float) mean;
            scales[i] = (float) (1 / Math.sqrt(Math.max(1e-8, squares[i] / rows.length - mean * mean)));
        }
        int size = Math.min(SAMPLE, rows.length);
        float[][] sample = new float[size][];
        for (int i = 0; i < size; i++) {
            sample[i] = standard(rows[(int) ((long) i * rows.length / size)], means, scales);
        }
        int kept = Math.min(count, size);
        float[][] products = products(sample);
        float[][] basis = new float[kept][size];
        long random = 42;
        for (float[] vector : basis) {
            for (int i = 0; i < size; i++) {
                random = random * 6364136223846793005L + 1442695040888963407L;
                vector[i] = (random >> 40) / (float) (1 << 23);
            }
        }
        orthonormal(basis);
        for (int round = 0; round < ROUNDS; round++) {
            basis = times(basis, products);
            orthonormal(basis);
        }
        float[][] directions = times(basis, sample);
        orthonormal(directions);
        return new Projection(means, scales, directions);
    }

    /** The place of each row along the directions, scaled so that the mean square of a row's length is 1. */
    float[][] places(float[][] rows) {
        int width = means.length;
        float[][] columns = new float[width][directions.length];
        for (int i = 0; i < directions.length; i++) {
            for (int j = 0; j < width; j++) {
                columns[j][i] = directions[i][j] / root();
            }
        }
        float[][] places = new float[rows.length][];
        int blocks = (rows.length + BLOCK - 1) / BLOCK;
        IntStream.range(0, blocks).parallel().forEach(block -> {
            int from = block * BLOCK;
            int to = Math.min(rows.length, from + BLOCK);
            float[][] standard = new float[to - from][];
            for (int i = from; i < to; i++) {
                standard[i - from] = standard(rows[i], means, scales);
                places[i] = new float[directions.length];
            }
            addProducts(standard, columns, places, from, to);
        });
        return places;
    }

    float[] means() {
        return means;
    }

    float[] scales() {
        return scales;
    }

    float[][] directions() {
        return directions;
    }

    private float root() {
        return (float) Math.sqrt(means.length);
    }

    /**
     * Weights for a row's own numbers that say the same as weights for places.
     *
     * @return the weights, and behind them what is to be added to the bias
     */
    double[] unfolded(double[] weights) {
        int width = means.length;
        double[] unfolded = new double[width + 1];
        for (int i = 0; i < directions.length; i++) {
            for (int j = 0; j < width; j++) {
                unfolded[j] += weights[i] * directions[i][j] / root();
            }
        }
        for (int j = 0; j < width; j++) {
            unfolded[j] *= scales[j];
            unfolded[width] -= unfolded[j] * means[j];
        }
        return unfolded;
    }

    private static float[] standard(float[] row, float[] means, float[] scales) {
        float[] standard = new float[row.length];
        for (int i = 0; i < row.length; i++) {
            standard[i] = (row[i] - means[i]) * scales[i];
        }
        return standard;
    }

    /** [n][n], of each row with each. */
    private static float[][] products(float[][] rows) {
        int n = rows.length;
        int width = rows[0].length;
        float[][] columns = new float[width][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < width; j++) {
                columns[j][i] = rows[i][j];
            }
        }
        return times(rows, columns);
    }

    /** [a][b] times [b][c]. */
    private static float[][] times(float[][] left, float[][] right) {
        float[][] result = new float[left.length][right[0].length];
        int blocks = (left.length + BLOCK - 1) / BLOCK;
        IntStream.range(0, blocks).parallel().forEach(block -> {
            int from = block * BLOCK;
            int to = Math.min(left.length, from + BLOCK);
            addProducts(Arrays.copyOfRange(left, from, to), right, result, from, to);
        });
        return result;
    }

    /** Some rows at a time, so that what they are multiplied by is fetched once for all of them. */
    private static void addProducts(float[][] left, float[][] right, float[][] result, int from, int to) {
        for (int k = 0; k < right.length; k++) {
            float[] row = right[k];
            for (int i = from; i < to; i++) {
                addScaled(result[i], left[i - from][k], row);
            }
        }
    }

    private static void addScaled(float[] sums, float factor, float[] row) {
        for (int j = 0; j < row.length; j++) {
            sums[j] += factor * row[j];
        }
    }

    /** Gram and Schmidt, twice over for the sake of rounding. */
    private static void orthonormal(float[][] vectors) {
        for (int i = 0; i < vectors.length; i++) {
            float[] vector = vectors[i];
            for (int pass = 0; pass < 2; pass++) {
                int end = i;
                double[] shares = new double[end];
                IntStream.range(0, end).parallel().forEach(j -> shares[j] = dot(vectors[j], vector));
                for (int j = 0; j < end; j++) {
                    float share = (float) shares[j];
                    float[] other = vectors[j];
                    for (int k = 0; k < vector.length; k++) {
                        vector[k] -= share * other[k];
                    }
                }
            }
            double length = Math.sqrt(dot(vector, vector));
            if (length < 1e-6) {
                Arrays.fill(vector, 0);
            } else {
                for (int k = 0; k < vector.length; k++) {
                    vector[k] /= (float) length;
                }
            }
        }
    }

    /** In four sums side by side, always the same four. */
    private static float dot(float[] a, float[] b) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= a.length; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) {
            s0 += a[i] * b[i];
        }
        return (s0 + s1) + (s2 + s3);
    }
}
