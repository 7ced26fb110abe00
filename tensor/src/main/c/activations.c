#include "activations.h"

typedef int8_t bytes __attribute__((vector_size(GROUP)));

/* From the natural order to that of a group. */
INLINE bytes reordered(bytes a) {
#define EIGHT(i) i, i + 4, i + 1, i + 5, i + 2, i + 6, i + 3, i + 7
#if defined(__clang__)
    return __builtin_shufflevector(a, a, EIGHT(0), EIGHT(8), EIGHT(16), EIGHT(24));
#else
    return __builtin_shuffle(a, (bytes){EIGHT(0), EIGHT(8), EIGHT(16), EIGHT(24)});
#endif
}

/* And back. */
INLINE bytes in_natural_order(bytes a) {
#define EIGHT_BACK(i) i, i + 2, i + 4, i + 6, i + 1, i + 3, i + 5, i + 7
#if defined(__clang__)
    return __builtin_shufflevector(a, a, EIGHT_BACK(0), EIGHT_BACK(8), EIGHT_BACK(16), EIGHT_BACK(24));
#else
    return __builtin_shuffle(a, (bytes){EIGHT_BACK(0), EIGHT_BACK(8), EIGHT_BACK(16), EIGHT_BACK(24)});
#endif
}

/* Quantises 32 values, with what products need to know of them. */
INLINE void quantize(const float *x, struct group *to) {
    int32_t q[GROUP];
    to->scale = quantized(x, q);
    int32_t halves[2] = {0, 0};
    for (int i = 0; i < 16; i++) {
        halves[0] += q[i];
        halves[1] += q[i + 16];
    }
    bytes natural;
    for (int i = 0; i < GROUP; i++) {
        natural[i] = (int8_t)q[i];
    }
    natural = reordered(natural);
    memcpy(to->q, &natural, GROUP);
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
            a->loud_number[t * groups + g] = scale * scale > bound ? 0 : -1;
        }
    }
}

/* Numbers the loud groups. */
KERNEL(number_loud, const struct activations) {
    const struct activations *a = task;
    int64_t groups = a->width / GROUP;
    int32_t *restrict next = a->loud_start;
    memset(next, 0, 4 * (size_t)(groups + 1));
    for (int64_t t = 0; t < a->tokens; t++) {
        const int32_t *restrict number = a->loud_number + t * groups;
        for (int64_t g = 0; g < groups; g++) {
            next[g + 1] += number[g] + 1;
        }
    }
    for (int64_t g = 0; g < groups; g++) {
        next[g + 1] += next[g];
    }
    for (int64_t t = 0; t < a->tokens; t++) {
        int32_t *restrict number = a->loud_number + t * groups;
        for (int64_t g = 0; g < groups; g++) {
            if (number[g] == 0) {
                a->loud_token[next[g]] = (int32_t)t;
                number[g] = next[g]++;
            }
        }
    }
    /* each start has moved to the next one's place */
    memmove(next + 1, next, 4 * (size_t)groups);
    next[0] = 0;
}

/* The second digits of tokens `from` to `to - 1`. */
KERNEL(quantize_loud, const struct activations) {
    const struct activations *a = task;
    int64_t groups = a->width / GROUP;
    for (int64_t t = from; t < to; t++) {
        for (int64_t g = 0; g < groups; g++) {
            int32_t number = a->loud_number[t * groups + g];
            if (number < 0) {
                continue;
            }
            const float *x = a->x + t * a->width + g * GROUP;
            const struct group *first = a->first + first_digit(a, t, g);
            bytes q;
            memcpy(&q, first->q, GROUP);
            q = in_natural_order(q);
            float rest[GROUP];
            for (int i = 0; i < GROUP; i++) {
                rest[i] = __builtin_fmaf(-first->scale, (float)q[i], x[i]);
            }
            quantize(rest, a->second + number);
        }
    }
}
