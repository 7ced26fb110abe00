#include "activations.h"
#include "functions.h"

/* Quantises 32 values. */
INLINE void quantize(const float *x, struct group *to) {
    int32_t largest = 0;
    for (int i = 0; i < GROUP; i++) {
        int32_t size = bits_of(x[i]) & 0x7fffffff; /* ordered like the numbers, infinity and NaN above all */
        largest = size > largest ? size : largest;
    }
    float m = float_of(largest);
    if (largest >= 0x7f800000 || m < 0x1p-120f) {
        memset(to, 0, sizeof *to);
        to->scale = largest >= 0x7f800000 ? __builtin_nanf("") : 0.0f;
        to->sum = to->scale * 0.0f;
        return;
    }
    float inverse = 127.0f / m;
    int32_t q[GROUP];
    for (int i = 0; i < GROUP; i++) {
        q[i] = bits_of(x[i] * inverse + ROUNDER) - bits_of(ROUNDER);
    }
    int32_t halves[2] = {0, 0};
    for (int i = 0; i < 16; i++) {
        halves[0] += q[i];
        halves[1] += q[i + 16];
    }
    int8_t bytes[GROUP];
    for (int i = 0; i < GROUP; i++) {
        bytes[i] = (int8_t)q[i];
    }
    for (int i = 0; i < GROUP; i += 8) {
        static const int order[8] = {0, 4, 1, 5, 2, 6, 3, 7};
        UNROLL for (int j = 0; j < 8; j++) {
            to->q[i + j] = bytes[i + order[j]];
        }
    }
    to->scale = m / 127.0f;
    to->total = halves[0] + halves[1];
    to->half_totals[0] = (int16_t)halves[0];
    to->half_totals[1] = (int16_t)halves[1];
    to->sum = to->scale * (float)to->total;
}

/* The first digit of tokens `from` to `to - 1`, and which of their groups are loud. */
KERNEL(quantize, const struct activations) {
    const struct activations *a = task;
    int64_t groups = a->width / GROUP;
    for (int64_t t = from; t < to; t++) {
        lanes sum = zero_lanes();
        for (int64_t g = 0; g < groups; g += 16) {
            float scales[16];
            int64_t count = groups - g < 16 ? groups - g : 16;
            for (int64_t i = 0; i < count; i++) {
                struct group *group = a->first + first_digit(a, t, g + i);
                quantize(a->x + t * a->width + (g + i) * GROUP, group);
                scales[i] = group->scale;
            }
            /* zeros in place of squares that are not there: squares are not negative, so that +0 changes none */
            lanes some = load_some(F32, scales, 0, count, 0.0f);
            sum = fma_lanes(some, some, sum);
        }
        float bound = 1.5f * (tree(sum) / (float)groups);
        for (int64_t g = 0; g < groups; g++) {
            float scale = a->first[first_digit(a, t, g)].scale;
            a->is_loud[t * groups + g] = scale * scale > bound;
        }
    }
}

/* Numbers the loud groups. */
KERNEL(number_loud, const struct activations) {
    const struct activations *a = task;
    int64_t groups = a->width / GROUP;
    int32_t *start = a->loud_start;
    memset(start, 0, 4 * (size_t)(groups + 1));
    for (int64_t t = 0; t < a->tokens; t++) {
        for (int64_t g = 0; g < groups; g++) {
            start[g + 1] += a->is_loud[t * groups + g];
        }
    }
    for (int64_t g = 0; g < groups; g++) {
        start[g + 1] += start[g];
    }
    for (int64_t t = 0; t < a->tokens; t++) {
        for (int64_t g = 0; g < groups; g++) {
            if (a->is_loud[t * groups + g]) {
                int32_t i = start[g]++; /* each start moves to the next one's place, and is put back below */
                a->loud_token[i] = (int32_t)t;
                a->loud_group[i] = (int32_t)g;
            }
        }
    }
    for (int64_t g = groups; g > 0; g--) {
        start[g] = start[g - 1];
    }
    start[0] = 0;
}

/* The second digit of loud groups, of part `from` to `to - 1` of a thousand. */
KERNEL(quantize_loud, const struct activations) {
    const struct activations *a = task;
    int64_t all = a->loud_start[a->width / GROUP];
    for (int64_t i = all * from / 1000; i < all * to / 1000; i++) {
        int64_t g = a->loud_group[i];
        int64_t t = a->loud_token[i];
        const float *x = a->x + t * a->width + g * GROUP;
        const struct group *first = a->first + first_digit(a, t, g);
        float rest[GROUP];
        for (int j = 0; j < GROUP; j += 8) {
            static const int order[8] = {0, 4, 1, 5, 2, 6, 3, 7};
            UNROLL for (int k = 0; k < 8; k++) {
                rest[j + order[k]] = __builtin_fmaf(-first->scale, (float)first->q[j + k], x[j + order[k]]);
            }
        }
        quantize(rest, a->second + i);
    }
}
