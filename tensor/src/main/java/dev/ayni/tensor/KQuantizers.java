package dev.ayni.tensor;

import static dev.ayni.tensor.BlockQuantizer.putHalf;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes what {@link KBlocks} reads. */
final class KQuantizers {
    private static final int BLOCK = 256;

    private static final ScaleSearch.Trials WEIGHED = new ScaleSearch.Trials(-0.9f, 0.05f, 36, false);
    private static final ScaleSearch.Trials Q2_TRIALS = new ScaleSearch.Trials(-0.5f, 0.1f, 15, true);
    private static final ScaleSearch.Trials Q4_TRIALS = new ScaleSearch.Trials(-1, 0.1f, 20, false);
    private static final ScaleSearch.Trials Q5_TRIALS = new ScaleSearch.Trials(-0.5f, 0.1f, 15, false);

    private KQuantizers() {}

    static void q2(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        SuperBlock block = new SuperBlock(BLOCK, 16, 0, 3, 0, 15, 15, null);
        for (int from = 0; from < count; from += BLOCK, at += 84) {
            if (importance == null) {
                for (int i = 0; i < BLOCK; i++) {
                    block.weights[i] = Math.abs(x[first + from + i]);
                }
            } else {
                weigh(x, first + from, importance, from, 1, block.weights);
            }
            affine(block, x, first + from, 16, 3, 15, importance == null ? Q2_TRIALS : null);
            for (int part = 0; part < 16; part++) {
                to[at + part] = (byte) ((int) block.scale[part] | (int) block.minimum[part] << 4);
            }
            pairs(block.stored, to, at + 16);
            putHalf(to, at + 80, block.factor);
            putHalf(to, at + 82, block.minimumFactor);
        }
    }

    static void q3(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        SuperBlock block = new SuperBlock(BLOCK, 16, -4, 7, -32, 31, 0, null);
        float[] scales = new float[16];
        for (int from = 0; from < count; from += BLOCK, at += 110) {
            int start = first + from;
            if (importance == null) {
                for (int i = 0; i < BLOCK; i++) {
                    block.weights[i] = x[start + i] * x[start + i];
                }
                for (int part = 0; part < 16; part++) {
                    scales[part] = ScaleSearch.symmetricByTurns(x, start + 16 * part, 16, 4, block.stored, 16 * part);
                }
                float largest = ScaleSearch.largest(scales, 0, 16);
                float inverse = largest == 0 ? 0 : -32 / largest;
                for (int part = 0; part < 16; part++) {
                    // without any scale the block is all 0, and ggml stores a scale of -32
                    block.scale[part] = largest == 0
                            ? -32
                            : ScaleSearch.clamp(ScaleSearch.nearest(inverse * scales[part]), -32, 31);
                }
                block.factor = half(largest == 0 ? 0 : 1 / inverse);
            } else {
                weigh(x, start, importance, from, 2, block.weights);
                for (int part = 0; part < 16; part++) {
                    scales[part] = ScaleSearch.symmetric(
                            x, start + 16 * part, 16, 4, block.weights, 16 * part, block.stored, 16 * part);
                }
                block.factor =
                        half(ScaleSearch.symmetric(scales, 0, 16, 32, sums(block.weights, 16), 0, block.scale, 0));
                for (int part = 0; part < 16; part++) {
                    block.scale[part] -= 32;
                }
            }
            block.store(x, start);
            block.improve(x, start);
            Arrays.fill(to, at, at + 110, (byte) 0);
            for (int part = 0; part < 16; part++) {
                int stored = (int) block.scale[part] + 32;
                to[at + 96 + part % 8] |= (byte) ((stored & 15) << 4 * (part / 8));
                to[at + 104 + part % 4] |= (byte) (stored >> 4 << 2 * (part / 4));
            }
            for (int i = 0; i < BLOCK; i++) {
                if (block.stored[i] > 3) {
                    to[at + i % 32] |= (byte) (1 << i / 32);
                    block.stored[i] -= 4;
                }
            }
            pairs(block.stored, to, at + 32);
            putHalf(to, at + 108, block.factor);
        }
    }

    static void q4(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        SuperBlock block = new SuperBlock(BLOCK, 32, 0, 15, 0, 63, 63, null);
        for (int from = 0; from < count; from += BLOCK, at += 144) {
            weighOfGroups(x, first + from, importance, from, block.weights);
            affine(block, x, first + from, 32, 15, 63, importance == null ? Q4_TRIALS : null);
            scalesAndMinima(block, to, at);
            for (int i = 0; i < 128; i++) {
                int low = i / 32 * 64 + i % 32;
                to[at + 16 + i] = (byte) ((int) block.stored[low] | (int) block.stored[low + 32] << 4);
            }
        }
    }

    static void q5(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        SuperBlock block = new SuperBlock(BLOCK, 32, 0, 31, 0, 63, 63, null);
        for (int from = 0; from < count; from += BLOCK, at += 176) {
            weighOfGroups(x, first + from, importance, from, block.weights);
            affine(block, x, first + from, 32, 31, 63, importance == null ? Q5_TRIALS : null);
            scalesAndMinima(block, to, at);
            Arrays.fill(to, at + 16, at + 48, (byte) 0);
            for (int i = 0; i < BLOCK; i++) {
                to[at + 16 + i % 32] |= (byte) ((int) block.stored[i] >> 4 << i / 32);
            }
            for (int i = 0; i < 128; i++) {
                int low = i / 32 * 64 + i % 32;
                to[at + 48 + i] = (byte) ((int) block.stored[low] & 15 | ((int) block.stored[low + 32] & 15) << 4);
            }
        }
    }

    static void q6(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        SuperBlock block = new SuperBlock(BLOCK, 16, -32, 63, -128, 127, 0, null);
        float[] scales = new float[16];
        for (int from = 0; from < count; from += BLOCK, at += 210) {
            int start = first + from;
            for (int i = 0; i < BLOCK; i++) {
                block.weights[i] = importance == null ? x[start + i] * x[start + i] : importance[from + i];
            }
            for (int part = 0; part < 16; part++) {
                scales[part] = ScaleSearch.symmetric(
                        x, start + 16 * part, 16, 32, block.weights, 16 * part, block.stored, 16 * part);
            }
            float largest = ScaleSearch.largest(scales, 0, 16);
            Arrays.fill(to, at, at + 210, (byte) 0);
            if (Math.abs(largest) < ScaleSearch.LEAST) {
                continue;
            }
            float inverse = -128 / largest;
            block.factor = half(1 / inverse);
            for (int part = 0; part < 16; part++) {
                block.scale[part] = Math.min(127, ScaleSearch.nearest(inverse * scales[part]));
            }
            block.store(x, start);
            block.improve(x, start);
            for (int i = 0; i < BLOCK; i++) {
                int stored = (int) block.stored[i];
                int within = i % 128;
                to[at + i / 128 * 64 + within % 64] |= (byte) ((stored & 15) << 4 * (within / 64));
                to[at + 128 + i / 128 * 32 + i % 32] |= (byte) (stored >> 4 << 2 * (within / 32));
            }
            for (int part = 0; part < 16; part++) {
                to[at + 192 + part] = (byte) block.scale[part];
            }
            putHalf(to, at + 208, block.factor);
        }
    }

    /** Finds scales and minima of all parts, makes them integers, and chooses the values' integers. */
    private static void affine(
            SuperBlock block,
            float[] x,
            int first,
            int partValues,
            int most,
            int mostScale,
            ScaleSearch.@Nullable Trials unweighed) {
        int parts = BLOCK / partValues;
        float[] scales = new float[parts];
        float[] minima = new float[parts];
        float largest = 0;
        float largestMinimum = 0;
        ScaleSearch.Trials trials = unweighed == null ? WEIGHED : unweighed;
        for (int part = 0; part < parts; part++) {
            int at = part * partValues;
            ScaleSearch.Affine found =
                    ScaleSearch.affine(x, first + at, partValues, most, block.weights, at, trials, block.stored, at);
            scales[part] = found.scale();
            minima[part] = found.minimum();
            largest = Math.max(largest, found.scale());
            largestMinimum = Math.max(largestMinimum, found.minimum());
        }
        if (unweighed == null) {
            float[] sums = sums(block.weights, partValues);
            block.factor = half(ScaleSearch.positive(scales, parts, mostScale, sums, block.scale));
            block.minimumFactor = half(ScaleSearch.positive(minima, parts, mostScale, sums, block.minimum));
        } else {
            block.factor = half(integers(scales, largest, mostScale, block.scale));
            block.minimumFactor = half(integers(minima, largestMinimum, mostScale, block.minimum));
        }
        block.store(x, first);
        block.improve(x, first);
    }

    /** The largest number becomes {@code most}, and the others in proportion; their common factor. */
    private static float integers(float[] numbers, float largest, int most, float[] to) {
        float inverse = largest > 0 ? most / largest : 0;
        for (int i = 0; i < numbers.length; i++) {
            to[i] = Math.min(most, ScaleSearch.nearest(inverse * numbers[i]));
        }
        return largest > 0 ? largest / most : 0;
    }

    private static float half(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }

    /** Weights of Q4_K and Q5_K: without importance, values count by their size, and all by the size of their group. */
    private static void weighOfGroups(
            float[] x, int first, float @Nullable [] importance, int importanceAt, float[] weights) {
        if (importance != null) {
            weigh(x, first, importance, importanceAt, 2, weights);
            return;
        }
        for (int group = 0; group < BLOCK; group += 32) {
            float squares = 0;
            for (int i = group; i < group + 32; i++) {
                squares += x[first + i] * x[first + i];
            }
            float size = (float) Math.sqrt(squares / 32);
            for (int i = group; i < group + 32; i++) {
                weights[i] = size + Math.abs(x[first + i]);
            }
        }
    }

    /** Weights by importance, and more for values that are large beside {@code share} times the mean square. */
    private static void weigh(
            float[] x, int first, float[] importance, int importanceAt, float share, float[] weights) {
        float squares = 0;
        for (int i = 0; i < BLOCK; i++) {
            squares += x[first + i] * x[first + i];
        }
        float mean = share * squares / BLOCK;
        for (int i = 0; i < BLOCK; i++) {
            weights[i] = importance[importanceAt + i] * (float) Math.sqrt(mean + x[first + i] * x[first + i]);
        }
    }

    private static float[] sums(float[] weights, int partValues) {
        float[] sums = new float[BLOCK / partValues];
        for (int i = 0; i < BLOCK; i++) {
            sums[i / partValues] += weights[i];
        }
        return sums;
    }

    /** Four values of two bits a byte, 32 apart. */
    private static void pairs(float[] stored, byte[] to, int at) {
        for (int i = 0; i < 64; i++) {
            int from = i / 32 * 128 + i % 32;
            to[at + i] = (byte) ((int) stored[from]
                    | (int) stored[from + 32] << 2
                    | (int) stored[from + 64] << 4
                    | (int) stored[from + 96] << 6);
        }
    }

    /** d, dmin, and the twelve bytes of Q4_K and Q5_K: see {@code KBlocks}. */
    private static void scalesAndMinima(SuperBlock block, byte[] to, int at) {
        putHalf(to, at, block.factor);
        putHalf(to, at + 2, block.minimumFactor);
        for (int g = 0; g < 4; g++) {
            int highScale = (int) block.scale[g + 4];
            int highMinimum = (int) block.minimum[g + 4];
            to[at + 4 + g] = (byte) ((int) block.scale[g] | highScale >> 4 << 6);
            to[at + 8 + g] = (byte) ((int) block.minimum[g] | highMinimum >> 4 << 6);
            to[at + 12 + g] = (byte) (highScale & 15 | (highMinimum & 15) << 4);
        }
    }
}
