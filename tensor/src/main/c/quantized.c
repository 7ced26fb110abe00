/*
 * Section 3: products with quantised weights. A band is the rows that are computed together, a vector of them at a time. For
 * many tokens the integers of a band's segment are unpacked to bytes once, and tiles of tokens go over them while they are in
 * the nearest cache; one token goes over the strips themselves, at the speed of memory.
 */
#include "strips.h"

#if VL == 16
enum { VECTORS = 2, COLUMNS = 6, COLUMNS_OF_SIXES = 4 };
#elif VL == 8
enum { VECTORS = 2, COLUMNS = 4, COLUMNS_OF_SIXES = 4 };
#else
enum { VECTORS = 4, COLUMNS = 4, COLUMNS_OF_SIXES = 4 };
#endif
enum { BAND = VECTORS * VL, BAND_STRIPS = BAND / ROWS, UNIT_STRIPS = 2 };

/* One token takes a strip at a time: a single stream of memory is the fastest. */
enum { STRIP_VECTORS = ROWS / VL };

/* How far ahead of its use memory is asked for. */
enum { AHEAD = 2048 };
#define ASK_FOR(address) __builtin_prefetch(address)

struct product {
    struct weight w;
    const struct activations *x;
    float *out; /* [tokens, rows] */
};

/* A segment of a band. */
struct band {
    const char *integers[VECTORS]; /* as bytes or shorts for many tokens, as in the strip for one */
    const float *d[VECTORS];
    const float *n0[VECTORS];
    const float *n1[VECTORS];
    int minima;
    int32_t bias;
};

/* What a thread needs for a band. */
struct room {
    struct segment_scales scales[BAND_STRIPS];
    char bytes[BAND_STRIPS][SEGMENT_GROUPS * 8 * LINE];
    struct {
        float first[BAND];
        float second[BAND];
    } sums[]; /* for each token */
};

/* How the integers of a weight lie, for a product. */
INLINE int64_t of_products(const struct weight *w) { return w->scales == TWO_FLOATS ? TWO_SIXES : w->integers; }

/* How many lines of products a sum of 16 bits holds. */
INLINE int lines_of_sum(int integers) {
    return integers == NIBBLES ? 8 : integers == FIVES ? 4 : integers == SIXES || integers == TWO_SIXES ? 2 : 1;
}

/* Where the integers of a group are: as words in memory, or in registers. */
struct words {
    const char *at[VECTORS];
    int unpacked;
    vi lines[VECTORS][8];
};

INLINE vi line(const struct words *w, int v, int l) { return w->unpacked ? w->lines[v][l] : load_i(w->at[v] + LINE * l); }

/* sum[v][c] += lines `from` to `to - 1` of a group, of vector v of weights with column c of activations. */
INLINE void add_lines(
    int integers, int vectors, int columns, const struct words *w, const struct group *x, int64_t stride, int from, int to,
    vi sum[VECTORS][COLUMNS]) {
    int most = integers == BYTES ? 255 : 63;
#if SHORT_SUMS
    for (int first = from; first < to; first += lines_of_sum(integers)) {
        vi part[VECTORS][COLUMNS];
        UNROLL for (int v = 0; v < vectors; v++) UNROLL for (int c = 0; c < columns; c++) part[v][c] = (vi){0};
        UNROLL for (int l = first; l < first + lines_of_sum(integers); l++) {
            vi weights[VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) weights[v] = line(w, v, l);
            UNROLL for (int c = 0; c < columns; c++) {
                vi q = all_i(word(x[c * stride].q + 4 * l));
                UNROLL for (int v = 0; v < vectors; v++) part[v][c] = dot(most, part[v][c], weights[v], q);
            }
        }
        UNROLL for (int v = 0; v < vectors; v++) UNROLL for (int c = 0; c < columns; c++) sum[v][c] += widened(part[v][c]);
    }
#else
    UNROLL for (int l = from; l < to; l++) {
        vi weights[VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) weights[v] = line(w, v, l);
        UNROLL for (int c = 0; c < columns; c++) {
            vi q = all_i(word(x[c * stride].q + 4 * l));
            UNROLL for (int v = 0; v < vectors; v++) sum[v][c] = dot(most, sum[v][c], weights[v], q);
        }
    }
#endif
}

/* Pair k of a group's integers in either half of every word, from the words that hold them as bytes. */
INLINE vs pair(const struct group *x, int k) {
    vs bytes = (vs)all_i(word(x->q + 8 * (k / 4) + 4 * (k % 2)));
    return k % 4 < 2 ? (bytes << 8) >> 8 : bytes >> 8;
}

/* The sums of half h of a group of SIXES. */
INLINE void half_dots(
    int integers, int vectors, int columns, const struct band *band, int h, const struct words *w, const struct group *x,
    int64_t stride, vi sum[VECTORS][COLUMNS]) {
    UNROLL for (int c = 0; c < columns; c++) {
        vi start = all_i(-band->bias * x[c * stride].half_totals[h]);
        UNROLL for (int v = 0; v < vectors; v++) sum[v][c] = start;
    }
    add_lines(integers, vectors, columns, w, x, stride, 4 * h, 4 * h + 4, sum);
}

/* The sums of a group. */
INLINE void dots(
    int integers, int vectors, int columns, const struct band *band, int64_t g, const struct words *w, const struct group *x,
    int64_t stride, vi sum[VECTORS][COLUMNS]) {
    if (integers == SHORTS) {
        UNROLL for (int v = 0; v < vectors; v++) UNROLL for (int c = 0; c < columns; c++) sum[v][c] = (vi){0};
        for (int k = 0; k < 16; k += 4) {
            UNROLL for (int i = 0; i < 4; i++) UNROLL for (int c = 0; c < columns; c++) {
                vs q = pair(x + c * stride, k + i);
                UNROLL for (int v = 0; v < vectors; v++) {
                    sum[v][c] = dot_shorts(sum[v][c], (vs)load_i(w->at[v] + LINE * (k + i)), q);
                }
            }
        }
    } else if (integers == SIXES) {
        vi half[2][VECTORS][COLUMNS];
        UNROLL for (int h = 0; h < 2; h++) half_dots(integers, vectors, columns, band, h, w, x, stride, half[h]);
        UNROLL for (int v = 0; v < vectors; v++) {
            vi scale0 = load_i(band->n0[v] + g * ROWS);
            vi scale1 = load_i(band->n1[v] + g * ROWS);
            UNROLL for (int c = 0; c < columns; c++) sum[v][c] = half[0][v][c] * scale0 + half[1][v][c] * scale1;
        }
    } else {
        UNROLL for (int c = 0; c < columns; c++) {
            vi start = all_i(-band->bias * x[c * stride].total);
            UNROLL for (int v = 0; v < vectors; v++) sum[v][c] = start;
        }
        add_lines(integers, vectors, columns, w, x, stride, 0, 8, sum);
    }
}

/* What a group adds to the chains. */
INLINE void add_group(
    int integers, int vectors, int columns, const struct band *band, int64_t g, const struct words *w, const struct group *x,
    int64_t stride, vf acc[VECTORS][COLUMNS]) {
    vi sum[VECTORS][COLUMNS];
    if (integers == TWO_SIXES) {
        UNROLL for (int h = 0; h < 2; h++) {
            half_dots(integers, vectors, columns, band, h, w, x, stride, sum);
            UNROLL for (int v = 0; v < vectors; v++) {
                vf d = load_f((h == 0 ? band->d[v] : band->n0[v]) + g * ROWS);
                UNROLL for (int c = 0; c < columns; c++) {
                    acc[v][c] = fma_f(d * x[c * stride].scale, to_float(sum[v][c]), acc[v][c]);
                }
            }
        }
        return;
    }
    dots(integers, vectors, columns, band, g, w, x, stride, sum);
    UNROLL for (int v = 0; v < vectors; v++) {
        vf d = load_f(band->d[v] + g * ROWS);
        UNROLL for (int c = 0; c < columns; c++) {
            acc[v][c] = fma_f(d * x[c * stride].scale, to_float(sum[v][c]), acc[v][c]);
        }
    }
    if (band->minima == FOR_GROUP) {
        UNROLL for (int v = 0; v < vectors; v++) {
            vf n = load_f(band->n0[v] + g * ROWS);
            UNROLL for (int c = 0; c < columns; c++) acc[v][c] = fma_f(n, all_f(x[c * stride].sum), acc[v][c]);
        }
    } else if (band->minima == FOR_HALF) {
        UNROLL for (int v = 0; v < vectors; v++) {
            vf n0 = load_f(band->n0[v] + g * ROWS);
            vf n1 = load_f(band->n1[v] + g * ROWS);
            UNROLL for (int c = 0; c < columns; c++) {
                const struct group *column = x + c * stride;
                acc[v][c] = fma_f(n0, all_f(column->scale * (float)column->half_totals[0]), acc[v][c]);
                acc[v][c] = fma_f(n1, all_f(column->scale * (float)column->half_totals[1]), acc[v][c]);
            }
        }
    }
}

/* Groups `from` to `to - 1` of the band's segment; x is the first of them, of the first column. */
INLINE void add_groups(
    int integers, int columns, const struct band *band, int from, int to, const struct group *x, int64_t stride,
    vf acc[VECTORS][COLUMNS]) {
    int64_t bytes = LINE * (integers == SHORTS ? 16 : 8);
    for (int64_t g = from; g < to; g++, x++) {
        struct words w = {.unpacked = 0};
        UNROLL for (int v = 0; v < VECTORS; v++) w.at[v] = band->integers[v] + bytes * g;
        add_group(integers, VECTORS, columns, band, g, &w, x, stride, acc);
    }
}

/* A group of one token, straight from the strips: its first digit, and the second if there is one. */
INLINE void add_group_of_one(
    int integers, const struct band *band, int64_t g, const struct group *first, const struct group *second,
    vf acc[VECTORS][COLUMNS], vf rest[VECTORS][COLUMNS]) {
    struct words w = {.unpacked = 1};
    UNROLL for (int v = 0; v < STRIP_VECTORS; v++) {
        const char *at = band->integers[v] + LINE * integer_lines(integers) * g;
        if (v == 0) {
            UNROLL for (int l = 0; l < integer_lines(integers); l++) ASK_FOR(at + AHEAD + LINE * l);
        }
        unpack(integers, at, w.lines[v]);
    }
    add_group(integers, STRIP_VECTORS, 1, band, g, &w, first, 1, acc);
    if (second) {
        add_group(integers, STRIP_VECTORS, 1, band, g, &w, second, 1, rest);
    }
}

/* The first digits of some columns. */
INLINE void first_tile(
    int integers, int columns, const struct band *band, int groups, const struct group *x, int is_first,
    struct room *room, int64_t token) {
    vf acc[VECTORS][COLUMNS];
    UNROLL for (int v = 0; v < VECTORS; v++) UNROLL for (int c = 0; c < columns; c++) acc[v][c] = (vf){0};
    add_groups(integers, columns, band, 0, groups, x, SEGMENT_GROUPS, acc);
    UNROLL for (int v = 0; v < VECTORS; v++) UNROLL for (int c = 0; c < columns; c++) {
        float *to = room->sums[token + c].first + v * VL;
        store_f(to, is_first ? acc[v][c] : load_f(to) + acc[v][c]);
    }
}

/* The second digits of some columns for which group g is loud. */
INLINE void second_tile(
    int integers, int columns, const struct band *band, int g, const struct group *x, const int32_t *tokens,
    struct room *room) {
    vf acc[VECTORS][COLUMNS];
    UNROLL for (int v = 0; v < VECTORS; v++) UNROLL for (int c = 0; c < columns; c++) {
        acc[v][c] = load_f(room->sums[tokens[c]].second + v * VL);
    }
    add_groups(integers, columns, band, g, g + 1, x, 1, acc);
    UNROLL for (int v = 0; v < VECTORS; v++) UNROLL for (int c = 0; c < columns; c++) {
        store_f(room->sums[tokens[c]].second + v * VL, acc[v][c]);
    }
}

#define WITH_COLUMNS(columns, tile)                                                                        \
    switch (columns) {                                                                                     \
    case 1: tile(1); break;                                                                                \
    case 2: tile(2); break;                                                                                \
    case 3: tile(3); break;                                                                                \
    case 4: tile(4); break;                                                                                \
    case 5: if (COLUMNS > 4) { tile((COLUMNS > 4 ? 5 : 1)); } break;                                       \
    case 6: if (COLUMNS > 4) { tile((COLUMNS > 4 ? 6 : 1)); } break;                                       \
    }

/* All columns of a segment of a band. */
INLINE void segment(
    int integers, const struct band *band, const struct activations *x, int64_t first_group, int groups, struct room *room) {
    int64_t most = integers == SIXES || integers == TWO_SIXES ? COLUMNS_OF_SIXES : COLUMNS;
    int64_t tiles = (x->tokens + most - 1) / most;
    for (int64_t tile = 0; tile < tiles; tile++) {
        int64_t token = x->tokens * tile / tiles;
        const struct group *q = x->first + first_digit(x, token, first_group);
#define FIRST_TILE(c) first_tile(integers, c, band, groups, q, first_group == 0, room, token)
        WITH_COLUMNS(x->tokens * (tile + 1) / tiles - token, FIRST_TILE)
    }
    for (int g = 0; g < groups; g++) {
        int64_t i = x->loud_start[first_group + g];
        int64_t end = x->loud_start[first_group + g + 1];
        for (int64_t columns; i < end; i += columns) {
            columns = end - i < most ? end - i : most;
#define SECOND_TILE(c) second_tile(integers, c, band, g, x->second + i, x->loud_token + i, room)
            WITH_COLUMNS(columns, SECOND_TILE)
        }
    }
}

/* Writes the results of strip s of a band, as far as they are the weight's; its first row is `first` of the weight. */
static void write_rows(const struct product *p, int64_t first, int s, const struct room *room) {
    int64_t from = first < 0 ? -first : 0;
    int64_t to = p->w.rows - first < ROWS ? p->w.rows - first : ROWS;
    for (int64_t t = 0; t < p->x->tokens; t++) {
        const float *sums = room->sums[t].first + s * ROWS;
        const float *rests = room->sums[t].second + s * ROWS;
        float *out = p->out + t * p->w.rows + first;
        if (from == 0 && to == ROWS) {
            UNROLL for (int i = 0; i < ROWS; i += VL) store_f(out + i, load_f(sums + i) + load_f(rests + i));
        } else {
            for (int64_t i = from; i < to; i++) {
                out[i] = sums[i] + rests[i];
            }
        }
    }
}

/* Says where vectors of a strip of the band find their words and scales. */
INLINE void set_strip(struct band *band, int s, const char *integers, const struct segment_scales *scales) {
    for (int v = s * ROWS / VL; v < (s + 1) * ROWS / VL; v++) {
        int lane = v * VL % ROWS;
        band->integers[v] = integers + 4 * lane;
        band->d[v] = scales->d[0] + lane;
        band->n0[v] = scales->n0[0] + lane;
        band->n1[v] = scales->n1[0] + lane;
    }
}

INLINE void one_token(int integers, const struct product *p, const char *strip, struct room *room) {
    const struct weight *w = &p->w;
    const struct activations *x = p->x;
    vf result[VECTORS][COLUMNS], rest[VECTORS][COLUMNS];
    UNROLL for (int v = 0; v < STRIP_VECTORS; v++) result[v][0] = rest[v][0] = (vf){0};
    struct band band = {.minima = (int)w->minima, .bias = bias_of(w)};
    for (int64_t first = 0; first < w->groups; first += SEGMENT_GROUPS) {
        int groups = (int)(w->groups - first < SEGMENT_GROUPS ? w->groups - first : SEGMENT_GROUPS);
        for (int64_t line = 0; line < scale_bytes(w, groups); line += LINE) ASK_FOR(strip + AHEAD + line);
        read_scales(w, strip, groups, room->scales);
        set_strip(&band, 0, strip + scale_bytes(w, groups), room->scales);
        vf acc[VECTORS][COLUMNS];
        UNROLL for (int v = 0; v < STRIP_VECTORS; v++) acc[v][0] = (vf){0};
        for (int g = 0; g < groups; g++) {
            int32_t loud = x->loud_number[first + g];
            add_group_of_one(integers, &band, g, x->first + first + g, loud < 0 ? NULL : x->second + loud, acc, rest);
        }
        UNROLL for (int v = 0; v < STRIP_VECTORS; v++) result[v][0] = first == 0 ? acc[v][0] : result[v][0] + acc[v][0];
        strip += segment_bytes(w, groups);
    }
    UNROLL for (int v = 0; v < STRIP_VECTORS; v++) {
        store_f(room->sums[0].first + v * VL, result[v][0]);
        store_f(room->sums[0].second + v * VL, rest[v][0]);
    }
}

static void many_tokens(const struct product *p, const char *const strips[BAND_STRIPS], struct room *room) {
    const struct weight *w = &p->w;
    for (int64_t t = 0; t < p->x->tokens; t++) {
        memset(room->sums[t].second, 0, sizeof room->sums[t].second);
    }
    struct band band = {.minima = (int)w->minima, .bias = bias_of(w)};
    int64_t at = 0;
    for (int64_t first = 0; first < w->groups; first += SEGMENT_GROUPS) {
        int groups = (int)(w->groups - first < SEGMENT_GROUPS ? w->groups - first : SEGMENT_GROUPS);
        for (int s = 0; s < BAND_STRIPS; s++) {
            const char *integers = strips[s] + at + scale_bytes(w, groups);
            read_scales(w, strips[s] + at, groups, room->scales + s);
            if (w->integers != SHORTS) {
#define UNPACK(integers_type)                                                                        \
    for (int g = 0; g < groups; g++) {                                                               \
        for (int part = 0; part < LINE; part += 4 * VL) {                                            \
            vi lines[8];                                                                             \
            unpack(integers_type, integers + LINE * integer_lines(integers_type) * g + part, lines); \
            if (part == 0) {                                                                         \
                const char *ahead = integers + LINE * integer_lines(integers_type) * g + AHEAD;      \
                UNROLL for (int l = 0; l < integer_lines(integers_type); l++) ASK_FOR(ahead + LINE * l); \
            }                                                                                        \
            UNROLL for (int l = 0; l < 8; l++) {                                                     \
                store_i(room->bytes[s] + LINE * (8 * g + l) + part, lines[l]);                       \
            }                                                                                        \
        }                                                                                            \
    }
                switch (w->integers) {
                case NIBBLES: UNPACK(NIBBLES) break;
                case FIVES: UNPACK(FIVES) break;
                case SIXES: UNPACK(SIXES) break;
                default: UNPACK(BYTES)
                }
                integers = room->bytes[s];
            }
            set_strip(&band, s, integers, room->scales + s);
        }
        switch (of_products(w)) {
#if SHORT_SUMS
        case NIBBLES: segment(NIBBLES, &band, p->x, first, groups, room); break;
        case FIVES: segment(FIVES, &band, p->x, first, groups, room); break;
#endif
        case SIXES: segment(SIXES, &band, p->x, first, groups, room); break;
        case TWO_SIXES: segment(TWO_SIXES, &band, p->x, first, groups, room); break;
        case SHORTS: segment(SHORTS, &band, p->x, first, groups, room); break;
        default: segment(BYTES, &band, p->x, first, groups, room);
        }
        at += segment_bytes(w, groups);
    }
}

/* The bytes of scratch that so many tokens take. */
struct multiply_scratch {
    int64_t bytes, tokens;
};

KERNEL(multiply_scratch, struct multiply_scratch) {
    task->bytes = (int64_t)sizeof(struct room) + task->tokens * (int64_t)(2 * sizeof(float) * BAND);
}

/* Strips `begin` to `end - 1` with one token, each read on where the one before it ends. */
INLINE void each_strip(int integers, const struct product *p, int64_t begin, int64_t end, struct room *room) {
    for (int64_t strip = begin; strip < end; strip++) {
        one_token(integers, p, p->w.strips + strip * p->w.strip_bytes, room);
        write_rows(p, strip * ROWS - p->w.first_row, 0, room);
    }
}

/* Strips `begin` to `end - 1` with any number of tokens, a band of them at a time. */
static void each_band(const struct product *p, int64_t begin, int64_t end, struct room *room) {
    for (int64_t first = begin; first < end; first += BAND_STRIPS) {
        const char *strips[BAND_STRIPS];
        int64_t rows[BAND_STRIPS];
        for (int s = 0; s < BAND_STRIPS; s++) {
            int64_t strip = first + s < end ? first + s : end - 1; /* the last one twice rather than half a band */
            strips[s] = p->w.strips + strip * p->w.strip_bytes;
            rows[s] = strip * ROWS - p->w.first_row;
        }
        many_tokens(p, strips, room);
        for (int s = 0; s < BAND_STRIPS; s++) {
            write_rows(p, rows[s], s, room);
        }
    }
}

/* Units `from` to `to - 1`: strips from the weight's first on, two in each. */
KERNEL(multiply, const struct product) {
    const struct product *p = task;
    int64_t last = (p->w.first_row + p->w.rows - 1) / ROWS;
    int64_t begin = p->w.first_row / ROWS + from * UNIT_STRIPS;
    int64_t end = begin + (to - from) * UNIT_STRIPS;
    end = end < last + 1 ? end : last + 1;
    switch (p->x->tokens == 1 ? of_products(&p->w) : SHORTS) {
    case NIBBLES: each_strip(NIBBLES, p, begin, end, scratch); break;
    case FIVES: each_strip(FIVES, p, begin, end, scratch); break;
    case SIXES: each_strip(SIXES, p, begin, end, scratch); break;
    case TWO_SIXES: each_strip(TWO_SIXES, p, begin, end, scratch); break;
    case BYTES: each_strip(BYTES, p, begin, end, scratch); break;
    default: each_band(p, begin, end, scratch);
    }
}
