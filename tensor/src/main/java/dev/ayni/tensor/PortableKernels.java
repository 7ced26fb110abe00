package dev.ayni.tensor;

import static dev.ayni.tensor.Arithmetic.GROUP;
import static dev.ayni.tensor.Arithmetic.LANES;
import static dev.ayni.tensor.Arithmetic.SEGMENT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The arithmetic of {@code docs/arithmetic.md} in plain Java: what is right to the bit. Faster kernels are tested for
 * equality with these. Numbers of sections below are that page's.
 */
public final class PortableKernels extends HostKernels {
    /** Rows of a weight that are unpacked together, so that each is used for many tokens while it is in the cache. */
    private static final int TILE = 16;

    /** New tokens whose attention is computed together, so that keys and values are widened once for them. */
    private static final int QUERY_TILE = 16;

    /**
     * Starts the threads.
     *
     * @param threads how many threads compute, at least 1
     */
    public PortableKernels(int threads) {
        super(threads);
    }

    @Override
    public String name() {
        return "portable";
    }

    // Products (sections 1 to 4)

    @Override
    public void matmul(Tensor x_TI, Product... products) {
        boolean quantized =
                Arrays.stream(products).anyMatch(p -> p.w_OI().type().quantized());
        QuantizedRow[] q_TI = quantized ? quantize(x_TI) : new QuantizedRow[0];
        float[][] f_TI = new float[(int) x_TI.size(0)][];
        Arrays.setAll(f_TI, t -> row(x_TI, t));
        for (Product product : products) {
            int rows = (int) product.w_OI().size(0);
            assert product.out_TO().size(1) == rows && product.w_OI().size(1) == x_TI.size(1) : product;
            int parts = parts(rows);
            workers.run(parts, part -> {
                int from = bound(rows, parts, part);
                int to = bound(rows, parts, part + 1);
                if (product.w_OI().type().quantized()) {
                    multiplyQuantized(product, q_TI, from, to);
                } else {
                    multiplyFloats(product, f_TI, from, to);
                }
            });
        }
    }

    /** Section 2: rows {@code from} to {@code to - 1} of a weight of plain floats. */
    private static void multiplyFloats(Product product, float[][] x_TI, int from, int to) {
        int rows = (int) product.w_OI().size(0);
        for (int tile = from; tile < to; tile += TILE) {
            int tileRows = Math.min(TILE, to - tile);
            float[][] w_OI = new float[tileRows][];
            for (int o = 0; o < tileRows; o++) {
                w_OI[o] = row(product.w_OI(), tile + o);
            }
            float[] out = new float[tileRows];
            for (int t = 0; t < x_TI.length; t++) {
                for (int o = 0; o < tileRows; o++) {
                    out[o] = lanedProduct(x_TI[t], 0, w_OI[o], 0, w_OI[o].length);
                }
                Numbers.write(out, 0, tileRows, product.out_TO(), (long) t * rows + tile);
            }
        }
    }

    /** Section 1: the sum of products of {@code n} pairs, in sixteen lanes. */
    static float lanedProduct(float[] x, int xAt, float[] y, int yAt, int n) {
        float[] lanes = new float[LANES];
        for (int i = 0; i < n; i += LANES) {
            int end = Math.min(LANES, n - i);
            for (int lane = 0; lane < end; lane++) {
                lanes[lane] = Math.fma(x[xAt + i + lane], y[yAt + i + lane], lanes[lane]);
            }
        }
        return tree(lanes);
    }

    /** Section 1: the sum of some numbers, in sixteen lanes. */
    private static float lanedSum(float[] x) {
        float[] lanes = new float[LANES];
        for (int i = 0; i < x.length; i++) {
            lanes[i % LANES] += x[i];
        }
        return tree(lanes);
    }

    /** Section 1: adds the lanes. */
    private static float tree(float[] lanes) {
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] += lanes[lane + half];
            }
        }
        return lanes[0];
    }

    /** One digit of section 3's activations: integers with a scale for each group of 32, and the sums of half groups. */
    private static final class Digit {
        final int[] q;
        final float[] scale;
        final int[] halfSums;

        Digit(int width) {
            q = new int[width];
            scale = new float[width / GROUP];
            halfSums = new int[2 * scale.length];
        }

        void quantize(float[] x, int group) {
            scale[group] = Arithmetic.quantize(x, q, group * GROUP);
            for (int i = 0; i < GROUP; i++) {
                halfSums[2 * group + i / 16] += q[group * GROUP + i];
            }
        }
    }

    /** A row of activations: the first digit of all groups, the second of those that are loud. */
    private record QuantizedRow(Digit first, Digit second, boolean[] loud) {
        static QuantizedRow of(float[] x) {
            Digit first = new Digit(x.length);
            for (int group = 0; group < first.scale.length; group++) {
                first.quantize(x, group);
            }
            Digit second = new Digit(x.length);
            boolean[] loud = Arithmetic.loud(first.scale);
            float[] rest = new float[x.length];
            for (int group = 0; group < loud.length; group++) {
                if (loud[group]) {
                    for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                        rest[i] = Math.fma(-first.scale[group], (float) first.q[i], x[i]);
                    }
                    second.quantize(rest, group);
                }
            }
            return new QuantizedRow(first, second, loud);
        }
    }

    private QuantizedRow[] quantize(Tensor x_TI) {
        QuantizedRow[] quantized = new QuantizedRow[(int) x_TI.size(0)];
        workers.run(quantized.length, t -> quantized[t] = QuantizedRow.of(row(x_TI, t)));
        return quantized;
    }

    /** Section 3: rows {@code from} to {@code to - 1} of a weight in blocks. */
    private static void multiplyQuantized(Product product, QuantizedRow[] x_TI, int from, int to) {
        int rows = (int) product.w_OI().size(0);
        int width = (int) product.w_OI().size(1);
        int tokens = x_TI.length;
        HostTensor w = (HostTensor) product.w_OI();
        BlockFormat format = BlockFormat.of(w.type());
        byte[] bytes = new byte[(int) product.w_OI().type().bytes(width)];
        UnpackedRow[] tile = new UnpackedRow[Math.clamp(tokens, 1, TILE)];
        Arrays.setAll(tile, o -> new UnpackedRow(width));
        float[] out = new float[tile.length];
        for (int first = from; first < to; first += tile.length) {
            int tileRows = Math.min(tile.length, to - first);
            for (int o = 0; o < tileRows; o++) {
                Numbers.copyBytes(w, (long) (first + o) * width, width, bytes);
                format.unpack(w, bytes, (long) (first + o) * width, width, tile[o]);
            }
            for (int t = 0; t < tokens; t++) {
                for (int o = 0; o < tileRows; o++) {
                    out[o] = product(tile[o], format, x_TI[t]);
                }
                Numbers.write(out, 0, tileRows, product.out_TO(), (long) t * rows + first);
            }
        }
    }

    /** Section 3: one output. */
    private static float product(UnpackedRow w, BlockFormat format, QuantizedRow x) {
        float result = 0;
        float acc = 0;
        for (int group = 0; group < x.loud.length; group++) {
            if (group > 0 && group % (SEGMENT / GROUP) == 0) {
                result = group == SEGMENT / GROUP ? acc : result + acc;
                acc = 0;
            }
            acc = step(w, format, x.first, group, acc);
        }
        float rest = 0;
        for (int group = 0; group < x.loud.length; group++) {
            if (x.loud[group]) {
                rest = step(w, format, x.second, group, rest);
            }
        }
        return (x.loud.length <= SEGMENT / GROUP ? acc : result + acc) + rest;
    }

    /** Section 3: what a group adds to a chain. */
    private static float step(UnpackedRow w, BlockFormat format, Digit x, int group, float acc) {
        float scale = x.scale[group];
        int half = group * GROUP + GROUP / 2;
        if (format.twoScales()) {
            float first = Math.fma(w.d[group] * scale, (float) dot(w.w, x.q, group * GROUP, half), acc);
            return Math.fma(w.n[2 * group + 1] * scale, (float) dot(w.w, x.q, half, (group + 1) * GROUP), first);
        }
        float sum = Math.fma(w.d[group] * scale, (float) dot(w.w, x.q, group * GROUP, (group + 1) * GROUP), acc);
        int low = x.halfSums[2 * group];
        int high = x.halfSums[2 * group + 1];
        return switch (format.minima()) {
            case NONE -> sum;
            case GROUP -> Math.fma(w.n[2 * group], scale * (float) (low + high), sum);
            case HALF ->
                Math.fma(w.n[2 * group + 1], scale * (float) high, Math.fma(w.n[2 * group], scale * (float) low, sum));
        };
    }

    /** An exact integer, below 2^24 in size. */
    private static int dot(int[] w, int[] q, int first, int last) {
        int sum = 0;
        for (int i = first; i < last; i++) {
            sum += w[i] * q[i];
        }
        return sum;
    }

    // Elementwise (section 5)

    @Override
    public void addBias(Tensor x_TD, Tensor bias_D) {
        float[] bias = Numbers.read(bias_D);
        eachRow(x_TD, (t, x) -> {
            for (int i = 0; i < x.length; i++) {
                x[i] += bias[i];
            }
        });
    }

    @Override
    public void rmsNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, float epsilon) {
        float[] weight = Numbers.read(weight_D);
        eachRow(out_TD, (t, out) -> {
            float[] x = row(x_TD, t);
            float squares = lanedProduct(x, 0, x, 0, x.length);
            // the root of a float, taken in double and rounded to float, is the correctly rounded one
            float r = 1f / (float) Math.sqrt(squares / (float) x.length + epsilon);
            for (int i = 0; i < x.length; i++) {
                out[i] = x[i] * r * weight[i];
            }
        });
    }

    @Override
    public void layerNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, Tensor bias_D, float epsilon) {
        float[] weight = Numbers.read(weight_D);
        float[] bias = Numbers.read(bias_D);
        eachRow(out_TD, (t, out) -> {
            float[] x = row(x_TD, t);
            float mean = lanedSum(x) / (float) x.length;
            for (int i = 0; i < x.length; i++) {
                x[i] -= mean;
            }
            float squares = lanedProduct(x, 0, x, 0, x.length);
            float r = 1f / (float) Math.sqrt(squares / (float) x.length + epsilon);
            for (int i = 0; i < x.length; i++) {
                out[i] = Math.fma(x[i] * r, weight[i], bias[i]);
            }
        });
    }

    @Override
    public void rope(Tensor x_TNH, int[] positions_T, Rotation rotation) {
        int heads = (int) x_TNH.size(1);
        float[] frequencies = rotation.frequencies();
        int pairs = frequencies.length;
        float[][] cos = new float[positions_T.length][pairs];
        float[][] sin = new float[positions_T.length][pairs];
        workers.run(positions_T.length, t -> {
            for (int i = 0; i < pairs; i++) {
                float angle = (float) positions_T[t] * frequencies[i];
                cos[t][i] = (float) StrictMath.cos(angle) * rotation.magnitude();
                sin[t][i] = (float) StrictMath.sin(angle) * rotation.magnitude();
            }
        });
        eachRow(x_TNH, (row, x) -> {
            for (int i = 0; i < pairs; i++) {
                int first = rotation.pairing().first(i);
                int second = rotation.pairing().second(i, pairs);
                float a = x[first];
                float b = x[second];
                float c = cos[row / heads][i];
                float s = sin[row / heads][i];
                x[first] = Math.fma(a, c, -(b * s));
                x[second] = Math.fma(b, c, a * s);
            }
        });
    }

    @Override
    public void siluMultiply(Tensor gate_TF, Tensor up_TF) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = Functions.silu(gate[i]) * up[i];
            }
        });
    }

    @Override
    public void geluMultiply(Tensor gate_TF, Tensor up_TF) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = Functions.gelu(gate[i]) * up[i];
            }
        });
    }

    @Override
    public void sigmoidMultiply(Tensor gate_TF, Tensor up_TF) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = Functions.sigmoid(gate[i]) * up[i];
            }
        });
    }

    @Override
    public void tanhGelu(Tensor x) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = Functions.gelu(values[i]);
            }
        });
    }

    @Override
    public void relu(Tensor x) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = Functions.relu(values[i]);
            }
        });
    }

    @Override
    public void clampedSwiglu(Tensor gate_TF, Tensor up_TF, float alpha, float limit) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = Functions.clampedSwiglu(gate[i], up[i], alpha, limit);
            }
        });
    }

    @Override
    public void gelu(Tensor x) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = Functions.normalGelu(values[i]);
            }
        });
    }

    @Override
    public void add(Tensor x, Tensor y) {
        eachRow(x, (t, values) -> {
            float[] other = row(y, t);
            for (int i = 0; i < values.length; i++) {
                values[i] += other[i];
            }
        });
    }

    @Override
    public void multiply(Tensor x, Tensor y) {
        eachRow(x, (t, values) -> {
            float[] other = row(y, t);
            for (int i = 0; i < values.length; i++) {
                values[i] *= other[i];
            }
        });
    }

    @Override
    public void scale(Tensor x, float factor) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] *= factor;
            }
        });
    }

    @Override
    public void softcap(Tensor x, float cap) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = Functions.softcap(values[i], cap);
            }
        });
    }

    // Attention (section 6)

    /** Some new tokens of one conversation, and one key/value head. */
    private record QueryTile(KvView view, int first, int count, int kvHead) {}

    @Override
    public void attend(Tensor out_TNH, Tensor q_TNH, List<KvView> views, AttentionRule rule) {
        List<QueryTile> tiles = new ArrayList<>();
        for (KvView view : views) {
            int kvHeads = (int) view.keyPages().getFirst().size(0);
            for (int first = 0; first < view.count(); first += QUERY_TILE) {
                for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
                    tiles.add(new QueryTile(view, first, Math.min(QUERY_TILE, view.count() - first), kvHead));
                }
            }
        }
        workers.run(tiles.size(), i -> attend(out_TNH, q_TNH, tiles.get(i), rule));
    }

    private static void attend(Tensor out_TNH, Tensor q_TNH, QueryTile tile, AttentionRule rule) {
        KvView view = tile.view;
        int heads = (int) q_TNH.size(1);
        int width = (int) q_TNH.size(2);
        int valueWidth = (int) out_TNH.size(2);
        int group = heads / (int) view.keyPages().getFirst().size(0);
        float[] sinks = rule.sinks_N() == null ? new float[0] : Numbers.read(rule.sinks_N());
        int firstPosition = view.start() + tile.first;
        int lastPosition = firstPosition + tile.count - 1;
        Attended[][] attended = new Attended[tile.count][group];
        float[] keys = new float[KvView.PAGE * width];
        float[] values = new float[KvView.PAGE * valueWidth];
        for (int page = rule.firstVisible(firstPosition) / KvView.PAGE; page <= lastPosition / KvView.PAGE; page++) {
            long place = (long) tile.kvHead * KvView.PAGE;
            int written = Math.min(lastPosition - page * KvView.PAGE + 1, KvView.PAGE);
            Numbers.read(view.keyPages().get(page), place * width, written * width, keys, 0);
            Numbers.read(view.valuePages().get(page), place * valueWidth, written * valueWidth, values, 0);
            for (int i = 0; i < tile.count; i++) {
                int position = firstPosition + i;
                int from = Math.max(rule.firstVisible(position) - page * KvView.PAGE, 0);
                int to = Math.min(position - page * KvView.PAGE + 1, KvView.PAGE);
                if (from >= to) {
                    continue;
                }
                for (int g = 0; g < group; g++) {
                    int head = tile.kvHead * group + g;
                    float[] q = row(q_TNH, (view.firstRow() + tile.first + i) * heads + head);
                    Scores scores = new Scores(rule, head, position - page * KvView.PAGE);
                    Attended chunk = attendChunk(q, keys, values, valueWidth, from, to, scores);
                    Attended before = attended[i][g];
                    attended[i][g] = before == null ? chunk : before.merge(chunk);
                }
            }
        }
        for (int i = 0; i < tile.count; i++) {
            for (int g = 0; g < group; g++) {
                int head = tile.kvHead * group + g;
                long row = (long) (view.firstRow() + tile.first + i) * heads + head;
                Attended all = sinks.length == 0 ? attended[i][g] : attended[i][g].mergeSink(sinks[head]);
                Numbers.write(all.result(), 0, valueWidth, out_TNH, row * valueWidth);
            }
        }
    }

    /** A text, and one key/value head. */
    private record TextHead(int firstRow, int length, int kvHead) {}

    @Override
    public void attendBothWays(
            Tensor out_TNH, Tensor q_TNH, Tensor k_TKH, Tensor v_TKH, int[] lengths_S, AttentionRule rule) {
        List<TextHead> heads = new ArrayList<>();
        int row = 0;
        for (int length : lengths_S) {
            for (int kvHead = 0; kvHead < k_TKH.size(1); kvHead++) {
                heads.add(new TextHead(row, length, kvHead));
            }
            row += length;
        }
        workers.run(heads.size(), i -> attendBothWays(out_TNH, q_TNH, k_TKH, v_TKH, heads.get(i), rule));
    }

    private static void attendBothWays(
            Tensor out_TNH, Tensor q_TNH, Tensor k_TKH, Tensor v_TKH, TextHead head, AttentionRule rule) {
        int heads = (int) q_TNH.size(1);
        int kvHeads = (int) k_TKH.size(1);
        int width = (int) q_TNH.size(2);
        int group = heads / kvHeads;
        float[] keys = new float[head.length * width];
        float[] values = new float[head.length * width];
        for (int t = 0; t < head.length; t++) {
            long from = ((long) (head.firstRow + t) * kvHeads + head.kvHead) * width;
            Numbers.read(k_TKH, from, width, keys, t * width);
            Numbers.read(v_TKH, from, width, values, t * width);
        }
        int reach = rule.window() == 0 ? head.length : rule.window();
        for (int position = 0; position < head.length; position++) {
            int from = Math.max(0, position - reach + 1);
            int to = Math.min(head.length, position + reach);
            for (int g = 0; g < group; g++) {
                int row = (head.firstRow + position) * heads + head.kvHead * group + g;
                float[] q = row(q_TNH, row);
                Scores scores = new Scores(rule, head.kvHead * group + g, position);
                Attended all = null;
                for (int chunk = from / KvView.PAGE * KvView.PAGE; chunk < to; chunk += KvView.PAGE) {
                    int end = Math.min(chunk + KvView.PAGE, to);
                    // a chunk begins at a multiple of the lanes, so that positions keep theirs
                    Attended next = attendChunk(q, keys, values, width, Math.max(chunk, from), end, scores);
                    all = all == null ? next : all.merge(next);
                }
                if (all != null) {
                    Numbers.write(all.result(), 0, width, out_TNH, (long) row * width);
                }
            }
        }
    }

    /** How one query head's products become scores; positions are counted as those of the keys are. */
    private record Scores(AttentionRule rule, int head, int position) {
        float of(float product, int t) {
            float score = rule.scale() * product;
            score = rule.softcap() == 0 ? score : Functions.softcap(score, rule.softcap());
            float slope = rule.slope(head);
            return slope == 0 ? score : Math.fma(-slope, (float) Math.abs(position - t), score);
        }
    }

    /** The positions {@code from} to {@code to - 1} of a chunk. */
    private static Attended attendChunk(
            float[] q, float[] keys, float[] values, int valueWidth, int from, int to, Scores scores) {
        int width = q.length;
        float[] e = new float[to];
        float m = Float.NEGATIVE_INFINITY;
        for (int t = from; t < to; t++) {
            e[t] = scores.of(lanedProduct(q, 0, keys, t * width, width), t);
            m = Math.max(m, e[t]);
        }
        float[] lanes = new float[LANES];
        float[] o = new float[valueWidth];
        for (int t = from; t < to; t++) {
            e[t] = Functions.exp(e[t] - m);
            lanes[t % LANES] += e[t];
            for (int i = 0; i < valueWidth; i++) {
                o[i] = Math.fma(e[t], values[t * valueWidth + i], o[i]);
            }
        }
        return new Attended(m, tree(lanes), o);
    }

    /** What attention has seen so far: the largest score, the sum of exponentials, and the values weighed by them. */
    private static final class Attended {
        final float m;
        final float s;
        final float[] o;

        Attended(float m, float s, float[] o) {
            this.m = m;
            this.s = s;
            this.o = o;
        }

        Attended merge(Attended next) {
            float larger = Math.max(m, next.m);
            float a = Functions.exp(m - larger);
            float b = Functions.exp(next.m - larger);
            float[] both = new float[o.length];
            for (int i = 0; i < both.length; i++) {
                both[i] = Math.fma(next.o[i], b, o[i] * a);
            }
            return new Attended(larger, Math.fma(next.s, b, s * a), both);
        }

        /** One position more, with this score and without a value. */
        Attended mergeSink(float score) {
            float larger = Math.max(m, score);
            float a = Functions.exp(m - larger);
            float[] less = new float[o.length];
            for (int i = 0; i < less.length; i++) {
                less[i] = o[i] * a;
            }
            return new Attended(larger, s * a + Functions.exp(score - larger), less);
        }

        float[] result() {
            float[] result = new float[o.length];
            for (int i = 0; i < result.length; i++) {
                result[i] = o[i] / s;
            }
            return result;
        }
    }

    /** Offers these kernels, which run everywhere. */
    public static final class Provider implements KernelProvider {
        /** Called by {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return "portable";
        }

        @Override
        public int preference() {
            return 0;
        }

        @Override
        public Offer offer(int threads) {
            return new Offer.Ready(new PortableKernels(threads));
        }
    }
}
