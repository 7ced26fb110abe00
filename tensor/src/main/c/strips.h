/* Weights in strips of sixteen rows, as Layout in Java describes them; its ordinals are the numbers here. */
#pragma once
#include "activations.h"

enum { ROWS = 16, LINE = 64 };
enum integers { NIBBLES, FIVES, SIXES, BYTES, SHORTS };
/* SIXES whose halves have scales of their own: what a product calls them that have TWO_FLOATS. */
enum { TWO_SIXES = SHORTS + 1 };
enum scales { HALVES, HALVES_AND_MINIMA, SUPER, SIXTEENTHS, FLOATS, TWO_FLOATS };
enum minima { NONE, FOR_GROUP, FOR_HALF };

struct weight {
    const char *strips;
    int64_t strip_bytes;
    int64_t first_row, rows, groups;
    int64_t integers, scales, minima, bias;
};

INLINE int64_t integer_lines(int integers) {
    return integers == NIBBLES ? 4
           : integers == FIVES ? 5
           : integers == SIXES || integers == TWO_SIXES ? 6
           : integers == BYTES ? 8
                               : 16;
}

INLINE int64_t scale_bytes(const struct weight *w, int64_t groups) {
    switch (w->scales) {
    case HALVES: return LINE * ((groups + 1) / 2);
    case HALVES_AND_MINIMA: return LINE * ((groups + 1) / 2 * 2);
    case SUPER: return LINE * (groups / 8 * 4);
    case SIXTEENTHS: return LINE * (groups / 8 * 4 + (groups + 15) / 16);
    case TWO_FLOATS: return LINE * groups * 2;
    default: return LINE * groups * (1 + w->minima);
    }
}

INLINE int64_t segment_bytes(const struct weight *w, int64_t groups) {
    return scale_bytes(w, groups) + LINE * integer_lines((int)w->integers) * groups;
}

/* What a product takes off the integers that it reads: nothing where they are signed. */
INLINE int32_t bias_of(const struct weight *w) {
    return w->integers == SHORTS || (SIGNED_WEIGHTS && w->integers == BYTES) ? 0 : (int32_t)w->bias;
}

/* The bits of a wherever they are moved to: up for a negative distance. */
INLINE vi moved(vi a, int down) { return down >= 0 ? (vi)((vu)a >> down) : a << -down; }

/* The integers of a group as eight lines of bytes, in the order of activations. */
INLINE void unpack(int integers, const char *at, vi to[8]) {
    const int32_t lower = 0x0f0f0f0f;
    if (integers == NIBBLES) {
        UNROLL for (int j = 0; j < 4; j++) {
            vi a = load_i(at + LINE * j);
            to[2 * j] = a & lower;
            to[2 * j + 1] = (vi)((vu)a >> 4) & lower;
        }
    } else if (integers == FIVES) {
        vi fifth = load_i(at);
        UNROLL for (int j = 0; j < 4; j++) {
            vi a = load_i(at + LINE + LINE * j);
            to[2 * j] = (a & lower) | (moved(fifth, 4 * j - 4) & 0x00100010) | (moved(fifth, 4 * j - 10) & 0x10001000);
            to[2 * j + 1] = ((vi)((vu)a >> 4) & lower) | (moved(fifth, 4 * j - 3) & 0x00100010) |
                            (moved(fifth, 4 * j - 9) & 0x10001000);
        }
    } else if (integers == SIXES || integers == TWO_SIXES) {
        UNROLL for (int half = 0; half < 2; half++) {
            vi upper = load_i(at + 3 * LINE * half);
            UNROLL for (int j = 0; j < 2; j++) {
                vi a = load_i(at + 3 * LINE * half + LINE + LINE * j);
                vi *two = to + 4 * half + 2 * j;
                two[0] = (a & lower) | (moved(upper, 8 * j - 4) & 0x00300030) | (moved(upper, 8 * j - 8) & 0x30003000);
                two[1] = ((vi)((vu)a >> 4) & lower) | (moved(upper, 8 * j - 2) & 0x00300030) |
                         (moved(upper, 8 * j - 6) & 0x30003000);
            }
        }
    } else {
        const int32_t even = 0x00ff00ff;
        const int32_t sign = SIGNED_WEIGHTS ? (int32_t)0x80808080 : 0;
        UNROLL for (int j = 0; j < 4; j++) {
            vi a = load_i(at + 2 * LINE * j) ^ sign;
            vi b = load_i(at + 2 * LINE * j + LINE) ^ sign;
            to[2 * j] = (a & even) | (b & even) << 8;
            to[2 * j + 1] = ((vi)((vu)a >> 8) & even) | (b & ~even);
        }
    }
}

/*
 * The scales of a segment, a line for each group: d, and n0 and n1 where the format has minima. Where halves of a group have
 * integer scales, n0 and n1 hold those; where they have scales of their own, d is the first half's and n0 the second's.
 */
struct segment_scales {
    float d[SEGMENT_GROUPS][ROWS];
    float n0[SEGMENT_GROUPS][ROWS];
    float n1[SEGMENT_GROUPS][ROWS];
};

INLINE vf upper_halves(vi a) { return halves((vi)((vu)a >> 16)); }

static inline void read_scales(const struct weight *w, const char *at, int groups, struct segment_scales *to) {
    for (int part = 0; part < ROWS; part += VL, at += 4 * VL) {
        switch (w->scales) {
        case HALVES_AND_MINIMA: {
            const char *minima = at + LINE * ((groups + 1) / 2);
            for (int g = 0; g < groups; g += 2) {
                vi n = load_i(minima + LINE * (g / 2));
                store_f(to->n0[g] + part, halves(n));
                if (g + 1 < groups) {
                    store_f(to->n0[g + 1] + part, upper_halves(n));
                }
            }
        } /* fall through */
        case HALVES:
            for (int g = 0; g < groups; g += 2) {
                vi d = load_i(at + LINE * (g / 2));
                store_f(to->d[g] + part, halves(d));
                if (g + 1 < groups) {
                    store_f(to->d[g + 1] + part, upper_halves(d));
                }
            }
            break;
        case SUPER:
            for (int first = 0; first < groups; first += 8) {
                const char *block = at + LINE * (first / 2);
                vf d = halves(load_i(block));
                vf dmin = -upper_halves(load_i(block));
                vi a = load_i(block + LINE), b = load_i(block + 2 * LINE), c = load_i(block + 3 * LINE);
                UNROLL for (int j = 0; j < 4; j++) {
                    vi upper_a = (vi)((vu)a >> (8 * j + 6)) & 3, upper_b = (vi)((vu)b >> (8 * j + 6)) & 3;
                    vi both = (vi)((vu)c >> (8 * j));
                    store_f(to->d[first + j] + part, d * to_float((vi)((vu)a >> (8 * j)) & 63));
                    store_f(to->n0[first + j] + part, dmin * to_float((vi)((vu)b >> (8 * j)) & 63));
                    store_f(to->d[first + j + 4] + part, d * to_float((both & 15) | upper_a << 4));
                    store_f(to->n0[first + j + 4] + part, dmin * to_float(((vi)((vu)both >> 4) & 15) | upper_b << 4));
                }
            }
            break;
        case SIXTEENTHS:
            for (int g = 0; g < groups; g++) {
                vi four = load_i(at + LINE * (g / 2));
                vi d = load_i(at + LINE * (groups / 8 * 4 + g / 16));
                store_f(to->d[g] + part, halves(g % 16 < 8 ? d : (vi)((vu)d >> 16)));
                store_i(to->n0[g] + part, (four << (24 - 16 * (g % 2))) >> 24);
                store_i(to->n1[g] + part, (four << (16 - 16 * (g % 2))) >> 24);
            }
            break;
        case TWO_FLOATS:
            for (int g = 0; g < groups; g++) {
                store_f(to->d[g] + part, load_f(at + LINE * 2 * g));
                store_f(to->n0[g] + part, load_f(at + LINE * (2 * g + 1)));
            }
            break;
        default:
            for (int g = 0; g < groups; g++) {
                const char *line = at + LINE * g * (1 + w->minima);
                store_f(to->d[g] + part, load_f(line));
                if (w->minima != NONE) {
                    store_f(to->n0[g] + part, load_f(line + LINE));
                }
                if (w->minima == FOR_HALF) {
                    store_f(to->n1[g] + part, load_f(line + 2 * LINE));
                }
            }
        }
    }
}
