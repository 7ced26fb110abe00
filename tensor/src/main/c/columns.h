/*
 * Section 2: products of many tokens with weights of plain floats. A vector holds one lane of the sums of sixteen rows instead
 * of sixteen lanes of one sum, so that the trees at the end need no shuffles; for it weights are turned, once for all tokens of
 * a task. Lanes g, g + 8, g + 4 and g + 12 are computed together: they are the first to meet in a tree.
 */
enum { STRIPS = 4, GROUPS = 4, FEWEST_TOKENS = 32, MOST_WIDTH = 8192, PIECE = 1024 };

struct turned {
    float weights[16 * MOST_WIDTH];                 /* [strips, groups, width / 16, lanes of a group, 16 rows] */
    float sums[STRIPS][GROUPS][COLUMNS][4][16];     /* of a tile of tokens: lanes of a group, of 16 rows */
};

#define PAIRED(f, a, distance) \
    UNROLL for (int i = 0; i < 16; i++) if (!(i & distance)) f(a[i], a[i + distance])
#define SWAP1(x, y) SWAP(x, y, \
    (0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30), (1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
#define SWAP2(x, y) SWAP(x, y, \
    (0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29), (2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
#define SWAP4(x, y) SWAP(x, y, \
    (0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27), (4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
#define SWAP8(x, y) SWAP(x, y, \
    (0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), (8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define SWAP(x, y, first, second) \
    { \
        vf swapped = SHUFFLE(x, y, INDICES first); \
        y = SHUFFLE(x, y, INDICES second); \
        x = swapped; \
    }
#define INDICES(...) __VA_ARGS__

/* Sixteen rows become columns. */
INLINE void turn(vf a[16]) {
    PAIRED(SWAP1, a, 1);
    PAIRED(SWAP2, a, 2);
    PAIRED(SWAP4, a, 4);
    PAIRED(SWAP8, a, 8);
}

/* Where the lanes of a strip's group begin among the turned weights. */
INLINE float *group_of(struct turned *room, int64_t width, int strip, int group) {
    return room->weights + (strip * GROUPS + group) * ((width + 15) / 16) * 64;
}

INLINE void turn_strip(int type, const struct product *p, int64_t first, int rows, int strip, struct turned *room) {
    for (int64_t i = 0; i < p->width; i += 16) {
        vf columns[16];
        UNROLL for (int r = 0; r < 16; r++) {
            const char *w = p->w + (first + (r < rows ? r : rows - 1)) * p->width * size_of(type);
            lanes row = p->width - i < 16 ? load_some(type, w, i, p->width - i, 0.0f) : load_lanes(type, w, i);
            columns[r] = row.part[0];
        }
        turn(columns);
        UNROLL for (int lane = 0; lane < 16; lane++) {
            store_f(group_of(room, p->width, strip, lane % 4) + 4 * i + lane / 4 * 16, columns[lane]);
        }
    }
}

/* The lanes of a group for a strip and some tokens, whose first value of the first lane is x. */
INLINE void multiply_group(
    int columns, const float *w, const float *x, int64_t width, int64_t from, int64_t to, float sums[COLUMNS][4][16]) {
    vf sum[COLUMNS][4];
    UNROLL for (int c = 0; c < columns; c++) UNROLL for (int lane = 0; lane < 4; lane++) {
        sum[c][lane] = from == 0 ? (vf){0} : load_f(sums[c][lane]);
    }
    for (int64_t i = from; i + 16 <= to; i += 16) {
        vf weights[4];
        UNROLL for (int lane = 0; lane < 4; lane++) weights[lane] = load_f(w + 4 * i + 16 * lane);
        UNROLL for (int c = 0; c < columns; c++) UNROLL for (int lane = 0; lane < 4; lane++) {
            sum[c][lane] = fma_f(weights[lane], all_f(x[c * width + i + 4 * lane]), sum[c][lane]);
        }
    }
    UNROLL for (int c = 0; c < columns; c++) UNROLL for (int lane = 0; lane < 4; lane++) {
        store_f(sums[c][lane], sum[c][lane]);
    }
}

/* What is left of the width after the last sixteen; lanes that are not there get nothing. */
INLINE void multiply_rest(int columns, const float *w, const float *x, int64_t width, int group, float sums[COLUMNS][4][16]) {
    int64_t i = width / 16 * 16;
    for (int lane = 0; i + group + 4 * lane < width; lane++) {
        vf weights = load_f(w + 4 * i + 16 * lane);
        for (int c = 0; c < columns; c++) {
            store_f(sums[c][lane], fma_f(weights, all_f(x[c * width + i + 4 * lane]), load_f(sums[c][lane])));
        }
    }
}

/* The sums of sixteen rows with one token: the rest of their trees. */
INLINE vf trees_of_strip(float sums[GROUPS][COLUMNS][4][16], int column) {
    vf group[GROUPS];
    UNROLL for (int g = 0; g < GROUPS; g++) {
        vf lane[4];
        UNROLL for (int l = 0; l < 4; l++) lane[l] = load_f(sums[g][column][l]);
        group[g] = (lane[0] + lane[2]) + (lane[1] + lane[3]);
    }
    return (group[0] + group[2]) + (group[1] + group[3]);
}

INLINE void multiply_turned(
    int columns, const struct product *p, int64_t first, int rows, int64_t token, struct turned *room) {
    const float *x = p->x + token * p->width;
    for (int64_t from = 0; from < p->width; from += PIECE) {
        int64_t to = p->width - from < PIECE ? p->width : from + PIECE;
        for (int strip = 0; 16 * strip < rows; strip++) {
            UNROLL for (int g = 0; g < GROUPS; g++) {
                const float *w = group_of(room, p->width, strip, g);
                multiply_group(columns, w, x + g, p->width, from, to, room->sums[strip][g]);
                if (to == p->width) multiply_rest(columns, w, x + g, p->width, g, room->sums[strip][g]);
            }
        }
    }
    for (int strip = 0; 16 * strip < rows; strip++) {
        for (int c = 0; c < columns; c++) {
            float *out = p->out + (token + c) * p->rows + first + 16 * strip;
            vf results = trees_of_strip(room->sums[strip], c);
            if (rows - 16 * strip < 16) {
                memcpy(out, &results, 4 * (size_t)(rows - 16 * strip));
            } else {
                store_f(out, results);
            }
        }
    }
}

/* Rows `first` to `first + rows - 1`, of which the turned weights have room for, with all tokens. */
INLINE void multiply_columns(int type, const struct product *p, int64_t first, int rows, struct turned *room) {
    for (int strip = 0; 16 * strip < rows; strip++) {
        turn_strip(type, p, first + 16 * strip, rows - 16 * strip < 16 ? rows - 16 * strip : 16, strip, room);
    }
    int64_t tiles = (p->tokens + COLUMNS - 1) / COLUMNS;
    for (int64_t tile = 0; tile < tiles; tile++) {
        int64_t token = p->tokens * tile / tiles;
        if (p->tokens * (tile + 1) / tiles - token == COLUMNS) {
            multiply_turned(COLUMNS, p, first, rows, token, room);
        } else {
            multiply_turned(COLUMNS - 1, p, first, rows, token, room);
        }
    }
}

INLINE int is_for_columns(const struct product *p) { return p->tokens >= FEWEST_TOKENS && p->width <= MOST_WIDTH; }

INLINE void multiply_units_by_columns(int type, const struct product *p, int64_t first, int rows, struct turned *room) {
    int64_t strips = MOST_WIDTH / ((p->width + 15) / 16 * 16);
    int most = 16 * (int)(strips < STRIPS ? strips : STRIPS);
    for (int row = 0; row < rows; row += most) {
        multiply_columns(type, p, first + row, rows - row < most ? rows - row : most, room);
    }
}
