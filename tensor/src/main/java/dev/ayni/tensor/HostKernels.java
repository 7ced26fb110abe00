package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What kernels on the processor share: memory, threads, and the operations that move numbers without computing. Weights
 * are used where they lie.
 */
public abstract class HostKernels implements Kernels {
    private final HostMemory memory = new HostMemory();

    /** Shares the work among threads. */
    protected final Workers workers;

    /**
     * Starts the threads.
     *
     * @param threads how many threads compute, at least 1
     */
    protected HostKernels(int threads) {
        workers = new Workers(threads);
    }

    @Override
    public final int threads() {
        return workers.threads();
    }

    @Override
    public Tensor place(Tensor host) {
        return host;
    }

    @Override
    public boolean keeps(Tensor placed) {
        return !memory.owns(placed);
    }

    @Override
    public final Tensor allocate(DType type, long... shape) {
        return memory.allocate(type, shape);
    }

    @Override
    public void release(Tensor tensor) {
        memory.release(tensor);
    }

    @Override
    public final void read(Tensor from, MemorySegment to) {
        copy(((HostTensor) from).data(), to);
    }

    @Override
    public final void write(MemorySegment from, Tensor to) {
        copy(from, ((HostTensor) to).data());
    }

    private static void copy(MemorySegment from, MemorySegment to) {
        if (from.byteSize() != to.byteSize()) {
            throw new IllegalArgumentException("%d bytes do not fit %d bytes; give memory of the same size"
                    .formatted(from.byteSize(), to.byteSize()));
        }
        to.copyFrom(from);
    }

    @Override
    public void embed(Tensor out_TD, Tensor table_VD, int[] ids) {
        int width = (int) table_VD.size(1);
        assert out_TD.size(0) == ids.length && out_TD.size(1) == width : out_TD;
        workers.run(ids.length, t -> {
            float[] row = new float[width];
            Numbers.read(table_VD, (long) ids[t] * width, width, row, 0);
            Numbers.write(row, 0, width, out_TD, (long) t * width);
        });
    }

    @Override
    public void expertMatmul(Tensor x_RI, int[] starts, ExpertProduct... products) {
        for (int expert = 0; expert < starts.length - 1; expert++) {
            int from = starts[expert];
            int to = starts[expert + 1];
            if (from < to) {
                Product[] ofExpert = new Product[products.length];
                for (int i = 0; i < products.length; i++) {
                    Tensor w_OI = products[i].w_E().get(expert);
                    ofExpert[i] = new Product(products[i].out_RO().rows(from, to), w_OI);
                }
                matmul(x_RI.rows(from, to), ofExpert);
            }
        }
    }

    @Override
    public void mixRows(Tensor out_TD, Tensor y_RD, int[] rows_TP, float[] factors_TP) {
        int width = (int) out_TD.size(1);
        int rows = (int) out_TD.size(0);
        int perRow = rows_TP.length / Math.max(1, rows);
        workers.run(rows, t -> {
            float[] sum = new float[width];
            float[] y = new float[width];
            for (int p = t * perRow; p < (t + 1) * perRow; p++) {
                Numbers.read(y_RD, (long) rows_TP[p] * width, width, y, 0);
                addScaled(sum, y, factors_TP[p]);
            }
            Numbers.write(sum, 0, width, out_TD, (long) t * width);
        });
    }

    private static void addScaled(float[] sum, float[] y, float factor) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] = Math.fma(factor, y[i], sum[i]);
        }
    }

    @Override
    public final void copyColumns(Tensor from, int fromColumn, Tensor to, int toColumn, int count) {
        long fromWidth = from.size(from.rank() - 1);
        long toWidth = to.size(to.rank() - 1);
        long rows = to.values() / toWidth;
        long repeat = Math.max(1, rows / (from.values() / fromWidth));
        MemorySegment source = ((HostTensor) from).data();
        MemorySegment target = ((HostTensor) to).data();
        int parts = Math.toIntExact(Math.clamp(rows * count >> 14, 1, 4 * threads()));
        workers.run(parts, part -> {
            for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
                MemorySegment.copy(
                        source,
                        4 * (row / repeat * fromWidth + fromColumn),
                        target,
                        4 * (row * toWidth + toColumn),
                        4L * count);
            }
        });
    }

    @Override
    public void append(List<KvView> views, Tensor k_TKH, Tensor v_TKH) {
        for (KvView view : views) {
            workers.run(view.count(), i -> {
                store(view, i, k_TKH, view.keyPages());
                store(view, i, v_TKH, view.valuePages());
            });
        }
    }

    /** Stores one token's keys or values. */
    private static void store(KvView view, int token, Tensor new_TKH, List<Tensor> pages) {
        int heads = (int) new_TKH.size(1);
        int width = (int) new_TKH.size(2);
        int position = view.start() + token;
        Tensor page_KPH = pages.get(position / KvView.PAGE);
        float[] row = new float[width];
        for (int head = 0; head < heads; head++) {
            Numbers.read(new_TKH, ((long) (view.firstRow() + token) * heads + head) * width, width, row, 0);
            long place = (long) head * KvView.PAGE + position % KvView.PAGE;
            Numbers.write(row, 0, width, page_KPH, place * width);
        }
    }

    /** What is done to one row of the innermost dimension. */
    protected interface RowOperation {
        /**
         * Does it.
         *
         * @param row its number among all rows
         * @param x its numbers, to be changed in place
         */
        void apply(int row, float[] x);
    }

    /** Applies an operation to every row of the innermost dimension, rows side by side. */
    protected final void eachRow(Tensor x, RowOperation operation) {
        int width = (int) x.size(x.rank() - 1);
        workers.run((int) (x.values() / width), row -> {
            float[] values = row(x, row);
            operation.apply(row, values);
            Numbers.write(values, 0, width, x, (long) row * width);
        });
    }

    /** The numbers of one row of the innermost dimension. */
    protected static float[] row(Tensor x, int row) {
        int width = (int) x.size(x.rank() - 1);
        float[] values = new float[width];
        Numbers.read(x, (long) row * width, width, values, 0);
        return values;
    }

    /** Parts of at least 16 rows, four for each thread where there are enough: [from, to) of part i is {@link #bound}. */
    protected final int parts(int rows) {
        return Math.clamp(rows / 16, 1, 4 * threads());
    }

    /** The first row of a part; that of the next one is its end. */
    protected static int bound(int rows, int parts, int part) {
        return (int) ((long) rows * part / parts);
    }

    @Override
    public void close() {
        workers.close();
        memory.close();
    }
}
