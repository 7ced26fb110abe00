package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The operations from which models are built, over memory that this object owns. Activations and results are F32. Every
 * implementation but {@link ReferenceKernels} gives the bits that {@code docs/arithmetic.md} prescribes, whatever the
 * number of threads and whatever else is in the batch.
 *
 * <p>One thread at a time may call; each operation has ended when its call returns.
 *
 * <p>Shapes: T tokens, D width, N heads, K key/value heads, H head width, F hidden, O out, I in, V vocabulary.
 */
public interface Kernels extends AutoCloseable {
    /** What was chosen, for people: "vector, 512 bit". */
    String name();

    /** Whether this set judges the others: true to the numbers in the file, not to {@code docs/arithmetic.md}. */
    default boolean exact() {
        return false;
    }

    /** How many threads compute. */
    int threads();

    /**
     * Makes a weight ready for products, perhaps copied into a faster layout. The original must stay readable until it
     * has returned; whether it is still read afterwards is {@link #keeps}.
     */
    Tensor place(Tensor host);

    /** Whether a placed weight still reads the original's memory, which must then stay mapped. */
    boolean keeps(Tensor placed);

    /** Activations, results or cache pages; all zeros. */
    Tensor allocate(DType type, long... shape);

    /** Gives memory from {@link #allocate} or {@link #place} back; the tensor must not be used again. */
    void release(Tensor tensor);

    /** Copies a tensor's numbers, as stored, into host memory of the same size. */
    void read(Tensor from, MemorySegment to);

    /** Copies host memory into a tensor of the same size. */
    void write(MemorySegment from, Tensor to);

    /** Rows of a table as F32: {@code out_TD[t] = table_VD[ids[t]]}. The table is a host tensor or a placed one. */
    void embed(Tensor out_TD, Tensor table_VD, int[] ids);

    /** One product of {@link #matmul}: where the result goes, and the placed weight. */
    record Product(Tensor out_TO, Tensor w_OI) {}

    /** {@code out_TO = x_TI * transpose(w_OI)} for each product: all of them read the same x, quantised once if need be. */
    void matmul(Tensor x_TI, Product... products);

    /** {@code x_TD[t] += bias_D}. */
    void addBias(Tensor x_TD, Tensor bias_D);

    /** {@code out = x / sqrt(mean(x * x) + epsilon) * weight}, over the innermost dimension; out may be x. */
    void rmsNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, float epsilon);

    /**
     * {@code out = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias}, over the innermost dimension; out may be x.
     */
    void layerNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, Tensor bias_D, float epsilon);

    /** Turns pairs of each head by its position's angles, in place. */
    void rope(Tensor x_TNH, int[] positions_T, Rotation rotation);

    /**
     * The attended past of one conversation in one layer, and which rows of a batch belong to it. A page is one
     * {@code [K, 256, H]} tensor; page p holds the absolute positions from 256 p on. The new tokens stand in rows {@code
     * firstRow} to {@code firstRow + count - 1} of the batch and at positions {@code start} to {@code start + count - 1}.
     */
    record KvView(List<Tensor> keyPages, List<Tensor> valuePages, int firstRow, int count, int start) {
        /** Positions in a page, and in a chunk of attention. */
        public static final int PAGE = 256;
    }

    /** Stores the new tokens' keys and values into their pages, in the pages' type. */
    void append(List<KvView> views, Tensor k_TKH, Tensor v_TKH);

    /**
     * How attention weighs the past.
     *
     * @param scale what the product of query and key is multiplied with
     * @param window how many latest positions are seen, the token's own included; 0: all
     * @param softcap {@code cap * tanh(score / cap)} bounds the scores; 0: no bound
     * @param slopes_N for each query head, what a score loses with every position between the token and what it sees
     *     (ALiBi, Press et al. 2021), after the bound; none: nothing is lost
     */
    @SuppressWarnings("ArrayRecordComponent") // shared by all layers, never changed
    record AttentionRule(float scale, int window, float softcap, float[] slopes_N) {
        private static final float[] NO_SLOPES = {};

        /** A rule by which what is far counts like what is near. */
        public AttentionRule(float scale, int window, float softcap) {
            this(scale, window, softcap, NO_SLOPES);
        }

        /** This rule, by which scores fall with distance. */
        public AttentionRule withSlopes(float... slopes_N) {
            return new AttentionRule(scale, window, softcap, slopes_N);
        }

        /** What a score of this query head loses with each position of distance. */
        public float slope(int head) {
            return slopes_N.length == 0 ? 0 : slopes_N[head];
        }
    }

    /** Causal attention of each new token over its own conversation, the new tokens' own keys (already appended) included. */
    void attend(Tensor out_TNH, Tensor q_TNH, List<KvView> views, AttentionRule rule);

    /**
     * Attention in which every token of a text sees the whole text: texts lie one after the other in the rows, each of so
     * many. Of the rule, a window W shows the positions less than W away, on either side; 0: all.
     *
     * @param lengths_S the rows of each text, which together are all rows; 0 is possible
     */
    void attendBothWays(Tensor out_TNH, Tensor q_TNH, Tensor k_TKH, Tensor v_TKH, int[] lengths_S, AttentionRule rule);

    /** {@code gate = silu(gate) * up}. */
    void siluMultiply(Tensor gate_TF, Tensor up_TF);

    /** {@code gate = gelu(gate) * up}, with GELU's tanh form. */
    void geluMultiply(Tensor gate_TF, Tensor up_TF);

    /** {@code gate = sigmoid(gate) * up}. */
    void sigmoidMultiply(Tensor gate_TF, Tensor up_TF);

    /** {@code x = gelu(x)}, with GELU's own form: x times the share of a normal distribution that lies below x. */
    void gelu(Tensor x);

    /** {@code x = gelu(x)}, with GELU's tanh form. */
    void tanhGelu(Tensor x);

    /** {@code x = max(x, 0)}. */
    void relu(Tensor x);

    /** {@code x += y}. */
    void add(Tensor x, Tensor y);

    /** {@code x *= y}. */
    void multiply(Tensor x, Tensor y);

    /** {@code x *= factor}. */
    void scale(Tensor x, float factor);

    /** {@code x = cap * tanh(x / cap)}. */
    void softcap(Tensor x, float cap);

    @Override
    void close();
}
