package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** One product of {@link #expertMatmul}: where the results go, and the placed matrices [O, I] of all experts. */
    record ExpertProduct(Tensor out_RO, List<Tensor> w_E) {}

    /**
     * Products in which each row has its expert: rows {@code starts[e]} to {@code starts[e + 1] - 1} of x are multiplied with
     * the matrix of expert e, whose weights are read once. A row's bits are those that {@link #matmul} gives for it alone.
     *
     * @param starts the first row of each expert and last the number of rows: one number more than there are experts
     */
    void expertMatmul(Tensor x_RI, int[] starts, ExpertProduct... products);

    /**
     * Rows made of other rows: {@code out_TD[t]} is the sum of {@code factors[t P + p] * y_RD[rows[t P + p]]} over p, in order
     * of p. P is the same for every t.
     */
    void mixRows(Tensor out_TD, Tensor y_RD, int[] rows_TP, float[] factors_TP);

    /**
     * Copies some numbers of each innermost row, F32: {@code to[r][toColumn + i] = from[r / repeat][fromColumn + i]} for i below
     * {@code count}, where every row of {@code from} serves so many rows of {@code to} as there are more of them.
     */
    void copyColumns(Tensor from, int fromColumn, Tensor to, int toColumn, int count);

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
     * {@code [K, 256, H]} tensor, in which values may have another H than keys; page p holds the absolute positions from 256 p on. The new tokens stand in rows {@code
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
     * @param section how many positions a section has, outside of which nothing is seen: the first one from position 0 on; 0:
     *     all is one section
     * @param sinks_N for each query head a score to which no value belongs, and which draws weight from all others: F32; null:
     *     none
     */
    @SuppressWarnings("ArrayRecordComponent") // shared by all layers, never changed
    record AttentionRule(
            float scale,
            int window,
            float softcap,
            float[] slopes_N,
            int section,
            @Nullable Tensor sinks_N) {
        private static final float[] NO_SLOPES = {};

        /** A rule by which what is far counts like what is near, without sections and sinks. */
        public AttentionRule(float scale, int window, float softcap) {
            this(scale, window, softcap, NO_SLOPES, 0, null);
        }

        /** This rule, by which scores fall with distance. */
        public AttentionRule withSlopes(float... slopes_N) {
            return new AttentionRule(scale, window, softcap, slopes_N, section, sinks_N);
        }

        /** What a score of this query head loses with each position of distance. */
        public float slope(int head) {
            return slopes_N.length == 0 ? 0 : slopes_N[head];
        }

        /** This rule for sections of so many positions. */
        public AttentionRule withSection(int positions) {
            return new AttentionRule(scale, window, softcap, slopes_N, positions, sinks_N);
        }

        /** This rule with sinks. */
        public AttentionRule withSinks(Tensor sinks) {
            return new AttentionRule(scale, window, softcap, slopes_N, section, sinks);
        }

        /** The first position that a token at this position sees. */
        public int firstVisible(int position) {
            int first = window == 0 ? 0 : Math.max(0, position - window + 1);
            return section == 0 ? first : Math.max(first, position - position % section);
        }
    }

    /**
     * Causal attention of each new token over its own conversation, the new tokens' own keys (already appended) included.
     *
     * @param out_TNH its H is that of the values
     * @param q_TNH its H is that of the keys
     */
    void attend(Tensor out_TNH, Tensor q_TNH, List<KvView> views, AttentionRule rule);

    /**
     * Attention in which every token of a text sees the whole text: texts lie one after the other in the rows, each of so
     * many. Of the rule, a window W shows the positions less than W away, on either side; 0: all. Sections and sinks are for
     * {@link #attend} alone.
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

    /**
     * {@code gate = g * sigmoid(alpha * g) * (u + 1)}, where g is gate but at most {@code limit}, and u is up between {@code
     * -limit} and {@code limit}.
     */
    void clampedSwiglu(Tensor gate_TF, Tensor up_TF, float alpha, float limit);

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
