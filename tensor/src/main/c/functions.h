/* The functions of section 7, one lane at a time; the compiler makes vectors of them. */
#pragma once
#include "lanes.h"

INLINE int32_t bits_of(float a) {
    int32_t bits;
    memcpy(&bits, &a, 4);
    return bits;
}

INLINE float float_of(int32_t bits) {
    float a;
    memcpy(&a, &bits, 4);
    return a;
}

#define ROUNDER 0x1.8p23f

INLINE float exponential(float x) {
    float y = x > 89.0f ? 89.0f : x;
    y = y < -104.0f ? -104.0f : y;
    float z = __builtin_fmaf(y, 0x1.715476p0f, ROUNDER);
    float n = z - ROUNDER;
    float r = __builtin_fmaf(n, 0x1.05c61p-29f, __builtin_fmaf(n, -0x1.62e43p-1f, y));
    float p = __builtin_fmaf(0x1.6a2352p-10f, r, 0x1.123a6cp-7f);
    p = __builtin_fmaf(p, r, 0x1.5558f4p-5f);
    p = __builtin_fmaf(p, r, 0x1.55549p-3f);
    p = __builtin_fmaf(p, r, 0x1.fffffcp-2f);
    p = __builtin_fmaf(r * r, p, r) + 1.0f;
    int32_t k = (int32_t)((uint32_t)bits_of(z) - (uint32_t)bits_of(ROUNDER)); /* NaN's bits may overflow */
    int32_t half = k >> 1;
    return p * float_of((int32_t)((uint32_t)(half + 127) << 23)) * float_of((int32_t)((uint32_t)(k - half + 127) << 23));
}

INLINE float hyperbolic_tangent(float x) {
    float a = x < 0.0f ? -x : x;
    float s = x * x;
    float p = __builtin_fmaf(-0x1.75e1ccp-8f, s, 0x1.52269cp-6f);
    p = __builtin_fmaf(p, s, -0x1.b83c5ap-5f);
    p = __builtin_fmaf(p, s, 0x1.110726p-3f);
    p = __builtin_fmaf(p, s, -0x1.555532p-2f);
    float small = __builtin_fmaf(p * s, x, x);
    float large = 1.0f - 2.0f / (exponential(a + a) + 1.0f);
    large = x < 0.0f ? -large : large;
    return a < 0.625f ? small : large;
}

INLINE float silu(float x) { return x / (1.0f + exponential(-x)); }

INLINE float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

INLINE float gelu(float x) {
    float t = __builtin_fmaf(0x1.6e4e26p-5f * x * x, x, x);
    return 0.5f * x * (1.0f + hyperbolic_tangent(0x1.988454p-1f * t));
}

INLINE float normal_gelu(float x) {
    float y = x < 0.0f ? -x : x;
    y = y > 15.0f ? 15.0f : y;
    float s = y * y;
    float rest = __builtin_fmaf(y, y, -s);
    float e = exponential(-0.5f * s);
    e = __builtin_fmaf(-0.5f * rest, e, e);
    float t = 1.0f / __builtin_fmaf(y, 0x1.5c28f6p-2f, 1.0f);
    float p = __builtin_fmaf(-0x1.a4110cp-5f, t, 0x1.19159ap-2f);
    p = __builtin_fmaf(p, t, -0x1.1321eap-1f);
    p = __builtin_fmaf(p, t, 0x1.94297ep-2f);
    p = __builtin_fmaf(p, t, -0x1.547be4p-4f);
    p = __builtin_fmaf(p, t, 0x1.d35a42p-3f);
    p = __builtin_fmaf(p, t, 0x1.d9136p-3f);
    p = __builtin_fmaf(p, t, 0x1.16adbep-2f);
    p = __builtin_fmaf(p, t, 0x1.15c14ap-2f);
    return (x > 0.0f ? x : 0.0f) - 0.5f * y * (p * t * e);
}

INLINE float softcapped(float x, float cap) { return cap * hyperbolic_tangent(x / cap); }
