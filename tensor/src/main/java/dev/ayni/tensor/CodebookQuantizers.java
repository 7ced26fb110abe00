package dev.ayni.tensor;

import static dev.ayni.tensor.BlockQuantizer.putHalf;
import static dev.ayni.tensor.BlockQuantizer.putShort;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes what {@link CodebookBlocks} reads. */
final class CodebookQuantizers {
    /** Scales are tried with which the largest value falls so many whole numbers from the lowest level. */
    private static final int TRIALS = 7;

    private CodebookQuantizers() {}

    static void iq4nl(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        SuperBlock block = new SuperBlock(32, 32, 0, 15, 1, 1, 0, CodebookBlocks.LEVELS);
        block.scale[0] = 1;
        for (int from = 0; from < count; from += 32, at += 18) {
            weigh(x, first + from, 32, importance, from, block.weights);
            float scale = scale(x, first + from, block.weights, 0);
            block.factor = half(scale);
            // where the scale is 0, ggml's levels are those nearest to 0
            Arrays.fill(block.stored, SuperBlock.nearest(CodebookBlocks.LEVELS, 0));
            block.store(x, first + from);
            block.improve(x, first + from);
            putHalf(to, at, block.factor);
            pairs(block.stored, 0, to, at + 2);
        }
    }

    static void iq4xs(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        SuperBlock block = new SuperBlock(256, 32, 0, 15, -32, 31, 0, CodebookBlocks.LEVELS);
        float[] scales = new float[8];
        for (int from = 0; from < count; from += 256, at += 136) {
            int start = first + from;
            weigh(x, start, 256, importance, from, block.weights);
            for (int part = 0; part < 8; part++) {
                scales[part] = scale(x, start + 32 * part, block.weights, 32 * part);
            }
            float d = -ScaleSearch.largest(scales, 0, 8) / 32;
            float inverse = d != 0 ? 1 / d : 0;
            block.factor = half(d);
            Arrays.fill(block.stored, SuperBlock.nearest(CodebookBlocks.LEVELS, 0));
            for (int part = 0; part < 8; part++) {
                block.scale[part] = ScaleSearch.clamp(ScaleSearch.nearest(inverse * scales[part]), -32, 31);
            }
            block.store(x, start);
            block.improve(x, start);
            putHalf(to, at, block.factor);
            int high = 0;
            Arrays.fill(to, at + 4, at + 8, (byte) 0);
            for (int part = 0; part < 8; part++) {
                int stored = (int) block.scale[part] + 32;
                high |= stored >> 4 << 2 * part;
                to[at + 4 + part / 2] |= (byte) ((stored & 15) << 4 * (part % 2));
                pairs(block.stored, 32 * part, to, at + 8 + 16 * part);
            }
            putShort(to, at + 2, high);
        }
    }

    /** The scale of 32 values at which they fall on levels with the least error. */
    private static float scale(float[] x, int first, float[] weights, int weightAt) {
        int[] levels = CodebookBlocks.LEVELS;
        float largest = ScaleSearch.largest(x, first, 32);
        if (Math.abs(largest) < ScaleSearch.LEAST) {
            return 0;
        }
        float scale = 0;
        float best = 0;
        float inverse = 1 / (-largest / levels[0]);
        for (int trial = -TRIALS - 1; trial <= TRIALS; trial++) {
            if (trial >= -TRIALS) {
                inverse = (trial + levels[0]) / largest;
            }
            float products = 0;
            float squares = 0;
            for (int i = 0; i < 32; i++) {
                float level = levels[SuperBlock.nearest(levels, inverse * x[first + i])];
                float w = weights[weightAt + i];
                products += w * level * x[first + i];
                squares += w * level * level;
            }
            if (trial < -TRIALS) {
                scale = squares > 0 ? products / squares : 0;
                best = scale * products;
            } else if (squares > 0 && products * products > best * squares) {
                scale = products / squares;
                best = scale * products;
            }
        }
        return scale;
    }

    private static void weigh(
            float[] x, int first, int count, float @Nullable [] importance, int importanceAt, float[] weights) {
        float squares = 0;
        for (int i = 0; i < count; i++) {
            squares += x[first + i] * x[first + i];
        }
        float mean = squares * (2f / count);
        for (int i = 0; i < count; i++) {
            float square = x[first + i] * x[first + i];
            weights[i] = importance == null ? square : importance[importanceAt + i] * (float) Math.sqrt(mean + square);
        }
    }

    private static float half(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }

    private static void pairs(float[] stored, int first, byte[] to, int at) {
        for (int i = 0; i < 16; i++) {
            to[at + i] = (byte) ((int) stored[first + i] | (int) stored[first + 16 + i] << 4);
        }
    }

    /** The scale is the power of two with which the largest value is a number of E2M1 (OCP Microscaling Formats 1.0). */
    static void mxfp4(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        for (int from = first; from < first + count; from += 32, at += 17) {
            float largest = Math.abs(ScaleSearch.largest(x, from, 32));
            int exponent = largest > 0 ? (int) Math.floor(log2(largest)) - 2 + 127 & 0xff : 0;
            float d = CodebookBlocks.powerOfTwo(exponent);
            to[at] = (byte) exponent;
            for (int i = 0; i < 16; i++) {
                to[at + 1 + i] = (byte) (nearestE2m1(x[from + i], d) | nearestE2m1(x[from + 16 + i], d) << 4);
            }
        }
    }

    /** As a float, like ggml's: just below a power of two it is a whole number already. */
    private static float log2(float x) {
        return (float) (StrictMath.log(x) / StrictMath.log(2));
    }

    /** The first of the sixteen numbers that lies nearest. */
    static int nearestE2m1(float x, float d) {
        int best = 0;
        float least = Math.abs(CodebookBlocks.E2M1[0] * d - x);
        for (int i = 1; i < 16; i++) {
            float off = Math.abs(CodebookBlocks.E2M1[i] * d - x);
            if (off < least) {
                best = i;
                least = off;
            }
        }
        return best;
    }
}
