/* Rows of a table that was placed as a weight. */
#include "strips.h"

struct embed {
    struct weight w;
    const int32_t *ids;
    float *out; /* [ids, width] */
};

/* Where value i of eight stands among bytes. */
static const int place_of[8] = {0, 2, 4, 6, 1, 3, 5, 7};

static void read_row(const struct weight *w, int64_t strip_row, float *out) {
    struct segment_scales scales;
    int64_t row = strip_row % ROWS;
    const char *at = w->strips + strip_row / ROWS * w->strip_bytes;
    for (int64_t first = 0; first < w->groups; first += SEGMENT_GROUPS) {
        int groups = (int)(w->groups - first < SEGMENT_GROUPS ? w->groups - first : SEGMENT_GROUPS);
        const char *integers = at + scale_bytes(w, groups);
        read_scales(w, at, groups, &scales);
        for (int g = 0; g < groups; g++, integers += LINE * integer_lines((int)w->integers)) {
            int32_t values[GROUP];
            if (w->integers == SHORTS) {
                for (int k = 0; k < 16; k++) {
                    int32_t both = word(integers + LINE * k + 4 * row);
                    values[2 * k] = (int16_t)both;
                    values[2 * k + 1] = both >> 16;
                }
            } else {
                vi lines[8];
                const char *part = integers + row / VL * VL * 4;
                switch (w->integers) {
                case NIBBLES: unpack(NIBBLES, part, lines); break;
                case FIVES: unpack(FIVES, part, lines); break;
                case SIXES: unpack(SIXES, part, lines); break;
                default: unpack(BYTES, part, lines);
                }
                uint8_t bytes[GROUP];
                for (int l = 0; l < 8; l++) {
                    memcpy(bytes + 4 * l, (const char *)(lines + l) + row % VL * 4, 4);
                }
                for (int i = 0; i < GROUP; i++) {
                    uint8_t byte = bytes[i / 8 * 8 + place_of[i % 8]];
                    values[i] = SIGNED_WEIGHTS && w->integers == BYTES ? (int8_t)byte : byte - bias_of(w);
                }
            }
            for (int i = 0; i < GROUP; i++) {
                float n = i < 16 || w->minima == FOR_GROUP ? scales.n0[g][row] : scales.n1[g][row];
                if (w->scales == SIXTEENTHS) {
                    int32_t scale;
                    memcpy(&scale, &n, 4);
                    values[i] *= scale;
                }
                float d = w->scales == TWO_FLOATS && i >= 16 ? scales.n0[g][row] : scales.d[g][row];
                float product = d * (float)values[i];
                *out++ = w->minima == NONE ? product : product + n;
            }
        }
        at += segment_bytes(w, groups);
    }
}

KERNEL(embed, const struct embed) {
    for (int64_t i = from; i < to; i++) {
        read_row(&task->w, task->w.first_row + task->ids[i], task->out + i * task->w.groups * GROUP);
    }
}
