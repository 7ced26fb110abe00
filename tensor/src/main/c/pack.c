/*
 * Copies rows of blocks into strips of sixteen rows; what a strip is, Layout.java says. Its pairs are an even value and the
 * next one: bits of the even one stand in the lower half of a word, those of the odd one in the upper.
 */
#include "strips.h"

struct pack {
    int64_t type; /* as in GGUF */
    const uint8_t *from;
    int64_t rows, groups;
    uint8_t *to;
    int64_t strip_bytes;
    int64_t not_finite; /* set if a scale is no number: then the strips are of no use */
};

/* The numbers that GGUF has for the types that have a layout of their own. */
enum { Q4_0 = 2, Q4_1 = 3, Q5_0 = 6, Q5_1 = 7, Q8_0 = 8, Q4_K = 12, Q5_K = 13, Q6_K = 14 };

INLINE uint32_t u32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

INLINE uint64_t u64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

INLINE void put32(uint8_t *at, uint32_t value) { memcpy(at, &value, 4); }

/* Copies an F16 number; whether it is one, neither infinite nor NaN. */
INLINE int put_half(uint8_t *at, const uint8_t *from) {
    uint16_t half;
    memcpy(&half, from, 2);
    memcpy(at, &half, 2);
    return (half & 0x7c00) != 0x7c00;
}

/* The lower bits of every second byte, side by side. */
INLINE uint32_t seconds(uint64_t bytes, int bits) {
#ifdef __BMI2__
    return (uint32_t)_pext_u64(bytes, 0x0001000100010001u * ((1u << bits) - 1));
#else
    uint32_t mask = (1u << bits) - 1;
    return ((uint32_t)bytes & mask) | ((uint32_t)(bytes >> 16) & mask) << bits |
           ((uint32_t)(bytes >> 32) & mask) << 2 * bits | ((uint32_t)(bytes >> 48) & mask) << 3 * bits;
#endif
}

/* The lower bits of eight bytes: those of even ones below, those of odd ones above. */
INLINE uint32_t pairs(uint64_t bytes, int bits) { return seconds(bytes, bits) | seconds(bytes >> 8, bits) << 16; }

/* Eight bits as eight bytes. */
INLINE uint64_t spread(uint32_t bits) {
    uint64_t each = (uint64_t)(bits & 0xff) * 0x0101010101010101u & 0x8040201008040201u;
    return (each + 0x7f7f7f7f7f7f7f7fu) >> 7;
}

/* The lower four bits of values 8 j to 8 j + 7 of a group, in the lower halves of eight bytes. */
INLINE uint64_t low(int type, const uint8_t *block, int inner, int j) {
    switch (type) {
    case Q4_0: return u64(block + 2 + 8 * (j & 1)) >> 4 * (j >> 1);
    case Q4_1: return u64(block + 4 + 8 * (j & 1)) >> 4 * (j >> 1);
    case Q5_0: return u64(block + 6 + 8 * (j & 1)) >> 4 * (j >> 1);
    case Q5_1: return u64(block + 8 + 8 * (j & 1)) >> 4 * (j >> 1);
    case Q4_K: return u64(block + 16 + inner / 2 * 32 + 8 * j) >> 4 * (inner & 1);
    case Q5_K: return u64(block + 48 + inner / 2 * 32 + 8 * j) >> 4 * (inner & 1);
    default: return u64(block + inner / 4 * 64 + (inner & 1) * 32 + 8 * j) >> inner % 4 / 2 * 4; /* Q6_K */
    }
}

/* Their upper bits, one or two, at the bottom of eight bytes. */
INLINE uint64_t high(int type, const uint8_t *block, int inner, int j) {
    switch (type) {
    case Q5_0: return spread(u32(block + 2) >> 8 * j);
    case Q5_1: return spread(u32(block + 4) >> 8 * j);
    case Q5_K: return u64(block + 16 + 8 * j) >> inner;
    default: return u64(block + 128 + inner / 4 * 32 + 8 * j) >> inner % 4 * 2; /* Q6_K */
    }
}

INLINE int block_bytes(int type) {
    switch (type) {
    case Q4_0: return 18;
    case Q4_1: return 20;
    case Q5_0: return 22;
    case Q5_1: return 24;
    case Q8_0: return 34;
    case Q4_K: return 144;
    case Q5_K: return 176;
    default: return 210;
    }
}

INLINE int block_groups(int type) { return type >= Q4_K ? 8 : 1; }

INLINE int lines_of(int type) {
    switch (type) {
    case Q4_0:
    case Q4_1:
    case Q4_K: return 4;
    case Q5_0:
    case Q5_1:
    case Q5_K: return 5;
    case Q6_K: return 6;
    default: return 8;
    }
}

/* The lines that the scales of some groups take. */
INLINE int scale_lines(int type, int count) {
    switch (type) {
    case Q4_1:
    case Q5_1: return (count + 1) / 2 * 2;
    case Q4_K:
    case Q5_K: return count / 8 * 4;
    case Q6_K: return count / 8 * 4 + (count + 15) / 16;
    default: return (count + 1) / 2;
    }
}

/* The scales of some groups of one row; whether all are numbers. */
INLINE int put_scales(int type, const uint8_t *blocks, int count, uint8_t *to) {
    int64_t size = block_bytes(type);
    int finite = 1;
    switch (type) {
    case Q4_K:
    case Q5_K:
        for (int i = 0; i < count / 8; i++, blocks += size, to += 4 * LINE) {
            finite &= put_half(to, blocks) & put_half(to + 2, blocks + 2);
            for (int j = 1; j < 4; j++) {
                put32(to + LINE * j, u32(blocks + 4 * j));
            }
        }
        break;
    case Q6_K:
        for (int i = 0; i < count / 2; i++) {
            put32(to + LINE * i, u32(blocks + i / 4 * size + 192 + 4 * (i % 4)));
        }
        for (int i = 0; i < count / 8; i++) {
            finite &= put_half(to + LINE * (count / 2 + i / 2) + 2 * (i % 2), blocks + i * size + 208);
        }
        break;
    default:
        for (int i = 0; i < count; i++) {
            finite &= put_half(to + LINE * (i / 2) + 2 * (i % 2), blocks + i * size);
        }
        if (type == Q4_1 || type == Q5_1) {
            to += LINE * ((count + 1) / 2);
            for (int i = 0; i < count; i++) {
                finite &= put_half(to + LINE * (i / 2) + 2 * (i % 2), blocks + i * size + 2);
            }
        }
    }
    return finite;
}

INLINE void put_integers(int type, const uint8_t *block, int inner, uint8_t *to) {
    uint32_t bits = 0;
    switch (lines_of(type)) {
    case 5:
        for (int j = 0; j < 4; j++) bits |= pairs(high(type, block, inner, j), 1) << 4 * j;
        put32(to, bits);
        to += LINE; /* fall through */
    case 4:
        for (int j = 0; j < 4; j++) put32(to + LINE * j, pairs(low(type, block, inner, j), 4));
        break;
    case 6:
        for (int j = 0; j < 4; j += 2, to += 3 * LINE) {
            put32(to, pairs(high(type, block, inner, j), 2) | pairs(high(type, block, inner, j + 1), 2) << 8);
            put32(to + LINE, pairs(low(type, block, inner, j), 4));
            put32(to + 2 * LINE, pairs(low(type, block, inner, j + 1), 4));
        }
        break;
    default: /* bytes, of which the two in the middle change places */
        for (int j = 0; j < 8; j++) {
            uint32_t v = u32(block + 2 + 4 * j) ^ 0x80808080;
            put32(to + LINE * j, (v & 0xff0000ff) | (v & 0xff00) << 8 | (v & 0xff0000) >> 8);
        }
    }
}

/* One strip: up to sixteen rows, whose bytes follow one another. Whether all scales are numbers. */
INLINE int pack_strip(int type, const uint8_t *from, int rows, int groups, uint8_t *to) {
    int64_t size = block_bytes(type);
    int inside = block_groups(type);
    int64_t row_bytes = groups / inside * size;
    int finite = 1;
    for (int first = 0; first < groups; first += SEGMENT_GROUPS) {
        int count = groups - first < SEGMENT_GROUPS ? groups - first : SEGMENT_GROUPS;
        int64_t scales = LINE * scale_lines(type, count);
        for (int row = 0; row < rows; row++) {
            const uint8_t *blocks = from + row_bytes * row + first / inside * size;
            uint8_t *at = to + 4 * row;
            finite &= put_scales(type, blocks, count, at);
            at += scales;
            for (int group = 0; group < count; group++, at += LINE * lines_of(type)) {
                put_integers(type, blocks + group / inside * size, group % inside, at);
            }
        }
        to += scales + LINE * lines_of(type) * count;
    }
    return finite;
}

/* The items are strips. */
KERNEL(pack, struct pack) {
    (void)scratch;
    int64_t strip_rows_bytes = ROWS * (task->groups / block_groups((int)task->type)) * block_bytes((int)task->type);
    int finite = 1;
    for (int64_t strip = from; strip < to; strip++) {
        const uint8_t *blocks = task->from + strip * strip_rows_bytes;
        uint8_t *place = task->to + strip * task->strip_bytes;
        int groups = (int)task->groups;
        int rows = (int)(task->rows - strip * ROWS < ROWS ? task->rows - strip * ROWS : ROWS);
        if (rows < ROWS || groups % 16) {
            memset(place, 0, (size_t)task->strip_bytes);
        }
        switch (task->type) { /* each type compiled by itself */
        case Q4_0: finite &= pack_strip(Q4_0, blocks, rows, groups, place); break;
        case Q4_1: finite &= pack_strip(Q4_1, blocks, rows, groups, place); break;
        case Q5_0: finite &= pack_strip(Q5_0, blocks, rows, groups, place); break;
        case Q5_1: finite &= pack_strip(Q5_1, blocks, rows, groups, place); break;
        case Q8_0: finite &= pack_strip(Q8_0, blocks, rows, groups, place); break;
        case Q4_K: finite &= pack_strip(Q4_K, blocks, rows, groups, place); break;
        case Q5_K: finite &= pack_strip(Q5_K, blocks, rows, groups, place); break;
        default: finite &= pack_strip(Q6_K, blocks, rows, groups, place);
        }
    }
    if (!finite) {
        __atomic_store_n(&task->not_finite, 1, __ATOMIC_RELAXED);
    }
}
