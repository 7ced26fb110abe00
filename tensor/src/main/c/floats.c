/* Section 2: products with weights of plain floats. */
#include "lanes.h"

#if VL == 16
enum { TILE_ROWS = 4, COLUMNS = 6 };
#else
enum { TILE_ROWS = 2, COLUMNS = 3 };
#endif

/*
 * Rows of a unit, units that are computed together where a thread has more than one, and the values of the width after which a
 * tile of many tokens goes on to the next rows.
 */
enum { UNIT = 32, UNITS = 2, DEPTH = 512 };

struct product {
    const char *w; /* [rows, width] */
    int64_t type, rows, width;
    const float *x; /* [tokens, width] */
    int64_t tokens;
    float *out; /* [tokens, rows] */
};

/* Lanes of the sums of a tile of tokens. */
struct room {
    float sums[COLUMNS][UNITS * UNIT][16];
};

INLINE void multiply_tile(
    int type, int columns, const char *const w[TILE_ROWS], const float *x, int64_t width, int64_t from, int64_t to,
    struct room *room, int row, int apart) {
    lanes sum[TILE_ROWS][COLUMNS];
    UNROLL for (int r = 0; r < TILE_ROWS; r++) UNROLL for (int c = 0; c < columns; c++) {
        sum[r][c] = from == 0 ? zero_lanes() : load_lanes(F32, room->sums[c][row + r * apart], 0);
    }
    int64_t i = from;
    for (; i + 16 <= to; i += 16) {
        lanes weights[TILE_ROWS];
        UNROLL for (int r = 0; r < TILE_ROWS; r++) {
            __builtin_prefetch(w[r] + (i + 1024) * size_of(type));
            weights[r] = load_lanes(type, w[r], i);
        }
        UNROLL for (int c = 0; c < columns; c++) {
            lanes column = load_lanes(F32, x + c * width, i);
            UNROLL for (int r = 0; r < TILE_ROWS; r++) sum[r][c] = fma_lanes(weights[r], column, sum[r][c]);
        }
    }
    if (i < to) { /* 0 times -0 is added to lanes that are not there, which is no operation */
        for (int r = 0; r < TILE_ROWS; r++) {
            lanes weights = load_some(type, w[r], i, to - i, 0.0f);
            UNROLL for (int c = 0; c < columns; c++) {
                sum[r][c] = fma_lanes(weights, load_some(F32, x + c * width, i, to - i, -0.0f), sum[r][c]);
            }
        }
    }
    UNROLL for (int r = 0; r < TILE_ROWS; r++) UNROLL for (int c = 0; c < columns; c++) {
        store_lanes(room->sums[c][row + r * apart], sum[r][c]);
    }
}

/* Rows `first` to `first + rows - 1` for some tokens. */
INLINE void multiply_tokens(
    int type, int columns, const struct product *p, int64_t first, int rows, int64_t token, struct room *room) {
    int64_t pitch = p->width * size_of(type);
    int64_t depth = p->tokens <= COLUMNS ? p->width : DEPTH;
    const float *x = p->x + token * p->width;
    int apart = (rows + TILE_ROWS - 1) / TILE_ROWS; /* rows of a tile: each is read on where the one before it ends */
    for (int64_t from = 0; from < p->width; from += depth) {
        int64_t to = p->width - from < depth ? p->width : from + depth;
        for (int row = 0; row < apart; row++) {
            const char *w[TILE_ROWS];
            for (int r = 0; r < TILE_ROWS; r++) {
                int64_t here = row + r * apart < rows ? row + r * apart : rows - 1; /* the last row again, to fill a tile */
                w[r] = p->w + (first + here) * pitch;
            }
            multiply_tile(type, columns, w, x, p->width, from, to, room, row, apart);
        }
    }
    for (int c = 0; c < columns; c++) {
        float *out = p->out + (token + c) * p->rows + first;
        for (int row = 0; row < rows; row += 16) {
            lanes sum[16];
            float results[16];
            UNROLL for (int r = 0; r < 16; r++) sum[r] = load_lanes(F32, room->sums[c][row + r], 0);
            store_lanes(results, trees(sum));
            memcpy(out + row, results, 4 * (size_t)(rows - row < 16 ? rows - row : 16));
        }
    }
}

#if VL == 16
#include "columns.h"
#else
struct turned {
    char nothing;
};
INLINE int is_for_columns(const struct product *p) { return 0; }
INLINE void multiply_units_by_columns(int type, const struct product *p, int64_t first, int rows, struct turned *room) {}
#endif

union rooms {
    struct room room;
    struct turned turned;
};

INLINE void multiply_units(int type, const struct product *p, int64_t from, int64_t to, union rooms *rooms) {
    int64_t first = from * UNIT;
    int rows = (int)(p->rows < to * UNIT ? p->rows - first : to * UNIT - first);
    if (is_for_columns(p)) {
        multiply_units_by_columns(type, p, first, rows, &rooms->turned);
        return;
    }
    struct room *room = &rooms->room;
    int64_t tiles = (p->tokens + COLUMNS - 1) / COLUMNS;
    for (int64_t tile = 0; tile < tiles; tile++) {
        int64_t token = p->tokens * tile / tiles;
        switch (p->tokens * (tile + 1) / tiles - token) {
        case 1: multiply_tokens(type, 1, p, first, rows, token, room); break;
        case 2: multiply_tokens(type, 2, p, first, rows, token, room); break;
        case 3: multiply_tokens(type, 3, p, first, rows, token, room); break;
#if VL == 16
        case 4: multiply_tokens(type, 4, p, first, rows, token, room); break;
        case 5: multiply_tokens(type, 5, p, first, rows, token, room); break;
        case 6: multiply_tokens(type, 6, p, first, rows, token, room); break;
#endif
        }
    }
}

struct multiply_floats_scratch {
    int64_t bytes;
};

KERNEL(multiply_floats_scratch, struct multiply_floats_scratch) { task->bytes = sizeof(union rooms); }

/* Units of 32 rows. */
KERNEL(multiply_floats, const struct product) {
    for (int64_t first = from; first < to; first += UNITS) {
        int64_t last = first + UNITS < to ? first + UNITS : to;
        switch (task->type) {
        case F32: multiply_units(F32, task, first, last, scratch); break;
        case F16: multiply_units(F16, task, first, last, scratch); break;
        default: multiply_units(BF16, task, first, last, scratch);
        }
    }
}
