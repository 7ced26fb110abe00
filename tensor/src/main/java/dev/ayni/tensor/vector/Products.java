package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.INT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.LINE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.VECTOR_BYTES;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.PackedTensor;
import java.lang.foreign.Arena;
import jdk.incubator.vector.FloatVector;

/** One product of a call of matmul, cut into units that threads compute side by side. */
sealed interface Products {
    /** How many units there are. */
    int units();

    /** Computes one unit. */
    void unit(int unit, long scratch);

    /** A weight in strips times the quantised activations. */
    record Quantized(PackedTensor weight, Activations x, int tokens, long out) implements Products {
        /** Strips in a band. */
        private static final int STRIPS = 2;

        private static final long STRIP_INTEGERS = 4L * Layout.ROWS * Arithmetic.SEGMENT;

        /** Units of few tokens, if a weight has as many strips: enough for several threads, one of which may be late. */
        private static final int MIN_UNITS = 8;

        /** Tokens that one kernel takes: as many as leave their sums in registers, of which AVX-512 has 32. */
        private static final int WIDE = Native.WIDTH == 16 ? 8 : 4;

        /** Slots 0 to 7: the accumulators of a tile's tokens. */
        private static final long IN_ORDER = inOrder();

        private static long inOrder() {
            long slots = Arena.global().allocate(4L * Activations.TILE, LINE).address();
            for (int i = 0; i < Activations.TILE; i++) {
                ALL.set(INT, slots + 4L * i, i);
            }
            return slots;
        }

        /** The bytes of scratch that a unit takes. */
        static long scratch(int tokens) {
            long vectors = STRIPS * LINE / VECTOR_BYTES;
            return STRIPS * (STRIP_INTEGERS + StripScales.BYTES)
                    + 2 * TokenTile.BYTES
                    + 2 * resultBytes(tokens) * vectors / 2;
        }

        /** The bytes of the results of two vectors of rows, or of what second digits give. */
        private static long resultBytes(int tokens) {
            return 128L * (tokens + Activations.TILE);
        }

        private int firstStrip() {
            return weight.firstRow() / Layout.ROWS;
        }

        private int endStrip() {
            return (weight.firstRow() + weight.height() + Layout.ROWS - 1) / Layout.ROWS;
        }

        /** Of few tokens, a unit is about this much of the weight, long enough for two streams; else it is a band. */
        private static final long UNIT_BYTES = 1 << 20;

        @Override
        public int units() {
            int strips = endStrip() - firstStrip();
            if (tokens > Activations.FEW) {
                return (strips + STRIPS - 1) / STRIPS;
            }
            long bytes = strips * weight.layout().stripBytes(weight.groups());
            return (int) Math.clamp(bytes / UNIT_BYTES, Math.min(strips, MIN_UNITS), strips);
        }

        @Override
        public void unit(int unit, long scratch) {
            if (tokens > Activations.FEW) {
                int first = firstStrip() + unit * STRIPS;
                manyTokens(first, Math.min(STRIPS, endStrip() - first), scratch);
                return;
            }
            long strips = endStrip() - firstStrip();
            int first = firstStrip() + (int) (strips * unit / units());
            int end = firstStrip() + (int) (strips * (unit + 1) / units());
            int middle = first + (end - first + 1) / 2;
            for (int strip = first; strip < middle; strip++) {
                fewTokens(strip, Math.min(strip + middle - first, end - 1), scratch);
            }
        }

        private void fewTokens(int strip0, int strip1, long scratch) {
            Layout layout = weight.layout();
            int groups = weight.groups();
            long scales1 = scratch + StripScales.BYTES;
            long segment = scales1 + StripScales.BYTES;
            long results = segment + 2 * LINE;
            long rests = results + 2L * LINE * tokens;
            long at0 = weight.strip(strip0);
            long at1 = weight.strip(strip1);
            clearLines(rests, 2 * tokens);
            for (int first = 0; first < groups; first += Layout.SEGMENT_GROUPS) {
                int count = Math.min(Layout.SEGMENT_GROUPS, groups - first);
                StripScales.read(layout, at0, count, scratch);
                StripScales.read(layout, at1, count, scales1);
                long from0 = at0 + layout.scaleBytes(count);
                long from1 = at1 + layout.scaleBytes(count);
                for (int token = 0; token < tokens; token++) {
                    long result = results + 2L * LINE * token;
                    long acc = first == 0 ? result : segment;
                    clearLines(acc, 2);
                    long cell = x.firstCell(token, first);
                    OneToken.multiply(layout, from0, from1, scratch, scales1, x.first(), cell, count, acc);
                    if (first > 0) {
                        addLines(acc, result, 2);
                    }
                    cell = x.secondCell(token, first / Layout.SEGMENT_GROUPS);
                    int loud = (int) (x.secondCell(token, first / Layout.SEGMENT_GROUPS + 1) - cell);
                    long rest = rests + 2L * LINE * token;
                    OneToken.multiply(layout, from0, from1, scratch, scales1, x.second(), cell, loud, rest);
                }
                at0 += layout.segmentBytes(count);
                at1 += layout.segmentBytes(count);
            }
            addLines(rests, results, 2 * tokens);
            for (int token = 0; token < tokens; token++) {
                long result = results + 2L * LINE * token;
                for (int part = 0; part < LINE; part += VECTOR_BYTES) {
                    deliver(result + part, strip0 * Layout.ROWS + part / 4, token, 1);
                    deliver(result + LINE + part, strip1 * Layout.ROWS + part / 4, token, 1);
                }
            }
        }

        private static void clearLines(long at, int lines) {
            for (int part = 0; part < LINE; part += VECTOR_BYTES) {
                clear(at + part, lines);
            }
        }

        private static void addLines(long from, long to, int lines) {
            for (int part = 0; part < LINE; part += VECTOR_BYTES) {
                add(from + part, to + part, lines);
            }
        }

        private void manyTokens(int firstStrip, int strips, long scratch) {
            Layout layout = weight.layout();
            int groups = weight.groups();
            boolean shorts = StripIntegers.fitShorts(layout);
            long integers = scratch + STRIPS * StripScales.BYTES;
            long segment = 0;
            for (int first = 0; first < groups; first += Layout.SEGMENT_GROUPS) {
                int count = Math.min(Layout.SEGMENT_GROUPS, groups - first);
                for (int i = 0; i < strips; i++) {
                    long from = weight.strip(firstStrip + i) + segment;
                    long scales = scratch + i * StripScales.BYTES;
                    StripScales.read(layout, from, count, scales);
                    long at = from + layout.scaleBytes(count);
                    if (shorts) {
                        StripIntegers.toShorts(layout, at, count, integers + i * STRIP_INTEGERS);
                    } else {
                        StripIntegers.toFloats(layout, at, count, scales, integers + i * STRIP_INTEGERS);
                    }
                }
                int vectors = strips * LINE / VECTOR_BYTES;
                for (int vector = 0; vector < vectors; vector += 2) {
                    twoVectors(firstStrip, vector, Math.min(vector + 1, vectors - 1), first, count, scratch);
                }
                segment += layout.segmentBytes(count);
            }
        }

        /** One segment of two vectors of rows, counted from the band's first, times all tokens. */
        private void twoVectors(int firstStrip, int vector, int next, int firstGroup, int groups, long scratch) {
            int strip0 = vector * VECTOR_BYTES / LINE;
            int part0 = vector * VECTOR_BYTES % LINE;
            int strip1 = next * VECTOR_BYTES / LINE;
            int part1 = next * VECTOR_BYTES % LINE;
            long integers = scratch + STRIPS * StripScales.BYTES;
            long w0 = integers + strip0 * STRIP_INTEGERS + part0;
            long w1 = integers + strip1 * STRIP_INTEGERS + part1;
            long s0 = scratch + strip0 * StripScales.BYTES + part0;
            long s1 = scratch + strip1 * StripScales.BYTES + part1;
            long sums = integers + STRIPS * STRIP_INTEGERS;
            long segment = sums + TokenTile.BYTES;
            long results = segment + TokenTile.BYTES + 2 * resultBytes(tokens) * (vector / 2);
            long rests = results + resultBytes(tokens);
            boolean isFirst = firstGroup == 0;
            boolean isLast = firstGroup + groups == weight.groups();
            if (isFirst) {
                clear(rests, 2 * tokens);
            }
            for (int group = 0; group < groups; group++) {
                int end = x.secondCell(firstGroup + group + 1);
                for (int cell = x.secondCell(firstGroup + group); cell < end; cell++) {
                    for (int column = 0; column < Activations.TILE; column += WIDE) {
                        long slots = x.secondTokens(cell) + 4L * column;
                        multiply(w0, w1, s0, s1, group, x.second(), cell, column, 1, WIDE, sums, slots, rests);
                    }
                }
            }
            for (int token = 0; token < tokens; ) {
                int tile = token / Activations.TILE;
                int column = token % Activations.TILE;
                int columns = Math.min(Activations.TILE, tokens - tile * Activations.TILE) > 4 ? WIDE : 4;
                long cell = x.firstCell(tile, firstGroup);
                // the first segment's accumulators become the results
                long result = results + 128L * token;
                long acc = isFirst ? result : segment;
                clear(acc, 2 * columns);
                multiply(w0, w1, s0, s1, 0, x.first(), cell, column, groups, columns, sums, IN_ORDER, acc);
                if (!isFirst) {
                    add(acc, result, 2 * columns);
                }
                if (isLast) {
                    int count = Math.min(columns, tokens - token);
                    add(rests + 128L * token, result, 2 * count);
                    deliver(result, (firstStrip + strip0) * Layout.ROWS + part0 / 4, token, count);
                    if (next != vector) {
                        deliver(result + 64, (firstStrip + strip1) * Layout.ROWS + part1 / 4, token, count);
                    }
                }
                token += columns;
            }
        }

        /** Groups of two vectors of rows, from {@code group} of the segment on, times as many cells' columns. */
        private void multiply(
                long w0,
                long w1,
                long s0,
                long s1,
                int group,
                Digit digit,
                long cell,
                int column,
                int groups,
                int columns,
                long sums,
                long slots,
                long acc) {
            int minima = weight.layout().minima().ordinal();
            s0 += 64L * group;
            s1 += 64L * group;
            long facts = digit.facts(cell) + 4L * column;
            if (StripIntegers.fitShorts(weight.layout())) {
                long at = 1024L * group;
                long from = digit.pairs(cell) + 4L * column;
                TokenTile.shorts(w0 + at, w1 + at, s0, s1, minima, from, facts, groups, columns, sums, slots, acc);
            } else {
                long at = 2048L * group;
                long from = digit.floats(cell) + 4L * column;
                boolean two = weight.layout().scales() == Layout.Scales.TWO_FLOATS;
                TokenTile.floats(w0 + at, w1 + at, s0, s1, two, minima, from, facts, groups, columns, sums, slots, acc);
            }
        }

        private static void clear(long acc, int lines) {
            acc &= MASK;
            for (int i = 0; i < lines; i++) {
                FloatVector.zero(F).intoMemorySegment(ALL, acc + 64L * i, LE);
            }
        }

        private static void add(long segment, long result, int lines) {
            segment &= MASK;
            result &= MASK;
            for (int i = 0; i < lines; i++) {
                FloatVector.fromMemorySegment(F, ALL, result + 64L * i, LE)
                        .add(FloatVector.fromMemorySegment(F, ALL, segment + 64L * i, LE))
                        .intoMemorySegment(ALL, result + 64L * i, LE);
            }
        }

        /** Copies a vector of rows to where some tokens' results belong; those of a token stand 128 bytes apart. */
        private void deliver(long result, int stripRow, int token, int count) {
            int row = stripRow - weight.firstRow();
            int rows = weight.height();
            long to = out + 4L * ((long) token * rows + row);
            if (row >= 0 && row + Native.WIDTH <= rows) {
                copy(result, to, 4L * rows, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                for (int lane = Math.max(0, -row); lane < Math.min(Native.WIDTH, rows - row); lane++) {
                    float value = ALL.get(FLOAT, result + 128L * i + 4L * lane);
                    ALL.set(FLOAT, to + 4L * ((long) i * rows + lane), value);
                }
            }
        }

        private static void copy(long result, long to, long stride, int count) {
            result &= MASK;
            for (int i = 0; i < count; i++) {
                FloatVector.fromMemorySegment(F, ALL, result + 128L * i, LE)
                        .intoMemorySegment(ALL, to + stride * i, LE);
            }
        }
    }

    /** A weight of plain floats times the activations as they are. */
    record Floating(HostTensor weight, long x, int tokens, long out) implements Products {
        private static final int ROWS = 16;

        /** The bytes of scratch that a unit takes. */
        static long scratch(int width) {
            return FloatProducts.ROWS * LINE + 4L * ROWS * width;
        }

        @Override
        public int units() {
            return Math.toIntExact((weight.size(0) + ROWS - 1) / ROWS);
        }

        @Override
        public void unit(int unit, long scratch) {
            int width = Math.toIntExact(weight.size(1));
            int height = Math.toIntExact(weight.size(0));
            int first = unit * ROWS;
            int rows = Math.min(ROWS, height - first);
            long w = weight.data().address() + weight.type().bytes((long) first * width);
            if (weight.type() != DType.F32) {
                long wide = scratch + FloatProducts.ROWS * LINE;
                Floats.widen(weight.type(), w, rows * width, wide);
                w = wide;
            }
            for (int token = 0; token < tokens; token++) {
                for (int row = 0; row < rows; row += FloatProducts.ROWS) {
                    int count = Math.min(FloatProducts.ROWS, rows - row);
                    long to = out + 4L * ((long) token * height + first + row);
                    FloatProducts.multiply(w + 4L * row * width, width, count, x + 4L * token * width, scratch, to);
                }
            }
        }
    }
}
