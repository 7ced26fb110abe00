package dev.ayni.tensor;

/**
 * Weights of a row as products need them: value i of group g is {@code d[g] * w[32 g + i] + n}, where n is 0, one number a
 * group or one number a half, as {@link BlockFormat#minima} says. With {@link BlockFormat#twoScales} the scale of the second
 * half of group g is {@code n[2 g + 1]}, and nothing is added.
 */
public final class UnpackedRow {
    /** The integers. */
    public final int[] w;

    /** One scale a group. */
    public final float[] d;

    /** Minima of group g: {@code n[2 g]} where a group has one, {@code n[2 g]} and {@code n[2 g + 1]} where its halves have. */
    public final float[] n;

    /**
     * Makes room.
     *
     * @param values for how many weights: whole blocks of the format
     */
    public UnpackedRow(int values) {
        w = new int[values];
        d = new float[values / Arithmetic.GROUP];
        n = new float[2 * d.length];
    }

    /** Multiplies all scales. */
    void times(float factor) {
        if (factor != 1) {
            for (int i = 0; i < d.length; i++) {
                d[i] *= factor;
            }
            for (int i = 0; i < n.length; i++) {
                n[i] *= factor;
            }
        }
    }
}
