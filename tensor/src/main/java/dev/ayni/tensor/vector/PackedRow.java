package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LINE;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.PackedTensor;

/** Reads one row back from its strip, as F32. */
final class PackedRow {
    private static final long INTEGERS = 4L * Layout.ROWS * Arithmetic.SEGMENT;

    /** The bytes of scratch that {@link #read} takes. */
    static final long SCRATCH = StripScales.BYTES + INTEGERS;

    private PackedRow() {}

    static void read(PackedTensor from, int row, long to, long scratch) {
        Layout layout = from.layout();
        int stripRow = from.firstRow() + row;
        long at = from.strip(stripRow / Layout.ROWS);
        long lane = 4L * (stripRow % Layout.ROWS);
        int groups = from.groups();
        long integers = scratch + StripScales.BYTES;
        for (int first = 0; first < groups; first += Layout.SEGMENT_GROUPS) {
            int count = Math.min(Layout.SEGMENT_GROUPS, groups - first);
            StripScales.read(layout, at, count, scratch);
            StripIntegers.toFloats(layout, at + layout.scaleBytes(count), count, scratch, integers);
            for (int i = 0; i < count * Arithmetic.GROUP; i++) {
                long scale = scratch + lane + (long) LINE * (i / Arithmetic.GROUP);
                if (layout.scales() == Layout.Scales.TWO_FLOATS && i % 32 >= 16) {
                    scale += StripScales.N0;
                }
                float product = ALL.get(FLOAT, scale) * ALL.get(FLOAT, integers + lane + (long) LINE * i);
                float value = switch (layout.minima()) {
                    case NONE -> product;
                    case GROUP -> product + ALL.get(FLOAT, scale + StripScales.N0);
                    case HALF -> product + ALL.get(FLOAT, scale + (i % 32 < 16 ? StripScales.N0 : StripScales.N1));
                };
                ALL.set(FLOAT, to + 4L * (first * Arithmetic.GROUP + i), value);
            }
            at += layout.segmentBytes(count);
        }
    }
}
