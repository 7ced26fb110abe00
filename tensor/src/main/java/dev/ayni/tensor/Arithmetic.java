package dev.ayni.tensor;

/** The arithmetic that {@code docs/arithmetic.md} specifies. */
public final class Arithmetic {
    /** Same number, same bits. It changes with any bit of any result, and is recorded with every run. */
    public static final int VERSION = 2;

    /** Values that share one scale when activations are quantised, and one step of the chain. */
    public static final int GROUP = 32;

    /** Values after which the chain starts anew. */
    public static final int SEGMENT = 1024;

    /** Accumulators of a laned sum. */
    public static final int LANES = 16;

    /** A group is loud if the square of its scale is more than so many times the mean of its row. */
    public static final float LOUD = 1.5f;

    private Arithmetic() {}

    /** Section 3 of the page: quantises the group of x that begins at {@code first}, and returns its scale. */
    static float quantize(float[] x, int[] q, int first) {
        float m = 0;
        for (int i = first; i < first + GROUP; i++) {
            m = Math.max(m, Math.abs(x[i]));
        }
        if (!Float.isFinite(m)) {
            return Float.NaN;
        }
        if (m < 0x1p-120f) {
            return 0;
        }
        float inverse = 127f / m;
        for (int i = first; i < first + GROUP; i++) {
            q[i] = (int) Math.rint(x[i] * inverse);
        }
        return m / 127f;
    }

    /** Section 3 of the page: which groups of a row, whose scales these are, get a second digit. */
    static boolean[] loud(float[] scales) {
        float bound = LOUD * (PortableKernels.lanedProduct(scales, 0, scales, 0, scales.length) / scales.length);
        boolean[] loud = new boolean[scales.length];
        for (int group = 0; group < scales.length; group++) {
            loud[group] = scales[group] * scales[group] > bound;
        }
        return loud;
    }
}
