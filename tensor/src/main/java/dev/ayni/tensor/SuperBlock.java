package dev.ayni.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A block while it is made: parts with small integer scales (and minima) that share a binary16 factor each. Value i of part
 * p stands for {@code factor * scale[p] * level(stored[i]) - minimumFactor * minimum[p]}.
 */
final class SuperBlock {
    /*
     * ggml stops when scales are rounded and integers are chosen for them. From there this goes on: the factors that are best
     * for the integers, and each part's scale and minimum one step up and down, are taken if neither the error itself nor the
     * weighed one grows. So no block is worse than ggml's by either measure.
     */
    private static final int MOST_ROUNDS = 3;

    final float[] scale;
    final float[] minimum;

    /** What the block will store for each value: an integer from 0 on. */
    final float[] stored;

    /** How much the square of each value's error weighs. */
    final float[] weights;

    float factor;
    float minimumFactor;

    private final int partValues;
    private final float lowest;
    private final float mostStored;
    private final float leastScale;
    private final float mostScale;
    private final float mostMinimum;
    private final int @Nullable [] levels;

    private final float[] other;
    private final double[] error;
    private final double[] weighedError;
    private double otherError;
    private double otherWeighedError;

    /**
     * @param lowest what a stored 0 stands for, where levels are whole numbers in a row
     * @param levels what stored integers stand for, rising, where they are not
     */
    SuperBlock(
            int values,
            int partValues,
            int lowest,
            int mostStored,
            int leastScale,
            int mostScale,
            int mostMinimum,
            int @Nullable [] levels) {
        this.partValues = partValues;
        this.lowest = lowest;
        this.mostStored = mostStored;
        this.leastScale = leastScale;
        this.mostScale = mostScale;
        this.mostMinimum = mostMinimum;
        this.levels = levels;
        int parts = values / partValues;
        scale = new float[parts];
        minimum = new float[parts];
        stored = new float[values];
        weights = new float[values];
        other = new float[values];
        error = new double[parts];
        weighedError = new double[parts];
    }

    private float level(float stored) {
        return levels == null ? stored + lowest : levels[(int) stored];
    }

    private float nearest(float x) {
        if (levels == null) {
            return ScaleSearch.clamp(ScaleSearch.nearest(x), lowest, lowest + mostStored) - lowest;
        }
        return nearest(levels, x);
    }

    /** The number of the level that is nearest; of two as near the higher one. */
    static int nearest(int[] levels, float x) {
        int low = 0;
        int high = levels.length - 1;
        if (x <= levels[0]) {
            return 0;
        }
        if (x >= levels[high]) {
            return high;
        }
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (x < levels[middle]) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return x - levels[low] < levels[high] - x ? low : high;
    }

    /** Stores the integers that are nearest with the scales as they stand; a part of scale 0 keeps what it stores. */
    void store(float[] x, int first) {
        for (int part = 0; part < scale.length; part++) {
            float d = factor * scale[part];
            if (d == 0) {
                continue;
            }
            float m = minimumFactor * minimum[part];
            for (int i = part * partValues; i < (part + 1) * partValues; i++) {
                stored[i] = nearest((x[first + i] + m) / d);
            }
        }
    }

    /** Makes the block better as long as that is easy. */
    void improve(float[] x, int first) {
        for (int part = 0; part < scale.length; part++) {
            measure(x, first, part, factor, minimumFactor, scale[part], minimum[part], false);
            error[part] = otherError;
            weighedError[part] = otherWeighedError;
        }
        boolean better = true;
        for (int round = 0; round < MOST_ROUNDS && better; round++) {
            better = fit(x, first, true);
            better |= fit(x, first, false);
            for (int part = 0; part < scale.length; part++) {
                better |= step(x, first, part, 1, 0) || step(x, first, part, -1, 0);
                if (mostMinimum > 0) {
                    better |= step(x, first, part, 0, 1) || step(x, first, part, 0, -1);
                }
            }
        }
    }

    /** Tries another scale and minimum for a part. */
    private boolean step(float[] x, int first, int part, int scaleStep, int minimumStep) {
        float s = scale[part] + scaleStep;
        float m = minimum[part] + minimumStep;
        if (s < leastScale || s > mostScale || m < 0 || m > mostMinimum || factor * s == 0) {
            return false;
        }
        measure(x, first, part, factor, minimumFactor, s, m, true);
        if (!improves(error[part], weighedError[part])) {
            return false;
        }
        error[part] = otherError;
        weighedError[part] = otherWeighedError;
        scale[part] = s;
        minimum[part] = m;
        System.arraycopy(other, part * partValues, stored, part * partValues, partValues);
        return true;
    }

    private boolean improves(double before, double weighedBefore) {
        return otherError <= before
                && otherWeighedError <= weighedBefore
                && (otherError < before || otherWeighedError < weighedBefore);
    }

    /** Tries the factors that make the error least for the integers as they are (least squares). */
    private boolean fit(float[] x, int first, boolean weighed) {
        double ss = 0;
        double sm = 0;
        double mm = 0;
        double sx = 0;
        double mx = 0;
        double before = 0;
        double weighedBefore = 0;
        for (int part = 0; part < scale.length; part++) {
            before += error[part];
            weighedBefore += weighedError[part];
            double m = -minimum[part];
            for (int i = part * partValues; i < (part + 1) * partValues; i++) {
                double s = scale[part] * level(stored[i]);
                double w = weighed ? weights[i] : 1;
                ss += w * s * s;
                sm += w * s * m;
                mm += w * m * m;
                sx += w * s * x[first + i];
                mx += w * m * x[first + i];
            }
        }
        double determinant = ss * mm - sm * sm;
        float fitted = half(determinant > 0 ? (sx * mm - mx * sm) / determinant : sx / ss);
        float fittedMinimum = determinant > 0 ? half((ss * mx - sm * sx) / determinant) : minimumFactor;
        boolean usable = Float.isFinite(fitted) && Float.isFinite(fittedMinimum) && fitted != 0 && fittedMinimum >= 0;
        if (!usable || (fitted == factor && fittedMinimum == minimumFactor)) {
            return false;
        }
        double[] errors = new double[scale.length];
        double[] weighedErrors = new double[scale.length];
        double sum = 0;
        double weighedSum = 0;
        for (int part = 0; part < scale.length; part++) {
            measure(x, first, part, fitted, fittedMinimum, scale[part], minimum[part], true);
            errors[part] = otherError;
            weighedErrors[part] = otherWeighedError;
            sum += otherError;
            weighedSum += otherWeighedError;
        }
        otherError = sum;
        otherWeighedError = weighedSum;
        if (!improves(before, weighedBefore)) {
            return false;
        }
        factor = fitted;
        minimumFactor = fittedMinimum;
        System.arraycopy(errors, 0, error, 0, errors.length);
        System.arraycopy(weighedErrors, 0, weighedError, 0, errors.length);
        System.arraycopy(other, 0, stored, 0, stored.length);
        return true;
    }

    private static float half(double value) {
        return Float.float16ToFloat(Float.floatToFloat16((float) value));
    }

    /** The errors of a part with these scales, and the integers for them: the nearest, or those that are stored. */
    private void measure(
            float[] x, int first, int part, float d, float dmin, float partScale, float partMinimum, boolean anew) {
        float ds = d * partScale;
        float m = dmin * partMinimum;
        double sum = 0;
        double weighedSum = 0;
        for (int i = part * partValues; i < (part + 1) * partValues; i++) {
            float q = anew && ds != 0 ? nearest((x[first + i] + m) / ds) : stored[i];
            other[i] = q;
            double off = ds * level(q) - m - x[first + i];
            sum += off * off;
            weighedSum += weights[i] * (off * off);
        }
        otherError = sum;
        otherWeighedError = weighedSum;
    }
}
