/* Section 3: activations as products with quantised weights read them. */
#pragma once
#include "functions.h"

enum { GROUP = 32, SEGMENT_GROUPS = 32 };

/*
 * Thirty-two integers with their scale. Eight values follow one another as 0, 4, 1, 5, 2, 6, 3, 7: so do nibbles when a word
 * of them is split by a mask and a shift.
 */
struct group {
    int8_t q[GROUP];
    float scale;
    float sum;
    int32_t total;
    int16_t half_totals[2];
};

/*
 * The activations of some tokens. Groups of the first digit lie by segment, token, group; every segment has room for 32.
 * Those of the second are numbered by group, then token: group g has the numbers loud_start[g] to loud_start[g + 1] - 1, and
 * number i is of token loud_token[i]; loud_number, by token and group, is -1 where there is none.
 */
struct activations {
    const float *x;
    int64_t tokens, width;
    struct group *first;
    int32_t *loud_start;
    int32_t *loud_token;
    int32_t *loud_number;
    struct group *second;
};

INLINE int64_t first_digit(const struct activations *a, int64_t token, int64_t group) {
    return (group / SEGMENT_GROUPS * a->tokens + token) * SEGMENT_GROUPS + group % SEGMENT_GROUPS;
}

/* Quantises 32 values, and returns their scale. */
INLINE float quantized(const float *x, int32_t q[GROUP]) {
    int32_t largest = 0;
    for (int i = 0; i < GROUP; i++) {
        int32_t size = bits_of(x[i]) & 0x7fffffff; /* ordered like the numbers, infinity and NaN above all */
        largest = size > largest ? size : largest;
    }
    float m = float_of(largest);
    if (largest >= 0x7f800000 || m < 0x1p-120f) {
        memset(q, 0, 4 * GROUP);
        return largest >= 0x7f800000 ? __builtin_nanf("") : 0.0f;
    }
    float inverse = 127.0f / m;
    for (int i = 0; i < GROUP; i++) {
        q[i] = bits_of(x[i] * inverse + ROUNDER) - bits_of(ROUNDER);
    }
    return m / 127.0f;
}
