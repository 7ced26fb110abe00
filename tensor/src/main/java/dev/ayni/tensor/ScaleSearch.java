package dev.ayni.tensor;

/**
 * The search for the scale with which some values become small integers at the least error, each square of an error weighed.
 * Trying some scales around the obvious one and solving for the best with the integers held fixed is what ggml's {@code
 * ggml-quants.c} does ({@code make_qx_quants}, {@code make_q3_quants}, {@code make_qkx2_quants}, {@code make_qp_quants});
 * the steps here are its, all in floats, each operation rounded.
 */
final class ScaleSearch {
    /** Values below are all taken for 0. */
    static final float LEAST = 1e-15f;

    private static final float ROUNDING = 0x1.8p23f;

    private ScaleSearch() {}

    /** The nearest whole number, ties to even, of a number below 2^22 in size. */
    static float nearest(float x) {
        return (x + ROUNDING) - ROUNDING;
    }

    static float clamp(float x, float least, float most) {
        return Math.max(least, Math.min(most, x));
    }

    /** The value that is largest in size, the first of several. */
    static float largest(float[] x, int first, int count) {
        float size = 0;
        float largest = 0;
        for (int i = first; i < first + count; i++) {
            float absolute = Math.abs(x[i]);
            if (absolute > size) {
                size = absolute;
                largest = x[i];
            }
        }
        return largest;
    }

    /**
     * A scale for integers from {@code -most} to {@code most - 1}.
     *
     * @param weights of the values, from {@code weightAt} on
     * @param integers receives the integers plus {@code most}, from {@code to} on
     */
    static float symmetric(
            float[] x, int first, int count, int most, float[] weights, int weightAt, float[] integers, int to) {
        float largest = largest(x, first, count);
        if (Math.abs(largest) < LEAST) {
            for (int i = 0; i < count; i++) {
                integers[to + i] = 0;
            }
            return 0;
        }
        float inverse = -most / largest;
        float products = 0;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            float q = clamp(nearest(inverse * x[first + i]), -most, most - 1);
            integers[to + i] = q + most;
            float w = weights[weightAt + i];
            products += w * x[first + i] * q;
            squares += w * q * q;
        }
        float scale = squares != 0 ? products / squares : 0;
        float best = scale * products;
        for (int step = -9; step <= 9; step++) {
            if (step == 0) {
                continue;
            }
            inverse = -(most + 0.1f * step) / largest;
            products = 0;
            squares = 0;
            for (int i = 0; i < count; i++) {
                float q = clamp(nearest(inverse * x[first + i]), -most, most - 1);
                float w = weights[weightAt + i];
                products += w * x[first + i] * q;
                squares += w * q * q;
            }
            if (squares > 0 && products * products > best * squares) {
                for (int i = 0; i < count; i++) {
                    integers[to + i] = most + clamp(nearest(inverse * x[first + i]), -most, most - 1);
                }
                scale = products / squares;
                best = scale * products;
            }
        }
        return scale;
    }

    /**
     * A scale for integers from {@code -most} to {@code most - 1}, each of which is changed as long as that helps; values weigh
     * by their squares.
     */
    static float symmetricByTurns(float[] x, int first, int count, int most, float[] integers, int to) {
        float largest = largest(x, first, count);
        if (Math.abs(largest) < LEAST) {
            for (int i = 0; i < count; i++) {
                integers[to + i] = 0;
            }
            return 0;
        }
        float inverse = -most / largest;
        float products = 0;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            float q = clamp(nearest(inverse * x[first + i]), -most, most - 1);
            integers[to + i] = q;
            float w = x[first + i] * x[first + i];
            products += w * x[first + i] * q;
            squares += w * q * q;
        }
        boolean changed = true;
        for (int turn = 0; turn < 5 && changed; turn++) {
            changed = false;
            for (int i = 0; i < count; i++) {
                float q = integers[to + i];
                float w = x[first + i] * x[first + i];
                float productsWithout = products - w * x[first + i] * q;
                if (productsWithout <= 0) {
                    continue;
                }
                float squaresWithout = squares - w * q * q;
                float other = clamp(nearest(x[first + i] * squaresWithout / productsWithout), -most, most - 1);
                if (other != q) {
                    productsWithout += w * x[first + i] * other;
                    squaresWithout += w * other * other;
                    if (squaresWithout > 0
                            && productsWithout * productsWithout * squares > products * products * squaresWithout) {
                        integers[to + i] = other;
                        products = productsWithout;
                        squares = squaresWithout;
                        changed = true;
                    }
                }
            }
        }
        for (int i = 0; i < count; i++) {
            integers[to + i] += most;
        }
        return squares > 0 ? products / squares : 0;
    }

    /** A scale and the size of a minimum that is not above 0: a value is {@code scale * q - minimum}. */
    record Affine(float scale, float minimum) {}

    /**
     * Which scales are tried: {@code (from + step * i + most) / range} for i from 0 to {@code steps}.
     *
     * @param absolute whether errors count by their size, and not by its square
     */
    record Trials(float from, float step, int steps, boolean absolute) {}

    /**
     * A scale and a minimum for integers from 0 to {@code most}.
     *
     * @param weights of the values, from {@code weightAt} on
     * @param integers receives the integers, from {@code to} on
     */
    static Affine affine(
            float[] x,
            int first,
            int count,
            int most,
            float[] weights,
            int weightAt,
            Trials trials,
            float[] integers,
            int to) {
        float min = x[first];
        float max = x[first];
        float sumOfWeights = weights[weightAt];
        float sum = sumOfWeights * x[first];
        for (int i = 1; i < count; i++) {
            float value = x[first + i];
            float w = weights[weightAt + i];
            min = Math.min(min, value);
            max = Math.max(max, value);
            sumOfWeights += w;
            sum += w * value;
        }
        min = Math.min(min, 0);
        if (max <= min) {
            for (int i = 0; i < count; i++) {
                integers[to + i] = 0;
            }
            return new Affine(0, -min);
        }
        float inverse = most / (max - min);
        float scale = 1 / inverse;
        float best = 0;
        for (int i = 0; i < count; i++) {
            float q = clamp(nearest(inverse * (x[first + i] - min)), 0, most);
            integers[to + i] = q;
            float off = scale * q + min - x[first + i];
            best += weights[weightAt + i] * (trials.absolute ? Math.abs(off) : off * off);
        }
        float[] tried = new float[count];
        for (int step = 0; step <= trials.steps; step++) {
            // ggml counts from the best minimum so far, not from the lowest value
            inverse = (trials.from + trials.step * step + most) / (max - min);
            float integersSum = 0;
            float squares = 0;
            float products = 0;
            for (int i = 0; i < count; i++) {
                float q = clamp(nearest(inverse * (x[first + i] - min)), 0, most);
                tried[i] = q;
                float weighed = weights[weightAt + i] * q;
                integersSum += weighed;
                squares += weighed * q;
                products += weighed * x[first + i];
            }
            float determinant = sumOfWeights * squares - integersSum * integersSum;
            if (determinant <= 0) {
                continue;
            }
            float thisScale = (sumOfWeights * products - sum * integersSum) / determinant;
            float thisMin = (squares * sum - integersSum * products) / determinant;
            if (thisMin > 0) {
                thisMin = 0;
                thisScale = products / squares;
            }
            float error = 0;
            for (int i = 0; i < count; i++) {
                float off = thisScale * tried[i] + thisMin - x[first + i];
                error += weights[weightAt + i] * (trials.absolute ? Math.abs(off) : off * off);
            }
            if (error < best) {
                System.arraycopy(tried, 0, integers, to, count);
                best = error;
                scale = thisScale;
                min = thisMin;
            }
        }
        return new Affine(scale, -min);
    }

    /** A scale for integers from 0 to {@code most} of values that are not negative; {@code integers} receives them. */
    static float positive(float[] x, int count, int most, float[] weights, float[] integers) {
        float max = 0;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, x[i]);
        }
        if (max < LEAST) {
            for (int i = 0; i < count; i++) {
                integers[i] = 0;
            }
            return 0;
        }
        float inverse = most / max;
        float best = positiveError(x, count, weights, inverse, most);
        float chosen = inverse;
        for (int step = -4; step <= 4; step++) {
            if (step == 0) {
                continue;
            }
            float tried = (0.1f * step + most) / max;
            float error = positiveError(x, count, weights, tried, most);
            if (error < best) {
                best = error;
                chosen = tried;
            }
        }
        float products = 0;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            float q = Math.min(most, nearest(chosen * x[i]));
            integers[i] = q;
            products += weights[i] * x[i] * q;
            squares += weights[i] * q * q;
        }
        boolean changed = true;
        for (int turn = 0; turn < 5 && changed; turn++) {
            changed = false;
            for (int i = 0; i < count; i++) {
                float w = weights[i];
                float q = integers[i];
                float productsWithout = products - w * x[i] * q;
                float squaresWithout = squares - w * q * q;
                if (productsWithout <= 0 || squaresWithout <= 0) {
                    continue;
                }
                float other = Math.min(most, nearest(x[i] * squaresWithout / productsWithout));
                if (other != q) {
                    productsWithout += w * x[i] * other;
                    squaresWithout += w * other * other;
                    if (productsWithout * productsWithout * squares > products * products * squaresWithout) {
                        integers[i] = other;
                        products = productsWithout;
                        squares = squaresWithout;
                        changed = true;
                    }
                }
            }
        }
        return squares > 0 ? products / squares : 0;
    }

    private static float positiveError(float[] x, int count, float[] weights, float inverse, float most) {
        float scale = 1 / inverse;
        float error = 0;
        for (int i = 0; i < count; i++) {
            float off = x[i] - scale * Math.min(most, nearest(inverse * x[i]));
            error += weights[i] * off * off;
        }
        return error;
    }
}
