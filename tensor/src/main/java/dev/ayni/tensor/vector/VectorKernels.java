package dev.ayni.tensor.vector;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Tensor;
import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.NativeMemory;
import dev.ayni.tensor.strips.PackedTensor;
import dev.ayni.tensor.strips.Packing;
import dev.ayni.tensor.strips.Scratch;
import dev.ayni.tensor.strips.StripKernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of {@code docs/arithmetic.md} with the Vector API, in vectors of 512, 256 or 128 bits, whichever the JVM
 * prefers on this machine. Quantised weights are copied into {@link Layout strips} when they are placed; plain floats are
 * used where they lie.
 */
public final class VectorKernels extends StripKernels {
    /** Below so many numbers an elementwise operation is done by the caller alone. */
    private static final int WORTH_SHARING = 1 << 14;

    /** Memory for the work on rows: a line of lanes, or what storing in blocks takes. */
    private static final long ROW_ROOM = Math.max(NativeMemory.LINE, Floats.NARROW_BYTES);

    /** Heads times positions below which a token's attention is done by the caller alone. */
    private static final int WORTH_SHARING_ATTENTION = 256;

    private final Activations activations = new Activations();
    private final Scratch[] scratch;
    private final Scratch constants = new Scratch();
    private final Scratch moreConstants = new Scratch();
    private final RotationTables rotations = new RotationTables();
    private final AtomicInteger next = new AtomicInteger();
    private final @Nullable WarmUp warmUp;

    /** @param threads how many threads compute, at least 1 */
    public VectorKernels(int threads) {
        this(threads, null);
    }

    /** Kernels that the JVM compiles beside, from now on and with each weight that is placed. */
    static VectorKernels warmingUp(int threads) {
        return new VectorKernels(threads, new WarmUp());
    }

    private VectorKernels(int threads, @Nullable WarmUp warmUp) {
        super(threads);
        this.warmUp = warmUp;
        scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch();
        }
    }

    @Override
    public String name() {
        return "vector, %d bit".formatted(Native.F.vectorBitSize());
    }

    // Memory

    @Override
    public Tensor place(Tensor host) {
        if (warmUp != null && host.rank() > 1) {
            warmUp.products(host.type());
        }
        return super.place(host);
    }

    @Override
    protected PackedTensor pack(HostTensor weight) {
        return Packing.pack(weight, workers);
    }

    @Override
    public void embed(Tensor out_TD, Tensor table_VD, int[] ids) {
        if (!(table_VD instanceof PackedTensor table)) {
            super.embed(out_TD, table_VD, ids);
            return;
        }
        long out = address(out_TD);
        for (int t = 0; t < ids.length; t++) {
            scratch[0].reserve(PackedRow.SCRATCH);
            PackedRow.read(table, ids[t], out + 4L * t * table.width(), scratch[0].address());
        }
    }

    private static long address(Tensor tensor) {
        return ((HostTensor) tensor).data().address();
    }

    /** Where a tensor's numbers stand as F32: in place, or copied to {@code room}. */
    private static long floats(Tensor tensor, Scratch room) {
        HostTensor host = (HostTensor) tensor;
        if (host.type() == DType.F32 && host.data().isNative()) {
            return host.data().address();
        }
        float[] values = Numbers.read(host);
        room.reserve(4L * values.length);
        MemorySegment.copy(MemorySegment.ofArray(values), 0, NativeMemory.ALL, room.address(), 4L * values.length);
        return room.address();
    }

    // Sharing

    /** Something that threads do side by side. */
    private interface Unit {
        /** @param scratch memory of the thread that computes */
        void compute(int unit, long scratch);
    }

    /** Computes units 0 to {@code units - 1}, each by the thread that is free next, with so much scratch for each thread. */
    private void share(int units, long scratchBytes, Unit work) {
        int slots = Math.min(units, threads());
        for (int i = 0; i < slots; i++) {
            scratch[i].reserve(scratchBytes);
        }
        next.set(0);
        workers.run(slots, slot -> {
            long mine = scratch[slot].address();
            for (int unit = next.getAndIncrement(); unit < units; unit = next.getAndIncrement()) {
                work.compute(unit, mine);
            }
        });
    }

    /** Something that is done to rows {@code from} to {@code to - 1}. */
    private interface Rows {
        /** @param lanes {@link #ROW_ROOM} bytes of memory of the thread that computes */
        void compute(int from, int to, long lanes);
    }

    /** Shares rows of so many numbers, or does them here if they are few. */
    private void shareRows(int rows, long width, Rows work) {
        if (threads() == 1 || rows == 1 || rows * width < WORTH_SHARING) {
            scratch[0].reserve(ROW_ROOM);
            work.compute(0, rows, scratch[0].address());
            return;
        }
        int parts = Math.min(rows, 4 * threads());
        share(
                parts,
                ROW_ROOM,
                (part, mine) -> work.compute(bound(rows, parts, part), bound(rows, parts, part + 1), mine));
    }

    private static int width(Tensor tensor) {
        return Math.toIntExact(tensor.size(tensor.rank() - 1));
    }

    private static int height(Tensor tensor) {
        return tensor.values() == 0 ? 0 : Math.toIntExact(tensor.values() / width(tensor));
    }

    // Products

    @Override
    public void matmul(Tensor x_TI, Product... products) {
        int tokens = height(x_TI);
        if (tokens == 0) {
            return;
        }
        int width = width(x_TI);
        long x = address(x_TI);
        Products[] all = new Products[products.length];
        boolean asPairs = false;
        boolean asFloats = false;
        long scratchBytes = Products.Quantized.scratch(tokens);
        int[] ends = new int[products.length];
        int units = 0;
        for (int i = 0; i < products.length; i++) {
            Tensor w = products[i].w_OI();
            long out = address(products[i].out_TO());
            assert w.size(w.rank() - 1) == width : w;
            if (w instanceof PackedTensor packed) {
                all[i] = new Products.Quantized(packed, activations, tokens, out);
                asPairs |= StripIntegers.fitShorts(packed.layout());
                asFloats |= !StripIntegers.fitShorts(packed.layout());
            } else {
                all[i] = new Products.Floating((HostTensor) w, x, tokens, out);
                scratchBytes = Math.max(scratchBytes, Products.Floating.scratch(width));
            }
            units += all[i].units();
            ends[i] = units;
        }
        if (asPairs || asFloats) {
            activations.quantize(x, tokens, width, asPairs, asFloats, workers);
        }
        share(units, scratchBytes, (unit, mine) -> {
            int i = 0;
            while (unit >= ends[i]) {
                i++;
            }
            all[i].unit(unit - (i == 0 ? 0 : ends[i - 1]), mine);
        });
    }

    // Elementwise

    @Override
    public void addBias(Tensor x_TD, Tensor bias_D) {
        int width = width(x_TD);
        long x = address(x_TD);
        long bias = floats(bias_D, constants);
        shareRows(height(x_TD), width, (from, to, lanes) -> {
            for (int t = from; t < to; t++) {
                Elementwise.add(x + 4L * width * t, bias, width);
            }
        });
    }

    @Override
    public void rmsNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, float epsilon) {
        int width = width(x_TD);
        long out = address(out_TD);
        long x = address(x_TD);
        long weight = floats(weight_D, constants);
        shareRows(height(x_TD), width, (from, to, lanes) -> {
            for (int t = from; t < to; t++) {
                long at = 4L * width * t;
                float squares = LanedSum.product(x + at, x + at, width, lanes);
                // the root of a float, taken in double and rounded to float, is the correctly rounded one
                float r = 1f / (float) Math.sqrt(squares / (float) width + epsilon);
                Elementwise.scale(out + at, x + at, r, weight, width);
            }
        });
    }

    @Override
    public void layerNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, Tensor bias_D, float epsilon) {
        int width = width(x_TD);
        long out = address(out_TD);
        long x = address(x_TD);
        long weight = floats(weight_D, constants);
        long bias = floats(bias_D, moreConstants);
        shareRows(height(x_TD), width, (from, to, lanes) -> {
            for (int t = from; t < to; t++) {
                long at = 4L * width * t;
                float mean = LanedSum.of(x + at, width, lanes) / (float) width;
                Elementwise.subtract(out + at, x + at, mean, width);
                float squares = LanedSum.product(out + at, out + at, width, lanes);
                float r = 1f / (float) Math.sqrt(squares / (float) width + epsilon);
                Elementwise.scaleAndShift(out + at, r, weight, bias, width);
            }
        });
    }

    @Override
    public void rope(Tensor x_TNH, int[] positions_T, Rotation rotation) {
        RotationTables.Table table = rotations.of(positions_T, rotation);
        int heads = Math.toIntExact(x_TNH.size(1));
        int width = width(x_TNH);
        long x = address(x_TNH);
        shareRows(positions_T.length, (long) heads * width, (from, to, lanes) -> {
            for (int t = from; t < to; t++) {
                table.turn(x + 4L * width * heads * t, heads, width, positions_T[t]);
            }
        });
    }

    @Override
    public void siluMultiply(Tensor gate_TF, Tensor up_TF) {
        int width = width(gate_TF);
        long gate = address(gate_TF);
        long up = address(up_TF);
        shareRows(
                height(gate_TF),
                8L * width,
                (from, to, lanes) -> Elementwise.siluMultiply(
                        gate + 4L * width * from, up + 4L * width * from, width * (to - from)));
    }

    @Override
    public void geluMultiply(Tensor gate_TF, Tensor up_TF) {
        int width = width(gate_TF);
        long gate = address(gate_TF);
        long up = address(up_TF);
        shareRows(
                height(gate_TF),
                8L * width,
                (from, to, lanes) -> Elementwise.geluMultiply(
                        gate + 4L * width * from, up + 4L * width * from, width * (to - from)));
    }

    @Override
    public void sigmoidMultiply(Tensor gate_TF, Tensor up_TF) {
        int width = width(gate_TF);
        long gate = address(gate_TF);
        long up = address(up_TF);
        shareRows(
                height(gate_TF),
                8L * width,
                (from, to, lanes) -> Elementwise.sigmoidMultiply(
                        gate + 4L * width * from, up + 4L * width * from, width * (to - from)));
    }

    @Override
    public void tanhGelu(Tensor x) {
        int width = width(x);
        long at = address(x);
        shareRows(
                height(x),
                8L * width,
                (from, to, lanes) -> Elementwise.tanhGelu(at + 4L * width * from, width * (to - from)));
    }

    @Override
    public void relu(Tensor x) {
        int width = width(x);
        long at = address(x);
        shareRows(height(x), width, (from, to, lanes) -> Elementwise.relu(at + 4L * width * from, width * (to - from)));
    }

    @Override
    public void clampedSwiglu(Tensor gate_TF, Tensor up_TF, float alpha, float limit) {
        int width = width(gate_TF);
        long gate = address(gate_TF);
        long up = address(up_TF);
        shareRows(
                height(gate_TF),
                8L * width,
                (from, to, lanes) -> Elementwise.clampedSwiglu(
                        gate + 4L * width * from, up + 4L * width * from, alpha, limit, width * (to - from)));
    }

    @Override
    public void gelu(Tensor x) {
        int width = width(x);
        long at = address(x);
        shareRows(
                height(x),
                8L * width,
                (from, to, lanes) -> Elementwise.gelu(at + 4L * width * from, width * (to - from)));
    }

    @Override
    public void add(Tensor x, Tensor y) {
        int width = width(x);
        long to = address(x);
        long from = address(y);
        shareRows(
                height(x),
                width,
                (first, last, lanes) ->
                        Elementwise.add(to + 4L * width * first, from + 4L * width * first, width * (last - first)));
    }

    @Override
    public void multiply(Tensor x, Tensor y) {
        int width = width(x);
        long to = address(x);
        long from = address(y);
        shareRows(
                height(x),
                width,
                (first, last, lanes) -> Elementwise.multiply(
                        to + 4L * width * first, from + 4L * width * first, width * (last - first)));
    }

    @Override
    public void scale(Tensor x, float factor) {
        int width = width(x);
        long at = address(x);
        shareRows(
                height(x),
                width,
                (from, to, lanes) ->
                        Elementwise.scale(at + 4L * width * from, at + 4L * width * from, factor, width * (to - from)));
    }

    @Override
    public void softcap(Tensor x, float cap) {
        int width = width(x);
        long at = address(x);
        shareRows(
                height(x),
                8L * width,
                (from, to, lanes) -> Elementwise.softcap(at + 4L * width * from, cap, width * (to - from)));
    }

    // Attention

    @Override
    public void append(List<KvView> views, Tensor k_TKH, Tensor v_TKH) {
        int kvHeads = Math.toIntExact(k_TKH.size(1));
        int width = width(k_TKH);
        int valueWidth = width(v_TKH);
        long k = address(k_TKH);
        long v = address(v_TKH);
        for (KvView view : views) {
            shareRows(view.count(), 2L * kvHeads * (width + valueWidth), (from, to, lanes) -> {
                for (int i = from; i < to; i++) {
                    long row = 4L * (view.firstRow() + i) * kvHeads;
                    store(k + row * width, view.start() + i, kvHeads, width, view.keyPages(), lanes);
                    store(v + row * valueWidth, view.start() + i, kvHeads, valueWidth, view.valuePages(), lanes);
                }
            });
        }
    }

    private static void store(long from, int position, int kvHeads, int width, List<Tensor> pages, long room) {
        Tensor page = pages.get(position / KvView.PAGE);
        for (int head = 0; head < kvHeads; head++) {
            long place = ((long) head * KvView.PAGE + position % KvView.PAGE) * width;
            Floats.narrow(
                    page.type(),
                    from + 4L * head * width,
                    width,
                    address(page) + page.type().bytes(place),
                    room);
        }
    }

    /** Some new tokens of one conversation with the query heads of one key/value head. */
    private record Queries(KvView view, int first, int count, int kvHead) {}

    @Override
    public void attend(Tensor out_TNH, Tensor q_TNH, List<KvView> views, AttentionRule rule) {
        int heads = Math.toIntExact(q_TNH.size(1));
        int width = width(q_TNH);
        List<Queries> units = new ArrayList<>();
        int kvHeads = 1;
        for (KvView view : views) {
            if (view.count() == 0) {
                continue;
            }
            kvHeads = Math.toIntExact(view.keyPages().getFirst().size(0));
            for (int first = 0; first < view.count(); first += Attention.QUERIES) {
                int count = Math.min(Attention.QUERIES, view.count() - first);
                for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
                    units.add(new Queries(view, first, count, kvHead));
                }
            }
        }
        Attention attention =
                new Attention(address(out_TNH), address(q_TNH), heads, kvHeads, width, width(out_TNH), rule);
        share(units.size(), attention.scratchBytes(), (unit, mine) -> {
            Queries queries = units.get(units.size() - 1 - unit); // the longest first
            attention.attend(queries.view, queries.first, queries.count, queries.kvHead, mine);
        });
    }

    /** Some tokens of a text, which lies from a row on, with the query heads of one key/value head. */
    private record TextQueries(int firstRow, int length, int first, int count, int kvHead) {}

    @Override
    public void attendBothWays(
            Tensor out_TNH, Tensor q_TNH, Tensor k_TKH, Tensor v_TKH, int[] lengths_S, AttentionRule rule) {
        int heads = Math.toIntExact(q_TNH.size(1));
        int kvHeads = Math.toIntExact(k_TKH.size(1));
        int width = width(q_TNH);
        long k = address(k_TKH);
        long v = address(v_TKH);
        List<TextQueries> units = new ArrayList<>();
        int row = 0;
        for (int length : lengths_S) {
            for (int first = 0; first < length; first += Attention.QUERIES) {
                for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
                    units.add(new TextQueries(row, length, first, Math.min(Attention.QUERIES, length - first), kvHead));
                }
            }
            row += length;
        }
        Attention attention =
                new Attention(address(out_TNH), address(q_TNH), heads, kvHeads, width, width(out_TNH), rule);
        share(units.size(), attention.scratchBytes(), (unit, mine) -> {
            TextQueries text = units.get(unit);
            attention.attendBothWays(k, v, text.firstRow, text.length, text.first, text.count, text.kvHead, mine);
        });
    }

    @Override
    public void close() {
        if (warmUp != null) {
            warmUp.close();
        }
        super.close();
        activations.free();
        constants.free();
        moreConstants.free();
        for (Scratch room : scratch) {
            room.free();
        }
    }
}
