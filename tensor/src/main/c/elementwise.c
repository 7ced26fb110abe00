/* Section 5: rows of the innermost dimension, or runs of numbers, from `from` to `to - 1`. */
#include "functions.h"

struct add_bias {
    float *x;
    const void *bias;
    int64_t type, width;
};

KERNEL(add_bias, const struct add_bias) {
    int64_t width = task->width;
    int type = (int)task->type;
    for (int64_t t = from; t < to; t++) {
        float *x = task->x + t * width;
        int64_t i = 0;
        for (; i + 16 <= width; i += 16) {
            lanes bias = load_lanes(type, task->bias, i);
            UNROLL for (int p = 0; p < PARTS; p++) {
                store_f(x + i + p * VL, load_f(x + i + p * VL) + bias.part[p]);
            }
        }
        float rest[16];
        store_lanes(rest, load_some(type, task->bias, i, width - i, 0.0f));
        for (int64_t j = i; j < width; j++) {
            x[j] += rest[j - i];
        }
    }
}

struct rms_norm {
    float *out;
    const float *x;
    const void *weight;
    int64_t type, width;
    float epsilon;
};

KERNEL(rms_norm, const struct rms_norm) {
    int64_t width = task->width;
    int type = (int)task->type;
    for (int64_t t = from; t < to; t++) {
        const float *x = task->x + t * width;
        float *out = task->out + t * width;
        float squares = tree(laned_product(x, F32, x, width));
        float r = 1.0f / __builtin_sqrtf(squares / (float)width + task->epsilon);
        int64_t i = 0;
        for (; i + 16 <= width; i += 16) {
            lanes weight = load_lanes(type, task->weight, i);
            UNROLL for (int p = 0; p < PARTS; p++) {
                store_f(out + i + p * VL, load_f(x + i + p * VL) * r * weight.part[p]);
            }
        }
        float rest[16];
        store_lanes(rest, load_some(type, task->weight, i, width - i, 0.0f));
        for (int64_t j = i; j < width; j++) {
            out[j] = x[j] * r * rest[j - i];
        }
    }
}

struct layer_norm {
    float *out;
    const float *x;
    const void *weight;
    const void *bias;
    int64_t weight_type, bias_type, width;
    float epsilon;
};

KERNEL(layer_norm, const struct layer_norm) {
    int64_t width = task->width;
    int64_t whole = width & -16;
    int weight_type = (int)task->weight_type;
    int bias_type = (int)task->bias_type;
    for (int64_t t = from; t < to; t++) {
        const float *x = task->x + t * width;
        float *out = task->out + t * width;
        lanes sum = zero_lanes();
        for (int64_t i = 0; i < whole; i += 16) {
            UNROLL for (int p = 0; p < PARTS; p++) sum.part[p] += load_f(x + i + p * VL);
        }
        if (whole < width) { /* adding -0 is no operation */
            lanes rest = load_some(F32, x, whole, width - whole, -0.0f);
            UNROLL for (int p = 0; p < PARTS; p++) sum.part[p] += rest.part[p];
        }
        float mean = tree(sum) / (float)width;
        for (int64_t i = 0; i < width; i++) {
            out[i] = x[i] - mean;
        }
        float squares = tree(laned_product(out, F32, out, width));
        float r = 1.0f / __builtin_sqrtf(squares / (float)width + task->epsilon);
        for (int64_t i = 0; i < whole; i += 16) {
            lanes weight = load_lanes(weight_type, task->weight, i);
            lanes bias = load_lanes(bias_type, task->bias, i);
            UNROLL for (int p = 0; p < PARTS; p++) {
                store_f(out + i + p * VL, fma_f(load_f(out + i + p * VL) * r, weight.part[p], bias.part[p]));
            }
        }
        float weight[16];
        float bias[16];
        store_lanes(weight, load_some(weight_type, task->weight, whole, width - whole, 0.0f));
        store_lanes(bias, load_some(bias_type, task->bias, whole, width - whole, 0.0f));
        for (int64_t i = whole; i < width; i++) {
            out[i] = __builtin_fmaf(out[i] * r, weight[i - whole], bias[i - whole]);
        }
    }
}

struct rope {
    float *x;
    const float *const *angles; /* for each token the cosines of all pairs, then the sines */
    int64_t heads, width, pairs, neighbours;
};

KERNEL(rope, const struct rope) {
    int64_t pairs = task->pairs;
    for (int64_t t = from; t < to; t++) {
        const float *restrict c = task->angles[t];
        const float *restrict s = c + pairs;
        for (int64_t head = 0; head < task->heads; head++) {
            float *restrict x = task->x + (t * task->heads + head) * task->width;
            if (task->neighbours) {
                for (int64_t i = 0; i < pairs; i++) {
                    float a = x[2 * i];
                    float b = x[2 * i + 1];
                    x[2 * i] = __builtin_fmaf(a, c[i], -(b * s[i]));
                    x[2 * i + 1] = __builtin_fmaf(b, c[i], a * s[i]);
                }
            } else {
                float *restrict y = x + pairs;
                for (int64_t i = 0; i < pairs; i++) {
                    float a = x[i];
                    float b = y[i];
                    x[i] = __builtin_fmaf(a, c[i], -(b * s[i]));
                    y[i] = __builtin_fmaf(b, c[i], a * s[i]);
                }
            }
        }
    }
}

/* Operations on numbers one by one: x with y or with a factor. */
struct numbers {
    float *x;
    const float *y;
    float factor;
};

KERNEL(silu_multiply, const struct numbers) {
    float *restrict x = task->x;
    const float *restrict y = task->y;
    for (int64_t i = from; i < to; i++) {
        x[i] = silu(x[i]) * y[i];
    }
}

KERNEL(gelu_multiply, const struct numbers) {
    float *restrict x = task->x;
    const float *restrict y = task->y;
    for (int64_t i = from; i < to; i++) {
        x[i] = gelu(x[i]) * y[i];
    }
}

KERNEL(sigmoid_multiply, const struct numbers) {
    float *restrict x = task->x;
    const float *restrict y = task->y;
    for (int64_t i = from; i < to; i++) {
        x[i] = sigmoid(x[i]) * y[i];
    }
}

KERNEL(tanh_gelu, const struct numbers) {
    float *x = task->x;
    for (int64_t i = from; i < to; i++) {
        x[i] = gelu(x[i]);
    }
}

KERNEL(relu, const struct numbers) {
    float *x = task->x;
    for (int64_t i = from; i < to; i++) {
        x[i] = x[i] < 0.0f ? 0.0f : x[i];
    }
}

struct clamped_swiglu {
    float *gate;
    const float *up;
    float alpha, limit;
};

KERNEL(clamped_swiglu, const struct clamped_swiglu) {
    float *restrict gate = task->gate;
    const float *restrict up = task->up;
    float alpha = task->alpha;
    float limit = task->limit;
    for (int64_t i = from; i < to; i++) {
        float g = gate[i] > limit ? limit : gate[i];
        float u = up[i] > limit ? limit : up[i];
        u = u < -limit ? -limit : u;
        gate[i] = g / (1.0f + exponential(-(alpha * g))) * (u + 1.0f);
    }
}

KERNEL(gelu, const struct numbers) {
    float *x = task->x;
    for (int64_t i = from; i < to; i++) {
        x[i] = normal_gelu(x[i]);
    }
}

KERNEL(softcap, const struct numbers) {
    float *restrict x = task->x;
    float cap = task->factor;
    for (int64_t i = from; i < to; i++) {
        x[i] = softcapped(x[i], cap);
    }
}

KERNEL(add, const struct numbers) {
    float *x = task->x;
    const float *y = task->y;
    for (int64_t i = from; i < to; i++) {
        x[i] += y[i];
    }
}

KERNEL(multiply_numbers, const struct numbers) {
    float *x = task->x;
    const float *y = task->y;
    for (int64_t i = from; i < to; i++) {
        x[i] *= y[i];
    }
}

KERNEL(scale, const struct numbers) {
    float *x = task->x;
    float factor = task->factor;
    for (int64_t i = from; i < to; i++) {
        x[i] *= factor;
    }
}
