/* Section 6: attention over pages of 256 positions, each [K, 256, H]. */
#include "activations.h"

/* Beside plain floats, pages may have GGML's type of this number: blocks of an F16 scale and 32 bytes. */
enum { Q8_0 = 8, BLOCK_BYTES = 2 + GROUP };

INLINE int64_t bytes_of(int type, int64_t values) {
    return type == Q8_0 ? values / GROUP * BLOCK_BYTES : values * size_of(type);
}

/* Sixteen numbers of a page, from a multiple of sixteen on where they are in blocks. */
INLINE lanes load_numbers(int type, const char *from, int64_t first) {
    if (type != Q8_0) {
        return load_lanes(type, from, first);
    }
    const char *block = from + bytes_of(Q8_0, first);
    uint16_t scale;
    memcpy(&scale, block, 2);
    vf d = all_f16(scale);
    const int8_t *q = (const int8_t *)block + 2 + first % GROUP;
    lanes a;
    UNROLL for (int p = 0; p < PARTS; p++) a.part[p] = d * to_float(load_i8(q + p * VL));
    return a;
}

/* Rows are queries: some tokens' heads. A tile of them is computed together, with a tile of positions. */
enum { PAGE = 256, TILE = 4 };
#if VL == 16
enum { INNER = 4 };
#else
enum { INNER = 2 };
#endif

struct view {
    int64_t first_row, count, start;
    const char *const *keys;
    const char *const *values;
};

/* New tokens of a conversation with the heads of one key/value head, over some pages. */
struct unit {
    int32_t view, first, count, kv_head, from_page, to_page;
    int64_t partial; /* where results over these pages alone are put, or -1: they are the final ones */
};

struct attend {
    float *out; /* [T, N, H of values] */
    const float *q;
    const struct view *views;
    const struct unit *units;
    float *partials; /* for each head of a unit of one page: m, s, o[0..H - 1] */
    int64_t heads, kv_heads, width, value_width, type, window, section;
    const float *sinks; /* [N], or null */
    float scale, softcap;
    const float *slopes; /* one for each query head, or none at all */
};

/* The first position that a token sees. */
INLINE int64_t first_visible(const struct attend *a, int64_t position) {
    int64_t first = a->window == 0 || position < a->window ? 0 : position - a->window + 1;
    int64_t section = a->section == 0 ? 0 : position - position % a->section;
    return section > first ? section : first;
}

/* One row in one page. */
struct row {
    const float *q;
    int from, to, position; /* in the page; its own position may lie outside */
    float slope, m, s;
    float e[PAGE];
    float *o;
};

INLINE void score_tile(int type, int64_t width, struct row *const rows[TILE], const char *keys, int from, int to, float scale) {
    for (int t = from & -TILE; t < to; t += TILE) {
        lanes sums[TILE * TILE];
        UNROLL for (int r = 0; r < TILE; r += INNER) UNROLL for (int p = 0; p < TILE; p += INNER) {
            lanes sum[INNER][INNER];
            UNROLL for (int a = 0; a < INNER; a++) UNROLL for (int b = 0; b < INNER; b++) sum[a][b] = zero_lanes();
            const char *key = keys + bytes_of(type, (t + p) * width);
            int64_t i = 0;
            for (; i + 16 <= width; i += 16) {
                lanes k[INNER];
                UNROLL for (int b = 0; b < INNER; b++) k[b] = load_numbers(type, key, b * width + i);
                UNROLL for (int a = 0; a < INNER; a++) {
                    lanes q = load_lanes(F32, rows[r + a]->q, i);
                    UNROLL for (int b = 0; b < INNER; b++) sum[a][b] = fma_lanes(q, k[b], sum[a][b]);
                }
            }
            if (type != Q8_0 && i < width) {
                for (int a = 0; a < INNER; a++) {
                    lanes q = load_some(F32, rows[r + a]->q, i, width - i, 0.0f);
                    for (int b = 0; b < INNER; b++) {
                        sum[a][b] = fma_lanes(q, load_some(type, key, b * width + i, width - i, -0.0f), sum[a][b]);
                    }
                }
            }
            UNROLL for (int a = 0; a < INNER; a++) UNROLL for (int b = 0; b < INNER; b++) {
                sums[(r + a) * TILE + p + b] = sum[a][b];
            }
        }
        lanes scores = trees(sums);
        float values[TILE * TILE];
        UNROLL for (int p = 0; p < PARTS; p++) store_f(values + p * VL, scores.part[p] * scale);
        UNROLL for (int r = 0; r < TILE; r++) memcpy(rows[r]->e + t, values + r * TILE, 4 * TILE);
    }
}

/* Scores become exponentials, m and s. */
static void weights_of(struct row *row, float softcap) {
    float *e = row->e;
    int from = row->from;
    int to = row->to;
    if (softcap != 0.0f) {
        for (int t = from; t < to; t++) {
            e[t] = softcapped(e[t], softcap);
        }
    }
    if (row->slope != 0.0f) {
        for (int t = from; t < to; t++) {
            int distance = row->position < t ? t - row->position : row->position - t;
            e[t] = __builtin_fmaf(-row->slope, (float)distance, e[t]);
        }
    }
    /* numbers as integers of the same order, NaN above all */
    int32_t largest = INT32_MIN;
    for (int t = from; t < to; t++) {
        int32_t bits = bits_of(e[t]);
        int32_t ordered = (bits & 0x7fffffff) > 0x7f800000 ? 0x7fffffff : bits ^ (bits >> 31 & 0x7fffffff);
        largest = ordered > largest ? ordered : largest;
    }
    float m = float_of(largest ^ (largest >> 31 & 0x7fffffff));
    for (int t = from; t < to; t++) {
        e[t] = exponential(e[t] - m);
    }
    int first = from & -16;
    int last = (to + 15) & -16;
    for (int t = first; t < from; t++) {
        e[t] = 0.0f;
    }
    for (int t = to; t < last; t++) {
        e[t] = 0.0f;
    }
    lanes sum = zero_lanes();
    for (int t = first; t < last; t += 16) {
        lanes some = load_lanes(F32, e, t);
        UNROLL for (int p = 0; p < PARTS; p++) sum.part[p] += some.part[p];
    }
    row->m = m;
    row->s = tree(sum);
}

/* o[i] of some rows goes on with positions `from` to `to - 1`, for `chunks` times sixteen values from i on. */
INLINE void weigh_chunk(
    int type, int count, int chunks, int64_t width, struct row *const *rows, const char *values, int from, int to, int64_t i) {
    lanes o[TILE][4];
    UNROLL for (int r = 0; r < count; r++) UNROLL for (int c = 0; c < chunks; c++) {
        o[r][c] = load_lanes(F32, rows[r]->o, i + 16 * c);
    }
    for (int t = from; t < to; t++) {
        lanes v[4];
        UNROLL for (int c = 0; c < chunks; c++) v[c] = load_numbers(type, values, t * width + i + 16 * c);
        UNROLL for (int r = 0; r < count; r++) {
            vf e = all_f(rows[r]->e[t]);
            UNROLL for (int c = 0; c < chunks; c++) UNROLL for (int p = 0; p < PARTS; p++) {
                o[r][c].part[p] = fma_f(e, v[c].part[p], o[r][c].part[p]);
            }
        }
    }
    UNROLL for (int r = 0; r < count; r++) UNROLL for (int c = 0; c < chunks; c++) {
        store_lanes(rows[r]->o + i + 16 * c, o[r][c]);
    }
}

INLINE void weigh(int type, int count, int64_t width, struct row *const *rows, const char *values, int from, int to) {
    int64_t i = 0;
#if VL == 16
    for (; i + 64 <= width; i += 64) {
        weigh_chunk(type, count, 4, width, rows, values, from, to, i);
    }
#endif
    for (; i + 16 <= width; i += 16) {
        weigh_chunk(type, count, 1, width, rows, values, from, to, i);
    }
    if (type != Q8_0 && i < width) {
        for (int t = from; t < to; t++) {
            float v[16];
            store_lanes(v, load_some(type, values, t * width + i, width - i, 0.0f));
            for (int r = 0; r < count; r++) {
                for (int64_t j = i; j < width; j++) {
                    rows[r]->o[j] = __builtin_fmaf(rows[r]->e[t], v[j - i], rows[r]->o[j]);
                }
            }
        }
    }
}

/* Rows in a page: what they see of it becomes their m, s and o. */
INLINE void attend_tile(
    int type, int64_t width, int64_t value_width, float scale, float softcap, struct row *const rows[TILE], int count,
    const char *keys, const char *values) {
    int from = PAGE, to = 0, all_from = 0, all_to = PAGE;
    for (int r = 0; r < count; r++) {
        from = rows[r]->from < from ? rows[r]->from : from;
        to = rows[r]->to > to ? rows[r]->to : to;
        all_from = rows[r]->from > all_from ? rows[r]->from : all_from;
        all_to = rows[r]->to < all_to ? rows[r]->to : all_to;
    }
    score_tile(type, width, rows, keys, from, to, scale);
    for (int r = 0; r < count; r++) {
        weights_of(rows[r], softcap);
        memset(rows[r]->o, 0, 4 * (size_t)value_width);
    }
    if (count < TILE || all_from >= all_to) {
        for (int r = 0; r < count; r++) {
            weigh(type, 1, value_width, rows + r, values, rows[r]->from, rows[r]->to);
        }
        return;
    }
    for (int r = 0; r < TILE; r++) {
        weigh(type, 1, value_width, rows + r, values, rows[r]->from, all_from);
    }
    weigh(type, TILE, value_width, rows, values, all_from, all_to);
    for (int r = 0; r < TILE; r++) {
        weigh(type, 1, value_width, rows + r, values, all_to, rows[r]->to);
    }
}

/* What a row has seen: the next chunk's (m, s, o) is merged into it. */
INLINE void merge(float *m_all, float *s_all, float *restrict o_all, float m, float s, const float *restrict o, int64_t width) {
    float larger = *m_all > m ? *m_all : m;
    larger = *m_all != *m_all ? *m_all : larger; /* a NaN that m is has been taken, because it is not smaller */
    float a = exponential(*m_all - larger);
    float b = exponential(m - larger);
    *m_all = larger;
    *s_all = __builtin_fmaf(s, b, *s_all * a);
    for (int64_t i = 0; i < width; i++) {
        o_all[i] = __builtin_fmaf(o[i], b, o_all[i] * a);
    }
}

INLINE void divide(float *o, float s, int64_t width) {
    for (int64_t i = 0; i < width; i++) {
        o[i] /= s;
    }
}

/* The result of one head of all that was seen: with its sink, where there is one, divided by the sum. */
INLINE void finish(const struct attend *a, int64_t head, float m, float s, float *o) {
    if (a->sinks) {
        float sink = a->sinks[head];
        float larger = m > sink ? m : sink;
        larger = m != m ? m : larger;
        float less = exponential(m - larger);
        s = s * less + exponential(sink - larger);
        for (int64_t i = 0; i < a->value_width; i++) {
            o[i] *= less;
        }
    }
    divide(o, s, a->value_width);
}

/* Rows of a unit at most: sixteen tokens. Scratch of a thread for so many heads on one key/value head. */
enum { TOKENS = 16 };

struct attend_scratch {
    int64_t bytes, group, width; /* of values */
};

KERNEL(attend_scratch, struct attend_scratch) {
    task->bytes = TILE * ((int64_t)sizeof(struct row) + 4 * task->width) + 8 * TOKENS * task->group;
}

INLINE void attend_unit(int type, const struct attend *a, const struct unit *unit, char *scratch) {
    const struct view *view = a->views + unit->view;
    int64_t group = a->heads / a->kv_heads;
    int64_t width = a->width;
    int64_t value_width = a->value_width;
    struct row *room = (struct row *)scratch;
    float *o = (float *)(room + TILE);
    float (*states)[2] = (float (*)[2])(o + TILE * value_width);
    for (int64_t page = unit->from_page; page < unit->to_page; page++) {
        const char *keys = view->keys[page] + bytes_of(type, unit->kv_head * PAGE * width);
        const char *values = view->values[page] + bytes_of(type, unit->kv_head * PAGE * value_width);
        int64_t all = unit->count * group;
        for (int64_t next = 0; next < all;) {
            struct row *rows[TILE];
            int64_t numbers[TILE];
            int count = 0;
            for (; next < all && count < TILE; next++) {
                int64_t position = view->start + unit->first + next / group;
                int64_t from = first_visible(a, position) - page * PAGE;
                int64_t to = position - page * PAGE + 1;
                struct row *row = room + count;
                row->from = from < 0 ? 0 : (int)from;
                row->to = to > PAGE ? PAGE : (int)to;
                if (from >= PAGE || row->from >= row->to) {
                    continue;
                }
                int64_t token = view->first_row + unit->first + next / group;
                int64_t query_head = unit->kv_head * group + next % group;
                row->q = a->q + (token * a->heads + query_head) * width;
                row->slope = a->slopes ? a->slopes[query_head] : 0.0f;
                row->position = (int)(position - page * PAGE);
                row->o = o + count * value_width;
                rows[count] = row;
                numbers[count++] = next;
            }
            if (count == 0) {
                break;
            }
            for (int r = count; r < TILE; r++) {
                rows[r] = rows[count - 1];
            }
            attend_tile(type, width, value_width, a->scale, a->softcap, rows, count, keys, values);
            for (int r = 0; r < count; r++) {
                struct row *row = rows[r];
                int64_t number = numbers[r];
                if (unit->partial >= 0) {
                    float *partial = a->partials + (unit->partial + number) * (value_width + 2);
                    partial[0] = row->m;
                    partial[1] = row->s;
                    memcpy(partial + 2, row->o, 4 * (size_t)value_width);
                    continue;
                }
                int64_t position = view->start + unit->first + number / group;
                int64_t head = unit->kv_head * group + number % group;
                float *out = a->out + ((view->first_row + unit->first + number / group) * a->heads + head) * value_width;
                float *state = states[number];
                if (first_visible(a, position) >= page * PAGE) {
                    state[0] = row->m;
                    state[1] = row->s;
                    memcpy(out, row->o, 4 * (size_t)value_width);
                } else {
                    merge(state, state + 1, out, row->m, row->s, row->o, value_width);
                }
                if (position < (page + 1) * PAGE) {
                    finish(a, head, state[0], state[1], out);
                }
            }
        }
    }
}

KERNEL(attend, const struct attend) {
    for (int64_t i = from; i < to; i++) {
        switch (task->type) {
        case F32: attend_unit(F32, task, task->units + i, scratch); break;
        case F16: attend_unit(F16, task, task->units + i, scratch); break;
        default: attend_unit(Q8_0, task, task->units + i, scratch); break;
        }
    }
}

/* Merges the partial results of one token, of which units `from` to `to - 1` are the pages of one key/value head. */
KERNEL(merge_partials, const struct attend) {
    const struct attend *a = task;
    int64_t group = a->heads / a->kv_heads;
    int64_t width = a->value_width;
    const struct unit *unit = a->units + from;
    const struct view *view = a->views + unit->view;
    for (int64_t g = 0; g < group; g++) {
        int64_t head = unit->kv_head * group + g;
        float *out = a->out + ((view->first_row + unit->first) * a->heads + head) * width;
        float m = 0.0f, s = 0.0f;
        for (int64_t i = from; i < to; i++) {
            const float *partial = a->partials + (a->units[i].partial + g) * (width + 2);
            if (i == from) {
                m = partial[0];
                s = partial[1];
                memcpy(out, partial + 2, 4 * (size_t)width);
            } else {
                merge(&m, &s, out, partial[0], partial[1], partial + 2, width);
            }
        }
        finish(a, head, m, s, out);
    }
}

/* Tokens of a text with the heads of one key/value head. */
struct text_unit {
    int32_t first_row, length, first, count, kv_head, unused;
};

struct attend_both_ways {
    float *out; /* [T, N, H] */
    const float *q;
    const float *k; /* [T, K, H] */
    const float *v;
    const struct text_unit *units;
    int64_t heads, kv_heads, width, window;
    float scale, softcap;
    const float *slopes; /* one for each query head, or none at all */
};

/* Tokens of a unit at most. */
enum { TEXT_TOKENS = 64 };

KERNEL(attend_both_ways_scratch, struct attend_scratch) {
    task->bytes = TILE * ((int64_t)sizeof(struct row) + 4 * task->width) + 8 * TEXT_TOKENS * task->group
                  + 2 * 4 * PAGE * task->width;
}

/* The rows `from` to `to - 1` of a text's head, which lie `apart` floats one from the other, side by side. */
INLINE void gather(const float *head, int64_t apart, int64_t width, int from, int to, float *rows) {
    for (int t = from; t < to; t++) {
        memcpy(rows + t * width, head + t * apart, 4 * (size_t)width);
    }
}

INLINE void attend_text(const struct attend_both_ways *a, const struct text_unit *unit, char *scratch) {
    int64_t group = a->heads / a->kv_heads;
    int64_t width = a->width;
    int64_t apart = a->kv_heads * width;
    int64_t length = unit->length;
    int64_t reach = a->window == 0 ? length : a->window;
    struct row *room = (struct row *)scratch;
    float *o = (float *)(room + TILE);
    float (*states)[2] = (float (*)[2])(o + TILE * width);
    float *keys = (float *)(states + TEXT_TOKENS * group);
    float *values = keys + PAGE * width;
    int64_t lowest = unit->first - reach + 1 < 0 ? 0 : unit->first - reach + 1;
    int64_t highest = unit->first + unit->count - 1 + reach;
    highest = highest > length ? length : highest;
    for (int64_t start = lowest / PAGE * PAGE; start < highest; start += PAGE) {
        int64_t head = (unit->first_row + start) * apart + unit->kv_head * width;
        int low = lowest < start ? 0 : (int)(lowest - start);
        int high = highest > start + PAGE ? PAGE : (int)(highest - start);
        gather(a->k + head, apart, width, low, high, keys);
        gather(a->v + head, apart, width, low, high, values);
        int64_t all = unit->count * group;
        for (int64_t next = 0; next < all;) {
            struct row *rows[TILE];
            int64_t numbers[TILE];
            int count = 0;
            for (; next < all && count < TILE; next++) {
                int64_t position = unit->first + next / group;
                int64_t begin = position - reach + 1 - start;
                int64_t end = position + reach > length ? length - start : position + reach - start;
                struct row *row = room + count;
                row->from = begin < 0 ? 0 : (int)(begin > PAGE ? PAGE : begin);
                row->to = end > PAGE ? PAGE : (int)(end < 0 ? 0 : end);
                if (row->from >= row->to) {
                    continue;
                }
                int64_t token = unit->first_row + position;
                int64_t query_head = unit->kv_head * group + next % group;
                row->q = a->q + (token * a->heads + query_head) * width;
                row->slope = a->slopes ? a->slopes[query_head] : 0.0f;
                row->position = (int)(position - start);
                row->o = o + count * width;
                rows[count] = row;
                numbers[count++] = next;
            }
            if (count == 0) {
                break;
            }
            for (int r = count; r < TILE; r++) {
                rows[r] = rows[count - 1];
            }
            attend_tile(F32, width, width, a->scale, a->softcap, rows, count, (const char *)keys, (const char *)values);
            for (int r = 0; r < count; r++) {
                struct row *row = rows[r];
                int64_t position = unit->first + numbers[r] / group;
                float *out = a->out + (row->q - a->q);
                float *state = states[numbers[r]];
                if (start == 0 || position - reach + 1 >= start) {
                    state[0] = row->m;
                    state[1] = row->s;
                    memcpy(out, row->o, 4 * (size_t)width);
                } else {
                    merge(state, state + 1, out, row->m, row->s, row->o, width);
                }
                if (length <= start + PAGE || position + reach <= start + PAGE) {
                    divide(out, state[1], width);
                }
            }
        }
    }
}

KERNEL(attend_both_ways, const struct attend_both_ways) {
    for (int64_t i = from; i < to; i++) {
        attend_text(task, task->units + i, scratch);
    }
}

struct append {
    const float *k; /* [T, K, H] */
    const float *v;
    const struct view *view;
    int64_t kv_heads, width, value_width, type;
};

static void store_blocks(const float *from, char *to, int64_t width) {
    for (int64_t i = 0; i < width; i += GROUP, to += BLOCK_BYTES) {
        int32_t q[GROUP];
        uint16_t scale[VL];
        store_f16(scale, all_f(quantized(from + i, q)));
        memcpy(to, scale, 2);
        for (int j = 0; j < GROUP; j++) {
            to[2 + j] = (char)q[j];
        }
    }
}

static void store(const float *from, char *to, int64_t type, int64_t width) {
    if (type == F32) {
        memcpy(to, from, 4 * (size_t)width);
        return;
    }
    if (type == Q8_0) {
        store_blocks(from, to, width);
        return;
    }
    uint16_t *numbers = (uint16_t *)to;
    int64_t i = 0;
    for (; i + VL <= width; i += VL) {
        store_f16(numbers + i, load_f(from + i));
    }
    if (i < width) {
        float some[16] = {0};
        uint16_t narrow[16];
        memcpy(some, from + i, 4 * (size_t)(width - i));
        store_f16(narrow, load_f(some));
        memcpy(numbers + i, narrow, 2 * (size_t)(width - i));
    }
}

/* Stores the keys and values of the view's new tokens `from` to `to - 1`. */
KERNEL(append, const struct append) {
    const struct append *a = task;
    for (int64_t t = from; t < to; t++) {
        int64_t position = a->view->start + t;
        for (int64_t head = 0; head < a->kv_heads; head++) {
            int64_t row = (a->view->first_row + t) * a->kv_heads + head;
            int64_t place = head * PAGE + position % PAGE;
            char *key = (char *)a->view->keys[position / PAGE] + bytes_of((int)a->type, place * a->width);
            char *value = (char *)a->view->values[position / PAGE] + bytes_of((int)a->type, place * a->value_width);
            store(a->k + row * a->width, key, a->type, a->width);
            store(a->v + row * a->value_width, value, a->type, a->value_width);
        }
    }
}
