package dev.ayni.tensor;

/**
 * The transcendental functions of the arithmetic: each step is one rounded float operation without a branch, so that it
 * can be copied lane by lane into any instruction set and gives the same bits there. A choice {@code c ? a : b} stands for
 * a comparison and a select. NaN gives NaN.
 *
 * <p>Errors are in units in the last place of the exact result (ulp), over all finite floats.
 */
public final class Functions {
    /*
     * exp: x = n ln 2 + r with |r| <= ln 2 / 2, exp(x) = 2^n exp(r); ln 2 in two parts after Cody and Waite (Software Manual
     * for the Elementary Functions, 1980). The coefficients of both polynomials minimise the largest relative error, found by
     * Lawson's iteration in double precision and rounded to float.
     */
    /** 1.5 * 2^23: added to a float below 2^22 in size, it leaves the nearest integer in the lowest bits. */
    public static final float ROUNDER = 0x1.8p23f;

    public static final float LOG2_E = 0x1.715476p0f;
    public static final float LN2_HIGH = 0x1.62e43p-1f;
    public static final float LN2_LOW = -0x1.05c61p-29f;

    /** From here on exp is infinite: 2^128 or more. */
    public static final float EXP_MAX = 89f;

    /** Up to here exp is 0: less than half the smallest subnormal number. */
    public static final float EXP_MIN = -104f;

    /** exp(r) = 1 + r + r^2 (E2 + E3 r + E4 r^2 + E5 r^3 + E6 r^4). */
    public static final float E2 = 0x1.fffffcp-2f;

    public static final float E3 = 0x1.55549p-3f;
    public static final float E4 = 0x1.5558f4p-5f;
    public static final float E5 = 0x1.123a6cp-7f;
    public static final float E6 = 0x1.6a2352p-10f;

    /** Below this size tanh is a polynomial, from it on 1 - 2 / (exp(2 |x|) + 1). */
    public static final float TANH_SMALL = 0.625f;

    /** tanh(x) = x + x^3 (T0 + T1 x^2 + T2 x^4 + T3 x^6 + T4 x^8). */
    public static final float T0 = -0x1.555532p-2f;

    public static final float T1 = 0x1.110726p-3f;
    public static final float T2 = -0x1.b83c5ap-5f;
    public static final float T3 = 0x1.52269cp-6f;
    public static final float T4 = -0x1.75e1ccp-8f;

    public static final float GELU_CUBE = 0x1.6e4e26p-5f;

    /** The square root of 2 / pi. */
    public static final float GELU_SCALE = 0x1.988454p-1f;

    /** From here on GELU's own form is x, or 0 for negative x: what is missing rounds to nothing. */
    public static final float NORMAL_MAX = 15f;

    /** Where t = 1 / (1 + NORMAL_SLOPE |x|), erfc(|x| / sqrt(2)) exp(x^2 / 2) = t (N0 + N1 t + ... + N8 t^8). */
    public static final float NORMAL_SLOPE = 0x1.5c28f6p-2f;

    public static final float N0 = 0x1.15c14ap-2f;
    public static final float N1 = 0x1.16adbep-2f;
    public static final float N2 = 0x1.d9136p-3f;
    public static final float N3 = 0x1.d35a42p-3f;
    public static final float N4 = -0x1.547be4p-4f;
    public static final float N5 = 0x1.94297ep-2f;
    public static final float N6 = -0x1.1321eap-1f;
    public static final float N7 = 0x1.19159ap-2f;
    public static final float N8 = -0x1.a4110cp-5f;

    private Functions() {}

    /** e to the x, at most 1 ulp off; subnormal results included. */
    public static float exp(float x) {
        float bounded = x > EXP_MAX ? EXP_MAX : x;
        bounded = bounded < EXP_MIN ? EXP_MIN : bounded;
        float shifted = Math.fma(bounded, LOG2_E, ROUNDER);
        float n = shifted - ROUNDER;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, bounded));
        float p = Math.fma(E6, r, E5);
        p = Math.fma(p, r, E4);
        p = Math.fma(p, r, E3);
        p = Math.fma(p, r, E2);
        p = Math.fma(r * r, p, r) + 1f;
        // 2^n in two factors, because n goes from -150 to 128: either factor is a normal number.
        int power = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUNDER);
        int half = power >> 1;
        return p * powerOfTwo(half) * powerOfTwo(power - half);
    }

    private static float powerOfTwo(int power) {
        return Float.intBitsToFloat((power + 127) << 23);
    }

    /** Hyperbolic tangent, at most 2 ulp off. */
    public static float tanh(float x) {
        float size = x < 0f ? -x : x;
        float square = x * x;
        float p = Math.fma(T4, square, T3);
        p = Math.fma(p, square, T2);
        p = Math.fma(p, square, T1);
        p = Math.fma(p, square, T0);
        float small = Math.fma(p * square, x, x);
        float large = 1f - 2f / (exp(size + size) + 1f);
        float signed = x < 0f ? -large : large;
        return size < TANH_SMALL ? small : signed;
    }

    /** x / (1 + exp(-x)). */
    public static float silu(float x) {
        return x / (1f + exp(-x));
    }

    /** 1 / (1 + exp(-x)). */
    public static float sigmoid(float x) {
        return 1f / (1f + exp(-x));
    }

    /** x where it is not negative, else 0; a NaN stays one. */
    public static float relu(float x) {
        return x < 0f ? 0f : x;
    }

    /**
     * The gated activation of gpt-oss (OpenAI 2025): g / (1 + exp(-alpha g)) * (u + 1), with g the gate but at most the limit,
     * and u the other factor, within the limit on either side.
     */
    public static float clampedSwiglu(float gate, float up, float alpha, float limit) {
        float g = gate > limit ? limit : gate;
        float u = up > limit ? limit : up;
        u = u < -limit ? -limit : u;
        return g / (1f + exp(-(alpha * g))) * (u + 1f);
    }

    /** GELU's tanh form (Hendrycks and Gimpel 2016): 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
    public static float gelu(float x) {
        float inner = Math.fma(GELU_CUBE * x * x, x, x);
        return 0.5f * x * (1f + tanh(GELU_SCALE * inner));
    }

    /**
     * GELU itself (Hendrycks and Gimpel 2016): x times the share of a normal distribution below x, at most 6 ulp off. What is
     * computed is the little by which it lies under max(x, 0), so that nothing cancels on either side.
     */
    public static float normalGelu(float x) {
        float size = x < 0f ? -x : x;
        size = size > NORMAL_MAX ? NORMAL_MAX : size;
        float square = size * size;
        float rest = Math.fma(size, size, -square);
        float e = exp(-0.5f * square);
        e = Math.fma(-0.5f * rest, e, e);
        float t = 1f / Math.fma(size, NORMAL_SLOPE, 1f);
        float p = Math.fma(N8, t, N7);
        p = Math.fma(p, t, N6);
        p = Math.fma(p, t, N5);
        p = Math.fma(p, t, N4);
        p = Math.fma(p, t, N3);
        p = Math.fma(p, t, N2);
        p = Math.fma(p, t, N1);
        p = Math.fma(p, t, N0);
        return (x > 0f ? x : 0f) - 0.5f * size * (p * t * e);
    }

    /** cap tanh(x / cap): nearly x near 0, never beyond the cap. */
    public static float softcap(float x, float cap) {
        return cap * tanh(x / cap);
    }
}
