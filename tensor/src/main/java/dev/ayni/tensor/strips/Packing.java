package dev.ayni.tensor.strips;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.BlockFormat;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.LargePages;
import dev.ayni.tensor.MappedPages;
import dev.ayni.tensor.UnpackedRow;
import dev.ayni.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Copies a weight's rows into strips. */
public final class Packing {
    private static final int GROUP = Arithmetic.GROUP;

    /** Integers beyond this size do not fit the bytes of {@link Layout.Integers#BYTES}. */
    private static final int BYTE_LIMIT = 127;

    /** The bytes of rows that are copied before their pages are given back. */
    private static final long SLICE_BYTES = 8 << 20;

    private final DType type;
    private final Layout layout;
    private final HostTensor host;
    private final MemorySegment from;
    private final int rows;
    private final int width;
    private final long rowBytes;

    /** Whether every F16 scale copied so far is a number; strips with F16 scales hold no others. */
    private volatile boolean finite = true;

    private Packing(HostTensor host, Layout layout, int rows, int width) {
        this.type = host.type();
        this.layout = layout;
        this.host = host;
        this.from = host.data();
        this.rows = rows;
        this.width = width;
        this.rowBytes = type.bytes(width);
    }

    /** A copy of a quantised weight in strips, made by several threads. */
    public static PackedTensor pack(HostTensor host, Workers workers) {
        Layout own = Layout.of(host.type());
        PackedTensor packed = own == null ? null : pack(host, own, workers);
        return packed != null ? packed : Objects.requireNonNull(pack(host, general(host.type()), workers));
    }

    /** The copy; null if the layout's scales are F16 and one of the weight's is not a number. */
    private static @Nullable PackedTensor pack(HostTensor host, Layout layout, Workers workers) {
        int width = Math.toIntExact(host.size(host.rank() - 1));
        int rows = Math.toIntExact(host.values() / width);
        Packing packing = new Packing(host, layout, rows, width);
        long stripBytes = layout.stripBytes(width / GROUP);
        Arena arena = Arena.ofShared();
        MemorySegment data = LargePages.allocate(arena, Math.max(1, strips(host) * stripBytes));
        boolean done = inSlices(host, (firstStrip, lastStrip) -> {
            int first = Math.toIntExact(firstStrip);
            int strips = Math.toIntExact(lastStrip - firstStrip);
            int parts = Math.min(strips, 4 * workers.threads());
            workers.run(parts, part -> {
                int from = first + (int) ((long) strips * part / parts);
                int to = first + (int) ((long) strips * (part + 1) / parts);
                packing.strips(from, to, data.address() + from * stripBytes, stripBytes);
            });
            return packing.finite;
        });
        if (!done) {
            arena.close();
            return null;
        }
        return new PackedTensor(host.type(), layout, data, 0, arena, host.shape());
    }

    /** Copies a slice of a weight. */
    public interface Slice {
        /** Copies strips {@code first} to {@code last - 1}; whether the strips after them are to be copied too. */
        boolean copy(long first, long last);
    }

    /**
     * Has a weight copied slice by slice, from its first strip on. What was copied out of a mapped file leaves the resident
     * memory at once, so that no more than a slice stands there twice.
     *
     * @return whether all slices were copied; false once one of them said that no more are to be
     */
    public static boolean inSlices(HostTensor host, Slice slice) {
        long stripBytes = Layout.ROWS * host.type().bytes(host.size(host.rank() - 1));
        long strips = strips(host);
        long stripsOfSlice = Math.max(1, SLICE_BYTES / Math.max(1, stripBytes));
        for (long first = 0; first < strips; first += stripsOfSlice) {
            long last = Math.min(first + stripsOfSlice, strips);
            if (!slice.copy(first, last)) {
                return false;
            }
            long from = first * stripBytes;
            MappedPages.forget(host.data()
                    .asSlice(from, Math.min(last * stripBytes, host.data().byteSize()) - from));
        }
        return true;
    }

    /** How many strips a weight's rows fill. */
    public static long strips(HostTensor host) {
        long rows = host.values() / host.size(host.rank() - 1);
        return (rows + Layout.ROWS - 1) / Layout.ROWS;
    }

    private static Layout general(DType type) {
        if (BlockFormat.of(type).twoScales()) {
            return Layout.twoScales();
        }
        boolean bytes = switch (type) {
            case Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q2_K, IQ4_NL, IQ4_XS, MXFP4, TQ1_0, TQ2_0, IQ1_S, Q1_0, Q2_0 ->
                true;
            default -> false;
        };
        return Layout.general(BlockFormat.of(type).minima(), bytes);
    }

    private void strips(int first, int last, long to, long stripBytes) {
        byte[] bytes = new byte[Math.toIntExact(rowBytes)];
        boolean floats = layout.scales() == Layout.Scales.FLOATS || layout.scales() == Layout.Scales.TWO_FLOATS;
        UnpackedRow unpacked = floats ? new UnpackedRow(width) : null;
        int[] integers = new int[GROUP];
        for (int strip = first; strip < last; strip++) {
            for (int row = 0; row < Layout.ROWS; row++) {
                int source = strip * Layout.ROWS + row;
                if (source < rows) {
                    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, source * rowBytes, bytes, 0, bytes.length);
                    long at = to + (strip - first) * stripBytes + 4L * row;
                    if (unpacked != null) {
                        BlockFormat.of(type).unpack(host, bytes, (long) source * width, width, unpacked);
                    }
                    row(bytes, unpacked, integers, at);
                } // rows beyond the last stay zero
            }
        }
    }

    /** Copies one row; {@code to} is the row's first word in its strip. */
    private void row(byte[] bytes, @Nullable UnpackedRow unpacked, int[] integers, long to) {
        int groups = width / GROUP;
        for (int first = 0; first < groups; first += Layout.SEGMENT_GROUPS) {
            int count = Math.min(Layout.SEGMENT_GROUPS, groups - first);
            if (unpacked != null) {
                floatScales(unpacked, first, count, to);
            } else {
                scales(bytes, first, count, to);
            }
            long at = to + layout.scaleBytes(count);
            for (int group = first; group < first + count; group++) {
                if (unpacked != null) {
                    System.arraycopy(unpacked.w, group * GROUP, integers, 0, GROUP);
                    for (int i = 0; i < GROUP; i++) {
                        assert layout.integers() != Layout.Integers.BYTES || Math.abs(integers[i]) <= BYTE_LIMIT;
                        integers[i] += layout.bias();
                    }
                } else {
                    stored(bytes, group, integers);
                }
                switch (layout.integers()) {
                    case NIBBLES -> nibbles(integers, 0, 16, at);
                    case FIVES -> fives(integers, at);
                    case SIXES -> sixes(integers, at);
                    case BYTES -> bytes(integers, at);
                    case SHORTS -> shorts(integers, at);
                }
                at += (long) NativeMemory.LINE * layout.integers().lines;
            }
            to = at;
        }
    }

    private void floatScales(UnpackedRow row, int first, int count, long to) {
        boolean two = layout.scales() == Layout.Scales.TWO_FLOATS;
        int minima = layout.minima().ordinal();
        for (int i = 0; i < count; i++) {
            long at = to + (long) NativeMemory.LINE * (two ? 2 : 1 + minima) * i;
            NativeMemory.ALL.set(NativeMemory.FLOAT, at, row.d[first + i]);
            if (two) {
                NativeMemory.ALL.set(NativeMemory.FLOAT, at + NativeMemory.LINE, row.n[2 * (first + i) + 1]);
            }
            for (int n = 0; n < minima; n++) {
                NativeMemory.ALL.set(
                        NativeMemory.FLOAT, at + (long) NativeMemory.LINE * (1 + n), row.n[2 * (first + i) + n]);
            }
        }
    }

    private void scales(byte[] bytes, int first, int count, long to) {
        switch (layout.scales()) {
            case HALVES -> halves(bytes, first, count, 0, to);
            case HALVES_AND_MINIMA -> {
                halves(bytes, first, count, 0, to);
                halves(bytes, first, count, 2, to + (long) NativeMemory.LINE * ((count + 1) / 2));
            }
            case SUPER -> {
                for (int i = 0; i < count / 8 * 4; i++) {
                    int block = (first / 8 + i / 4) * type.blockBytes();
                    long at = to + (long) NativeMemory.LINE * i;
                    if (i % 4 == 0) {
                        half(bytes, block, at);
                        half(bytes, block + 2, at + 2);
                    } else {
                        NativeMemory.ALL.set(NativeMemory.INT, at, i32(bytes, block + 4 * (i % 4)));
                    }
                }
            }
            case SIXTEENTHS -> {
                int superBlocks = count / 8;
                for (int i = 0; i < superBlocks * 4; i++) {
                    int block = (first / 8 + i / 4) * type.blockBytes();
                    NativeMemory.ALL.set(
                            NativeMemory.INT, to + (long) NativeMemory.LINE * i, i32(bytes, block + 192 + 4 * (i % 4)));
                }
                for (int i = 0; i < superBlocks; i++) {
                    int block = (first / 8 + i) * type.blockBytes();
                    half(bytes, block + 208, to + (long) NativeMemory.LINE * (superBlocks * 4 + i / 2) + 2L * (i % 2));
                }
            }
            case FLOATS, TWO_FLOATS -> throw new AssertionError("scales as F32 come from an unpacked row");
        }
    }

    private void halves(byte[] bytes, int first, int count, int offset, long to) {
        for (int i = 0; i < count; i++) {
            int block = (first + i) * type.blockBytes();
            half(bytes, block + offset, to + (long) NativeMemory.LINE * (i / 2) + 2L * (i % 2));
        }
    }

    /** Copies an F16 scale. */
    private void half(byte[] bytes, int from, long to) {
        int half = u16(bytes, from);
        if ((half & 0x7c00) == 0x7c00) {
            finite = false;
        }
        NativeMemory.ALL.set(NativeMemory.SHORT, to, (short) half);
    }

    /** The integers of a group as the block stores them, not negative: {@link Layout#bias} is still in them. */
    private void stored(byte[] bytes, int group, int[] to) {
        int block = group * GROUP / type.blockValues() * type.blockBytes();
        int inner = group % (type.blockValues() / GROUP);
        switch (type) {
            case Q4_0 -> smallNibbles(bytes, block + 2, to);
            case Q4_1 -> smallNibbles(bytes, block + 4, to);
            case Q5_0 -> {
                smallNibbles(bytes, block + 6, to);
                fifthBits(i32(bytes, block + 2), to);
            }
            case Q5_1 -> {
                smallNibbles(bytes, block + 8, to);
                fifthBits(i32(bytes, block + 4), to);
            }
            case Q8_0 -> {
                for (int i = 0; i < GROUP; i++) {
                    to[i] = bytes[block + 2 + i] + 128;
                }
            }
            case Q4_K -> {
                for (int i = 0; i < GROUP; i++) {
                    to[i] = bytes[block + 16 + inner / 2 * 32 + i] >> inner % 2 * 4 & 15;
                }
            }
            case Q5_K -> {
                for (int i = 0; i < GROUP; i++) {
                    int low = bytes[block + 48 + inner / 2 * 32 + i] >> inner % 2 * 4 & 15;
                    to[i] = low | (bytes[block + 16 + i] >> inner & 1) << 4;
                }
            }
            case Q6_K -> {
                int low = block + inner / 4 * 64 + inner % 2 * 32;
                int high = block + 128 + inner / 4 * 32;
                int lowShift = inner % 4 / 2 * 4;
                int highShift = inner % 4 * 2;
                for (int i = 0; i < GROUP; i++) {
                    to[i] = bytes[low + i] >> lowShift & 15 | (bytes[high + i] >> highShift & 3) << 4;
                }
            }
            default -> throw new AssertionError(type + " has no layout of its own");
        }
    }

    private static void smallNibbles(byte[] bytes, int at, int[] to) {
        for (int i = 0; i < 16; i++) {
            to[i] = bytes[at + i] & 15;
            to[i + 16] = bytes[at + i] >> 4 & 15;
        }
    }

    private static void fifthBits(int bits, int[] to) {
        for (int i = 0; i < GROUP; i++) {
            to[i] |= (bits >>> i & 1) << 4;
        }
    }

    /** Writes the lower four bits of values {@code first} to {@code last - 1}. */
    private static void nibbles(int[] integers, int first, int last, long to) {
        for (int k = first; k < last; k += 4) {
            int word = 0;
            for (int s = 0; s < 4; s++) {
                word |= (integers[2 * (k + s)] & 15) << 4 * s | (integers[2 * (k + s) + 1] & 15) << 16 + 4 * s;
            }
            NativeMemory.ALL.set(NativeMemory.INT, to + (long) NativeMemory.LINE * ((k - first) / 4), word);
        }
    }

    private static void fives(int[] integers, long to) {
        int high = 0;
        for (int k = 0; k < 16; k++) {
            high |= integers[2 * k] >> 4 << k | integers[2 * k + 1] >> 4 << 16 + k;
        }
        NativeMemory.ALL.set(NativeMemory.INT, to, high);
        nibbles(integers, 0, 16, to + NativeMemory.LINE);
    }

    private static void sixes(int[] integers, long to) {
        for (int half = 0; half < 2; half++) {
            int high = 0;
            for (int k = 0; k < 8; k++) {
                int at = 16 * half + 2 * k;
                high |= integers[at] >> 4 << 2 * k | integers[at + 1] >> 4 << 16 + 2 * k;
            }
            NativeMemory.ALL.set(NativeMemory.INT, to, high);
            nibbles(integers, 8 * half, 8 * half + 8, to + NativeMemory.LINE);
            to += 3L * NativeMemory.LINE;
        }
    }

    private static void bytes(int[] integers, long to) {
        for (int j = 0; j < 8; j++) {
            int word =
                    integers[4 * j] | integers[4 * j + 2] << 8 | integers[4 * j + 1] << 16 | integers[4 * j + 3] << 24;
            NativeMemory.ALL.set(NativeMemory.INT, to + (long) NativeMemory.LINE * j, word);
        }
    }

    private static void shorts(int[] integers, long to) {
        for (int k = 0; k < 16; k++) {
            int word = integers[2 * k] & 0xffff | integers[2 * k + 1] << 16;
            NativeMemory.ALL.set(NativeMemory.INT, to + (long) NativeMemory.LINE * k, word);
        }
    }

    private static int u16(byte[] bytes, int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
    }

    private static int i32(byte[] bytes, int at) {
        return u16(bytes, at) | u16(bytes, at + 2) << 16;
    }
}
