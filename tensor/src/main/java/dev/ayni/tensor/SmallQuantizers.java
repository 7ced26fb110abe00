package dev.ayni.tensor;

import static dev.ayni.tensor.BlockQuantizer.putHalf;
import static dev.ayni.tensor.BlockQuantizer.putInt;
import static dev.ayni.tensor.BlockQuantizer.putShort;

import org.jspecify.annotations.Nullable;

/** Makes what {@link SmallBlocks} reads, and plain floats. */
final class SmallQuantizers {
    private static final ScaleSearch.Trials WEIGHED = new ScaleSearch.Trials(-0.9f, 0.05f, 36, false);

    private SmallQuantizers() {}

    static void f32(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        for (int i = 0; i < count; i++) {
            putInt(to, at + 4 * i, Float.floatToRawIntBits(x[first + i]));
        }
    }

    static void f16(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        for (int i = 0; i < count; i++) {
            putHalf(to, at + 2 * i, x[first + i]);
        }
    }

    static void bf16(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(x[first + i]);
            // half of the last place that stays, less one where that place is even: ties go to even
            int rounded = Float.isNaN(x[first + i]) ? bits | 0x40_0000 : bits + 0x7fff + (bits >>> 16 & 1);
            putShort(to, at + 2 * i, rounded >>> 16);
        }
    }

    static void q8_0(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        for (int block = first; block < first + count; block += 32, at += 34) {
            float d = Math.abs(ScaleSearch.largest(x, block, 32)) / 127;
            float inverse = d != 0 ? 1 / d : 0;
            putHalf(to, at, d);
            for (int i = 0; i < 32; i++) {
                to[at + 2 + i] = (byte) awayFromZero(x[block + i] * inverse);
            }
        }
    }

    /** The nearest whole number, ties away from 0, as C's {@code roundf} has it. */
    static int awayFromZero(float x) {
        int size = (int) (Math.abs((double) x) + 0.5);
        return x < 0 ? -size : size;
    }

    static void q4_0(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        symmetric(x, first, count, importance, 8, to, at);
    }

    static void q5_0(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        symmetric(x, first, count, importance, 16, to, at);
    }

    static void q4_1(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        affine(x, first, count, importance, 15, to, at);
    }

    static void q5_1(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        affine(x, first, count, importance, 31, to, at);
    }

    /** Integers from {@code -most} on; the value that is largest in size becomes {@code -most} itself. */
    private static void symmetric(
            float[] x, int first, int count, float @Nullable [] importance, int most, byte[] to, int at) {
        float[] q = new float[32];
        float[] weights = weights(x, first, count, importance);
        for (int block = 0; block < count; block += 32) {
            float d;
            if (importance != null) {
                d = ScaleSearch.symmetric(x, first + block, 32, most, weights, block, q, 0);
            } else {
                d = ScaleSearch.largest(x, first + block, 32) / -most;
                float inverse = d != 0 ? 1 / d : 0;
                for (int i = 0; i < 32; i++) {
                    q[i] = Math.min(2 * most - 1, (int) (x[first + block + i] * inverse + (most + 0.5f)));
                }
            }
            putHalf(to, at, d);
            at = integers(q, most > 8, to, at + 2);
        }
    }

    /** Integers from 0 on, added to the least value. */
    private static void affine(
            float[] x, int first, int count, float @Nullable [] importance, int most, byte[] to, int at) {
        float[] q = new float[32];
        float[] weights = weights(x, first, count, importance);
        for (int block = 0; block < count; block += 32) {
            float d;
            float min;
            if (importance != null) {
                ScaleSearch.Affine found =
                        ScaleSearch.affine(x, first + block, 32, most, weights, block, WEIGHED, q, 0);
                d = found.scale();
                min = -found.minimum();
            } else {
                min = x[first + block];
                float max = min;
                for (int i = 1; i < 32; i++) {
                    float value = x[first + block + i];
                    min = value < min ? value : min;
                    max = value > max ? value : max;
                }
                d = (max - min) / most;
                float inverse = d != 0 ? 1 / d : 0;
                for (int i = 0; i < 32; i++) {
                    q[i] = Math.min(most, (int) ((x[first + block + i] - min) * inverse + 0.5f));
                }
            }
            putHalf(to, at, d);
            putHalf(to, at + 2, min);
            at = integers(q, most > 15, to, at + 4);
        }
    }

    /** What the errors of a row weigh: by importance, and more where values are large. Nothing where it is not known. */
    private static float[] weights(float[] x, int first, int count, float @Nullable [] importance) {
        if (importance == null) {
            return new float[0];
        }
        float squares = 0;
        for (int i = first; i < first + count; i++) {
            squares += x[i] * x[i];
        }
        float mean = squares / count;
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = importance[i] * (float) Math.sqrt(mean + x[first + i] * x[first + i]);
        }
        return weights;
    }

    /** Writes 32 integers of four or five bits; the place after them. */
    private static int integers(float[] q, boolean five, byte[] to, int at) {
        if (five) {
            int fifth = 0;
            for (int i = 0; i < 32; i++) {
                fifth |= ((int) q[i] >> 4) << i;
            }
            putInt(to, at, fifth);
            at += 4;
        }
        for (int i = 0; i < 16; i++) {
            to[at + i] = (byte) (((int) q[i] & 15) | ((int) q[i + 16] & 15) << 4);
        }
        return at + 16;
    }
}
