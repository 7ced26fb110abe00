package dev.ayni.tensor.vector;

import static dev.ayni.tensor.vector.Native.ALL;
import static dev.ayni.tensor.vector.Native.F;
import static dev.ayni.tensor.vector.Native.FLOAT;
import static dev.ayni.tensor.vector.Native.LE;
import static dev.ayni.tensor.vector.Native.LINE;
import static dev.ayni.tensor.vector.Native.MASK;
import static dev.ayni.tensor.vector.Native.VECTOR_BYTES;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import jdk.incubator.vector.FloatVector;

/** One product of a call of matmul, cut into bands of rows that threads compute side by side. */
sealed interface Products {
    /** How many bands there are. */
    int bands();

    /** Computes one band. */
    void band(int band, long scratch);

    /** A weight in strips times the quantised activations. */
    record Quantized(PackedTensor weight, Activations x, int tokens, long out) implements Products {
        /** Strips in a band. */
        private static final int STRIPS = 2;

        private static final long STRIP_INTEGERS = 4L * Layout.ROWS * Arithmetic.SEGMENT;

        /** The bytes of scratch that a band takes. */
        static final long SCRATCH = STRIPS * (STRIP_INTEGERS + StripScales.BYTES) + LINE * 2L * Activations.TILE;

        private int firstStrip() {
            return weight.firstRow() / Layout.ROWS;
        }

        private int endStrip() {
            return (weight.firstRow() + weight.height() + Layout.ROWS - 1) / Layout.ROWS;
        }

        @Override
        public int bands() {
            return (endStrip() - firstStrip() + STRIPS - 1) / STRIPS;
        }

        @Override
        public void band(int band, long scratch) {
            int first = firstStrip() + band * STRIPS;
            int count = Math.min(STRIPS, endStrip() - first);
            if (tokens == 1) {
                for (int i = 0; i < count; i++) {
                    oneToken(first + i, scratch);
                }
            } else {
                manyTokens(first, count, scratch);
            }
        }

        private void oneToken(int strip, long scratch) {
            Layout layout = weight.layout();
            int groups = weight.groups();
            long acc = scratch + StripScales.BYTES;
            long at = weight.strip(strip);
            for (int first = 0; first < groups; first += Layout.SEGMENT_GROUPS) {
                int count = Math.min(Layout.SEGMENT_GROUPS, groups - first);
                StripScales.read(layout, at, count, scratch);
                OneToken.multiply(
                        layout,
                        at + layout.scaleBytes(count),
                        scratch,
                        x.pairs(0) + 64L * first,
                        x.floats(0) + 128L * first,
                        x.facts(0) + Activations.FACTS * first,
                        count,
                        acc);
                for (int part = 0; part < LINE; part += VECTOR_BYTES) {
                    deliver(acc + part, strip * Layout.ROWS + part / 4, 0, 1, first == 0);
                }
                at += layout.segmentBytes(count);
            }
        }

        private void manyTokens(int firstStrip, int strips, long scratch) {
            Layout layout = weight.layout();
            int groups = weight.groups();
            boolean shorts = StripIntegers.fitShorts(layout);
            long scales = scratch;
            long integers = scales + STRIPS * StripScales.BYTES;
            long acc = integers + STRIPS * STRIP_INTEGERS;
            int tiles = (tokens + Activations.TILE - 1) / Activations.TILE;
            long segment = 0;
            for (int first = 0; first < groups; first += Layout.SEGMENT_GROUPS) {
                int count = Math.min(Layout.SEGMENT_GROUPS, groups - first);
                for (int i = 0; i < strips; i++) {
                    long from = weight.strip(firstStrip + i) + segment;
                    StripScales.read(layout, from, count, scales + i * StripScales.BYTES);
                    long at = from + layout.scaleBytes(count);
                    if (shorts) {
                        StripIntegers.toShorts(layout, at, count, integers + i * STRIP_INTEGERS);
                    } else {
                        long stripScales = scales + i * StripScales.BYTES;
                        StripIntegers.toFloats(layout, at, count, stripScales, integers + i * STRIP_INTEGERS);
                    }
                }
                for (int tile = 0; tile < tiles; tile++) {
                    long perGroup = (shorts ? 64L : 128L) * Activations.TILE;
                    long from = (shorts ? x.pairs(tile) : x.floats(tile)) + perGroup * first;
                    long facts = x.facts(tile) + Activations.FACTS * first;
                    tile(firstStrip, strips, tile, first == 0, shorts, scales, integers, from, facts, count, acc);
                }
                segment += layout.segmentBytes(count);
            }
        }

        private void tile(
                int firstStrip,
                int strips,
                int tile,
                boolean isFirst,
                boolean shorts,
                long scales,
                long integers,
                long from,
                long facts,
                int groups,
                long acc) {
            int minima = weight.layout().minima().ordinal();
            int vectors = strips * LINE / VECTOR_BYTES;
            int columns = Math.min(Activations.TILE, tokens - tile * Activations.TILE);
            for (int vector = 0; vector < vectors; vector += 2) {
                int strip0 = vector * VECTOR_BYTES / LINE;
                int part0 = vector * VECTOR_BYTES % LINE;
                int next = Math.min(vector + 1, vectors - 1);
                int strip1 = next * VECTOR_BYTES / LINE;
                int part1 = next * VECTOR_BYTES % LINE;
                long w0 = integers + strip0 * STRIP_INTEGERS + part0;
                long w1 = integers + strip1 * STRIP_INTEGERS + part1;
                long s0 = scales + strip0 * StripScales.BYTES + part0;
                long s1 = scales + strip1 * StripScales.BYTES + part1;
                for (int column = 0; column < columns; column += 4) {
                    clear(acc, 8);
                    if (shorts) {
                        TokenTile.shorts4(w0, w1, s0, s1, minima, from + 4L * column, facts + 4L * column, groups, acc);
                    } else {
                        TokenTile.floats4(w0, w1, s0, s1, minima, from + 4L * column, facts + 4L * column, groups, acc);
                    }
                    int token = tile * Activations.TILE + column;
                    int count = Math.min(4, columns - column);
                    deliver(acc, (firstStrip + strip0) * Layout.ROWS + part0 / 4, token, count, isFirst);
                    if (next != vector) {
                        deliver(acc + 64, (firstStrip + strip1) * Layout.ROWS + part1 / 4, token, count, isFirst);
                    }
                }
            }
        }

        private static void clear(long acc, int lines) {
            acc &= MASK;
            for (int i = 0; i < lines; i++) {
                FloatVector.zero(F).intoMemorySegment(ALL, acc + 64L * i, LE);
            }
        }

        /** Adds a vector of rows of some tokens to the results; accumulators of a token stand 128 bytes apart. */
        private void deliver(long acc, int stripRow, int token, int count, boolean isFirst) {
            int row = stripRow - weight.firstRow();
            int rows = weight.height();
            long to = out + 4L * ((long) token * rows + row);
            if (row >= 0 && row + Native.WIDTH <= rows) {
                if (isFirst) {
                    store(acc, to, 4L * rows, count);
                } else {
                    add(acc, to, 4L * rows, count);
                }
                return;
            }
            for (int i = 0; i < count; i++) {
                for (int lane = Math.max(0, -row); lane < Math.min(Native.WIDTH, rows - row); lane++) {
                    long at = to + 4L * ((long) i * rows + lane);
                    float value = ALL.get(FLOAT, acc + 128L * i + 4L * lane);
                    ALL.set(FLOAT, at, isFirst ? value : ALL.get(FLOAT, at) + value);
                }
            }
        }

        private static void store(long acc, long to, long stride, int count) {
            acc &= MASK;
            for (int i = 0; i < count; i++) {
                FloatVector.fromMemorySegment(F, ALL, acc + 128L * i, LE).intoMemorySegment(ALL, to + stride * i, LE);
            }
        }

        private static void add(long acc, long to, long stride, int count) {
            acc &= MASK;
            for (int i = 0; i < count; i++) {
                FloatVector.fromMemorySegment(F, ALL, to + stride * i, LE)
                        .add(FloatVector.fromMemorySegment(F, ALL, acc + 128L * i, LE))
                        .intoMemorySegment(ALL, to + stride * i, LE);
            }
        }
    }

    /** A weight of plain floats times the activations as they are. */
    record Floating(HostTensor weight, long x, int tokens, long out) implements Products {
        private static final int ROWS = 16;

        /** The bytes of scratch that a band takes. */
        static long scratch(int width) {
            return FloatProducts.ROWS * LINE + 4L * ROWS * width;
        }

        @Override
        public int bands() {
            return Math.toIntExact((weight.size(0) + ROWS - 1) / ROWS);
        }

        @Override
        public void band(int band, long scratch) {
            int width = Math.toIntExact(weight.size(1));
            int height = Math.toIntExact(weight.size(0));
            int first = band * ROWS;
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
