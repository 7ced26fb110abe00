package dev.ayni.tensor.strips;

import dev.ayni.tensor.BlockFormat.Minima;
import dev.ayni.tensor.DType;

/**
 * How the integers and scales of sixteen rows lie side by side. A strip is sixteen rows; it holds its segments of 1024
 * values one after the other, each first the scales of its groups of 32, then their integers. Everything is lines of
 * sixteen 4-byte words, one word for each row, and begins at a multiple of 64 bytes.
 *
 * @param minima what is added to the scaled integers
 * @param bias what is subtracted from a stored integer
 */
public record Layout(Integers integers, Scales scales, Minima minima, int bias) {
    /** Rows in a strip. */
    public static final int ROWS = 16;

    /** Groups in a segment. */
    public static final int SEGMENT_GROUPS = 32;

    /** How the 32 integers of a group lie in the words of a row. Pair k is values 2 k and 2 k + 1. */
    public enum Integers {
        /** Word j holds pairs 4 j to 4 j + 3, four bits each, first values in the lower half, second ones in the upper. */
        NIBBLES(4),
        /** As NIBBLES; before them a word with the fifth bits: of pair k at bits k and 16 + k. */
        FIVES(5),
        /** For either half a word with the upper two bits, of pair k of the half at 2 k and 16 + 2 k; two as NIBBLES. */
        SIXES(6),
        /** Word j holds values 4 j, 4 j + 2, 4 j + 1, 4 j + 3, a byte each. */
        BYTES(8),
        /** Word k holds pair k, 16 bits each, signed. */
        SHORTS(16);

        /** Lines of a group. */
        public final int lines;

        Integers(int lines) {
            this.lines = lines;
        }
    }

    /** How the scales lie. */
    public enum Scales {
        /** A line for two groups: d of the first in the lower half of a word, d of the second in the upper, as F16. */
        HALVES,
        /** As HALVES for all groups, then the minima likewise. */
        HALVES_AND_MINIMA,
        /** For eight groups: d and dmin as F16; three words of six-bit scales and minima, as in a Q4_K block. */
        SUPER,
        /** For eight groups four words of sixteen scales, a byte each; then a line of d as F16 for sixteen groups. */
        SIXTEENTHS,
        /** A line of d for each group, as F32, and one or two of minima. */
        FLOATS,
        /** Two lines for each group, as F32: d of its first sixteen values, and of its last. */
        TWO_FLOATS
    }

    /** The layout of a type that has one of its own, or null: such a type takes {@link #general}. */
    public static @org.jspecify.annotations.Nullable Layout of(DType type) {
        return switch (type) {
            case Q4_0 -> new Layout(Integers.NIBBLES, Scales.HALVES, Minima.NONE, 8);
            case Q4_1 -> new Layout(Integers.NIBBLES, Scales.HALVES_AND_MINIMA, Minima.GROUP, 0);
            case Q5_0 -> new Layout(Integers.FIVES, Scales.HALVES, Minima.NONE, 16);
            case Q5_1 -> new Layout(Integers.FIVES, Scales.HALVES_AND_MINIMA, Minima.GROUP, 0);
            case Q8_0 -> new Layout(Integers.BYTES, Scales.HALVES, Minima.NONE, 128);
            case Q4_K -> new Layout(Integers.NIBBLES, Scales.SUPER, Minima.GROUP, 0);
            case Q5_K -> new Layout(Integers.FIVES, Scales.SUPER, Minima.GROUP, 0);
            case Q6_K -> new Layout(Integers.SIXES, Scales.SIXTEENTHS, Minima.NONE, 32);
            default -> null;
        };
    }

    /** A layout that takes any block format, by its integers' size. */
    public static Layout general(Minima minima, boolean bytes) {
        return new Layout(bytes ? Integers.BYTES : Integers.SHORTS, Scales.FLOATS, minima, bytes ? 128 : 0);
    }

    /** A layout of integers from -32 to 31, where each half of a group has a scale of its own. */
    public static Layout twoScales() {
        return new Layout(Integers.SIXES, Scales.TWO_FLOATS, Minima.NONE, 32);
    }

    /** The bytes of the scales of a segment. */
    public long scaleBytes(int groups) {
        int lines = switch (scales) {
            case HALVES -> (groups + 1) / 2;
            case HALVES_AND_MINIMA -> (groups + 1) / 2 * 2;
            case SUPER -> groups / 8 * 4;
            case SIXTEENTHS -> groups / 8 * 4 + (groups + 15) / 16;
            case FLOATS -> groups * (1 + minima.ordinal());
            case TWO_FLOATS -> 2 * groups;
        };
        return (long) NativeMemory.LINE * lines;
    }

    /** The bytes of a segment. */
    public long segmentBytes(int groups) {
        return scaleBytes(groups) + (long) NativeMemory.LINE * integers.lines * groups;
    }

    /** The bytes of a strip whose rows have so many groups. */
    public long stripBytes(int groups) {
        int rest = groups % SEGMENT_GROUPS;
        long bytes = groups / SEGMENT_GROUPS * segmentBytes(SEGMENT_GROUPS);
        return rest == 0 ? bytes : bytes + segmentBytes(rest);
    }
}
