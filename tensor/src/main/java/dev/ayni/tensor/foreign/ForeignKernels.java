package dev.ayni.tensor.foreign;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.INT;

import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Tensor;
import dev.ayni.tensor.strips.PackedTensor;
import dev.ayni.tensor.strips.Scratch;
import dev.ayni.tensor.strips.StripKernels;
import java.util.ArrayList;
import java.util.List;

/**
 * The arithmetic of {@code docs/arithmetic.md} in C. Quantised weights are copied into strips when they are placed; plain
 * floats are used where they lie. Here the tasks are written and shared among threads; what they do stands in
 * {@code src/main/c}.
 */
public final class ForeignKernels extends StripKernels {
    /** Numbers that a thread takes at a time, and below which other threads are not woken. */
    private static final long GRAIN = 1 << 14;

    /** Tokens of a product whose activations are quantised together. */
    private static final int TOKENS = 512;

    private final InstructionSet set;
    private final NativeLibrary library;
    private final Kernel embed;
    private final Kernel multiply;
    private final Kernel multiplyFloats;
    private final Kernel addBias;
    private final Kernel rmsNorm;
    private final Kernel layerNorm;
    private final Kernel rope;
    private final Kernel siluMultiply;
    private final Kernel geluMultiply;
    private final Kernel sigmoidMultiply;
    private final Kernel clampedSwiglu;
    private final Kernel gelu;
    private final Kernel tanhGelu;
    private final Kernel relu;
    private final Kernel softcap;
    private final Kernel add;
    private final Kernel multiplyNumbers;
    private final Kernel scale;
    private final Kernel multiplyScratch;
    private final Kernel multiplyFloatsScratch;

    private final Work work;
    private final Task task = new Task();
    private final List<Task> productTasks = new ArrayList<>();
    private final Placing placing;
    private final Activations activations;
    private final Attention attention;
    private final Rotations rotations = new Rotations();
    private final Scratch ids = new Scratch();

    ForeignKernels(int threads, NativeLibrary library, InstructionSet set) {
        super(threads);
        this.library = library;
        this.set = set;
        work = new Work(workers);
        placing = new Placing(library, set);
        activations = new Activations(library, set);
        attention = new Attention(library, set);
        embed = kernel("embed");
        multiply = kernel("multiply");
        multiplyFloats = kernel("multiply_floats");
        multiplyScratch = kernel("multiply_scratch");
        multiplyFloatsScratch = kernel("multiply_floats_scratch");
        addBias = kernel("add_bias");
        rmsNorm = kernel("rms_norm");
        layerNorm = kernel("layer_norm");
        rope = kernel("rope");
        siluMultiply = kernel("silu_multiply");
        geluMultiply = kernel("gelu_multiply");
        sigmoidMultiply = kernel("sigmoid_multiply");
        clampedSwiglu = kernel("clamped_swiglu");
        gelu = kernel("gelu");
        tanhGelu = kernel("tanh_gelu");
        relu = kernel("relu");
        softcap = kernel("softcap");
        add = kernel("add");
        multiplyNumbers = kernel("multiply_numbers");
        scale = kernel("scale");
    }

    private Kernel kernel(String name) {
        return library.kernel(set, name);
    }

    @Override
    public String name() {
        return "foreign, " + set.title;
    }

    // Memory

    @Override
    protected PackedTensor pack(HostTensor weight) {
        return placing.place(weight, work, workers);
    }

    @Override
    public void embed(Tensor out_TD, Tensor table_VD, int[] ids) {
        if (!(table_VD instanceof PackedTensor table)) {
            super.embed(out_TD, table_VD, ids);
            return;
        }
        this.ids.reserve(4L * ids.length);
        for (int t = 0; t < ids.length; t++) {
            ALL.set(INT, this.ids.address() + 4L * t, ids[t]);
        }
        addWeight(task.begin(), table).add(this.ids.address()).add(address(out_TD));
        work.run(embed, task.address(), ids.length, 4);
    }

    static long address(Tensor tensor) {
        return ((HostTensor) tensor).data().address();
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
        int width = width(x_TI);
        boolean quantized = false;
        for (Product product : products) {
            assert width(product.w_OI()) == width : product;
            quantized |= product.w_OI() instanceof PackedTensor;
        }
        while (productTasks.size() < products.length) {
            productTasks.add(new Task());
        }
        for (int first = 0; first < tokens; first += TOKENS) {
            int count = Math.min(TOKENS, tokens - first);
            long x = address(x_TI) + 4L * width * first;
            if (quantized) {
                activations.quantize(x, count, width, work);
            }
            work.scratch(scratchBytes(count));
            for (int i = 0; i < products.length; i++) {
                Tensor w = products[i].w_OI();
                long out = address(products[i].out_TO()) + 4L * height(w) * first;
                Task product = productTasks.get(i).begin();
                if (w instanceof PackedTensor packed) {
                    addWeight(product, packed).add(activations.address()).add(out);
                    add(multiply, product, (height(w) + 31) / 32 + 1, count);
                } else {
                    product.add(address(w))
                            .add(w.type().ordinal())
                            .add(height(w))
                            .add(width);
                    product.add(x).add(count).add(out);
                    add(multiplyFloats, product, (height(w) + 31) / 32, count);
                }
            }
            work.run();
        }
    }

    private static Task addWeight(Task to, PackedTensor w) {
        return to.add(w.strip(0))
                .add(w.layout().stripBytes(w.groups()))
                .add(w.firstRow())
                .add(w.height())
                .add(w.groups())
                .add(w.layout().integers().ordinal())
                .add(w.layout().scales().ordinal())
                .add(w.layout().minima().ordinal())
                .add(w.layout().bias());
    }

    /** Adds a product, in units of 32 rows; a thread takes several at a time, as long as all threads stay busy. */
    private void add(Kernel kernel, Task product, int units, int tokens) {
        int grain = Math.clamp(units / (8 * threads()), 1, tokens > 16 ? 2 : 4);
        work.add(kernel, product.address(), units, grain);
    }

    private long scratchBytes(int tokens) {
        multiplyScratch.call(task.begin().add(0).add(tokens).address(), 0, 1, 0);
        long bytes = task.result();
        multiplyFloatsScratch.call(task.begin().add(0).address(), 0, 1, 0);
        return Math.max(bytes, task.result());
    }

    // Elementwise

    /** Shares rows of so many numbers. */
    private void eachRow(Kernel kernel, int rows, long width) {
        work.run(kernel, task.address(), rows, Math.max(1, GRAIN / Math.max(1, width)));
    }

    @Override
    public void addBias(Tensor x_TD, Tensor bias_D) {
        task.begin()
                .add(address(x_TD))
                .add(address(bias_D))
                .add(bias_D.type().ordinal())
                .add(width(x_TD));
        eachRow(addBias, height(x_TD), width(x_TD));
    }

    @Override
    public void rmsNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, float epsilon) {
        task.begin().add(address(out_TD)).add(address(x_TD)).add(address(weight_D));
        task.add(weight_D.type().ordinal()).add(width(x_TD)).add(epsilon, 0);
        eachRow(rmsNorm, height(x_TD), width(x_TD));
    }

    @Override
    public void layerNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, Tensor bias_D, float epsilon) {
        task.begin()
                .add(address(out_TD))
                .add(address(x_TD))
                .add(address(weight_D))
                .add(address(bias_D));
        task.add(weight_D.type().ordinal())
                .add(bias_D.type().ordinal())
                .add(width(x_TD))
                .add(epsilon, 0);
        eachRow(layerNorm, height(x_TD), width(x_TD));
    }

    @Override
    public void rope(Tensor x_TNH, int[] positions_T, Rotation rotation) {
        long angles = rotations.angles(positions_T, rotation, workers);
        task.begin().add(address(x_TNH)).add(angles).add(x_TNH.size(1)).add(width(x_TNH));
        task.add(rotation.frequencies().length).add(rotation.pairing() == Rotation.Pairing.NEIGHBOURS ? 1 : 0);
        eachRow(rope, positions_T.length, x_TNH.size(1) * width(x_TNH));
    }

    @Override
    public void siluMultiply(Tensor gate_TF, Tensor up_TF) {
        numbers(siluMultiply, gate_TF, address(up_TF), 0, GRAIN / 4);
    }

    @Override
    public void geluMultiply(Tensor gate_TF, Tensor up_TF) {
        numbers(geluMultiply, gate_TF, address(up_TF), 0, GRAIN / 4);
    }

    @Override
    public void sigmoidMultiply(Tensor gate_TF, Tensor up_TF) {
        numbers(sigmoidMultiply, gate_TF, address(up_TF), 0, GRAIN / 4);
    }

    @Override
    public void clampedSwiglu(Tensor gate_TF, Tensor up_TF, float alpha, float limit) {
        task.begin().add(address(gate_TF)).add(address(up_TF)).add(alpha, limit);
        work.run(clampedSwiglu, task.address(), gate_TF.values(), GRAIN / 4);
    }

    @Override
    public void gelu(Tensor x) {
        numbers(gelu, x, 0, 0, GRAIN / 4);
    }

    @Override
    public void tanhGelu(Tensor x) {
        numbers(tanhGelu, x, 0, 0, GRAIN / 4);
    }

    @Override
    public void relu(Tensor x) {
        numbers(relu, x, 0, 0, GRAIN);
    }

    @Override
    public void add(Tensor x, Tensor y) {
        numbers(add, x, address(y), 0, GRAIN);
    }

    @Override
    public void multiply(Tensor x, Tensor y) {
        numbers(multiplyNumbers, x, address(y), 0, GRAIN);
    }

    @Override
    public void scale(Tensor x, float factor) {
        numbers(scale, x, 0, factor, GRAIN);
    }

    @Override
    public void softcap(Tensor x, float cap) {
        numbers(softcap, x, 0, cap, GRAIN / 4);
    }

    private void numbers(Kernel kernel, Tensor x, long y, float factor, long grain) {
        task.begin().add(address(x)).add(y).add(factor, 0);
        work.run(kernel, task.address(), x.values(), grain);
    }

    // Attention

    @Override
    public void append(List<KvView> views, Tensor k_TKH, Tensor v_TKH) {
        attention.append(views, k_TKH, v_TKH, work);
    }

    @Override
    public void attend(Tensor out_TNH, Tensor q_TNH, List<KvView> views, AttentionRule rule) {
        attention.attend(out_TNH, q_TNH, views, rule, work, threads());
    }

    @Override
    public void attendBothWays(
            Tensor out_TNH, Tensor q_TNH, Tensor k_TKH, Tensor v_TKH, int[] lengths_S, AttentionRule rule) {
        attention.attendBothWays(out_TNH, q_TNH, k_TKH, v_TKH, lengths_S, rule, work);
    }

    @Override
    public void close() {
        super.close();
        work.free();
        task.free();
        placing.free();
        productTasks.forEach(Task::free);
        activations.free();
        attention.free();
        rotations.free();
        ids.free();
    }
}
