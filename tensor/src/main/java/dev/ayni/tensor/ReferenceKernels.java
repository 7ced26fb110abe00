package dev.ayni.tensor;

import java.util.Arrays;
import java.util.List;

/**
 * What is true: every formula as textbooks write it, with sums in double precision, weights widened to float and
 * activations never quantised. It judges the other kernels and is judged by PyTorch; speed is not its aim. It does not
 * follow {@code docs/arithmetic.md}, but its results depend as little on threads and batches.
 */
public final class ReferenceKernels extends HostKernels {
    /** Rows of a weight that are widened together. */
    private static final int TILE = 96;

    /**
     * Starts the threads.
     *
     * @param threads how many threads compute, at least 1
     */
    public ReferenceKernels(int threads) {
        super(threads);
    }

    @Override
    public boolean exact() {
        return true;
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public void matmul(Tensor x_TI, Product... products) {
        double[][] x = new double[(int) x_TI.size(0)][];
        Arrays.setAll(x, t -> widen(row(x_TI, t)));
        for (Product product : products) {
            int rows = (int) product.w_OI().size(0);
            workers.run((rows + TILE - 1) / TILE, tile -> {
                multiply(product, x, tile * TILE, Math.min(TILE, rows - tile * TILE));
            });
        }
    }

    /** Rows side by side: a sum each, to which the products are added in order, for many rows in one instruction. */
    private static void multiply(Product product, double[][] x_TI, int first, int count) {
        double[][] w_IO = new double[(int) product.w_OI().size(1)][count];
        for (int o = 0; o < count; o++) {
            float[] w_I = row(product.w_OI(), first + o);
            for (int i = 0; i < w_I.length; i++) {
                w_IO[i][o] = w_I[i];
            }
        }
        for (int t = 0; t < x_TI.length; t++) {
            double[] sum_O = new double[count];
            for (int i = 0; i < w_IO.length; i++) {
                addScaled(sum_O, w_IO[i], x_TI[t][i]);
            }
            float[] out = new float[count];
            for (int o = 0; o < count; o++) {
                out[o] = (float) sum_O[o];
            }
            Numbers.write(out, 0, count, product.out_TO(), t * product.w_OI().size(0) + first);
        }
    }

    private static void addScaled(double[] sum, double[] y, double factor) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] = Math.fma(y[i], factor, sum[i]);
        }
    }

    private static double[] widen(float[] x) {
        double[] wide = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            wide[i] = x[i];
        }
        return wide;
    }

    /** In four sums, because one would wait for each addition; in double precision the order does not matter. */
    private static double dot(double[] x, double[] y) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int whole = x.length & -4;
        for (int i = 0; i < whole; i += 4) {
            a = Math.fma(x[i], y[i], a);
            b = Math.fma(x[i + 1], y[i + 1], b);
            c = Math.fma(x[i + 2], y[i + 2], c);
            d = Math.fma(x[i + 3], y[i + 3], d);
        }
        for (int i = whole; i < x.length; i++) {
            a = Math.fma(x[i], y[i], a);
        }
        return a + b + (c + d);
    }

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
            double[] x = widen(row(x_TD, t));
            double root = Math.sqrt(dot(x, x) / x.length + epsilon);
            for (int i = 0; i < x.length; i++) {
                out[i] = (float) (x[i] / root * weight[i]);
            }
        });
    }

    @Override
    public void layerNorm(Tensor out_TD, Tensor x_TD, Tensor weight_D, Tensor bias_D, float epsilon) {
        float[] weight = Numbers.read(weight_D);
        float[] bias = Numbers.read(bias_D);
        eachRow(out_TD, (t, out) -> {
            double[] x = widen(row(x_TD, t));
            double mean = Arrays.stream(x).sum() / x.length;
            for (int i = 0; i < x.length; i++) {
                x[i] -= mean;
            }
            double root = Math.sqrt(dot(x, x) / x.length + epsilon);
            for (int i = 0; i < x.length; i++) {
                out[i] = (float) (x[i] / root * weight[i] + bias[i]);
            }
        });
    }

    @Override
    public void rope(Tensor x_TNH, int[] positions_T, Rotation rotation) {
        int heads = (int) x_TNH.size(1);
        int pairs = rotation.frequencies().length;
        eachRow(x_TNH, (row, x) -> {
            for (int i = 0; i < pairs; i++) {
                // a float, as models were trained with it
                float angle = (float) positions_T[row / heads] * rotation.frequencies()[i];
                double cos = Math.cos(angle) * rotation.magnitude();
                double sin = Math.sin(angle) * rotation.magnitude();
                int first = rotation.pairing().first(i);
                int second = rotation.pairing().second(i, pairs);
                double a = x[first];
                double b = x[second];
                x[first] = (float) (a * cos - b * sin);
                x[second] = (float) (b * cos + a * sin);
            }
        });
    }

    @Override
    public void attend(Tensor out_TNH, Tensor q_TNH, List<KvView> views, AttentionRule rule) {
        int heads = (int) q_TNH.size(1);
        float[] sinks = rule.sinks_N() == null ? new float[0] : Numbers.read(rule.sinks_N());
        for (KvView view : views) {
            int group = heads / (int) view.keyPages().getFirst().size(0);
            int positions = view.start() + view.count();
            for (int kvHead = 0; kvHead < heads / group; kvHead++) {
                double[][] keys = past(view.keyPages(), kvHead, positions);
                double[][] values = past(view.valuePages(), kvHead, positions);
                int firstHead = kvHead * group;
                workers.run(view.count() * group, i -> {
                    int head = firstHead + i % group;
                    int row = (view.firstRow() + i / group) * heads + head;
                    int position = view.start() + i / group;
                    Scores scores = new Scores(rule, head, position);
                    double sink = sinks.length == 0 ? Double.NEGATIVE_INFINITY : sinks[head];
                    int from = rule.firstVisible(position);
                    float[] out = attend(row(q_TNH, row), keys, values, from, position + 1, sink, scores);
                    Numbers.write(out, 0, out.length, out_TNH, (long) row * out.length);
                });
            }
        }
    }

    /** One head's keys or values, a row a position. */
    private static double[][] past(List<Tensor> pages, int kvHead, int positions) {
        double[][] past = new double[positions][];
        Arrays.setAll(past, p -> widen(row(pages.get(p / KvView.PAGE), kvHead * KvView.PAGE + p % KvView.PAGE)));
        return past;
    }

    @Override
    public void attendBothWays(
            Tensor out_TNH, Tensor q_TNH, Tensor k_TKH, Tensor v_TKH, int[] lengths_S, AttentionRule rule) {
        int heads = (int) q_TNH.size(1);
        int kvHeads = (int) k_TKH.size(1);
        int firstRow = 0;
        for (int length : lengths_S) {
            int first = firstRow;
            for (int head = 0; head < heads; head++) {
                int kvHead = head / (heads / kvHeads);
                int queryHead = head;
                double[][] keys = new double[length][];
                double[][] values = new double[length][];
                Arrays.setAll(keys, t -> widen(row(k_TKH, (first + t) * kvHeads + kvHead)));
                Arrays.setAll(values, t -> widen(row(v_TKH, (first + t) * kvHeads + kvHead)));
                workers.run(length, t -> {
                    int row = (first + t) * heads + queryHead;
                    int reach = rule.window() == 0 ? length : rule.window();
                    int from = Math.max(0, t - reach + 1);
                    Scores scores = new Scores(rule, queryHead, t);
                    int to = Math.min(length, t + reach);
                    float[] out = attend(row(q_TNH, row), keys, values, from, to, Double.NEGATIVE_INFINITY, scores);
                    Numbers.write(out, 0, out.length, out_TNH, (long) row * out.length);
                });
            }
            firstRow += length;
        }
    }

    /** How the products of a query head at a position become scores. */
    private record Scores(AttentionRule rule, int head, int position) {
        double of(double product, int t) {
            double score = rule.scale() * product;
            double bounded = rule.softcap() == 0 ? score : rule.softcap() * Math.tanh(score / rule.softcap());
            return bounded - (double) rule.slope(head) * Math.abs(position - t);
        }
    }

    /**
     * The mean of the values at positions {@code from} to {@code to - 1}, weighted by the softmax of their scores, to which
     * that of a sink belongs.
     */
    private static float[] attend(
            float[] q, double[][] keys, double[][] values, int from, int to, double sink, Scores how) {
        double[] wide = widen(q);
        double[] scores = new double[to];
        double largest = sink;
        for (int t = from; t < to; t++) {
            scores[t] = how.of(dot(wide, keys[t]), t);
            largest = Math.max(largest, scores[t]);
        }
        double sum = sink == Double.NEGATIVE_INFINITY ? 0 : Math.exp(sink - largest);
        double[] mean = new double[values[from].length];
        for (int t = from; t < to; t++) {
            double weight = Math.exp(scores[t] - largest);
            sum += weight;
            for (int i = 0; i < mean.length; i++) {
                mean[i] += weight * values[t][i];
            }
        }
        float[] out = new float[mean.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (mean[i] / sum);
        }
        return out;
    }

    @Override
    public void siluMultiply(Tensor gate_TF, Tensor up_TF) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
            }
        });
    }

    @Override
    public void geluMultiply(Tensor gate_TF, Tensor up_TF) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = (float) (tanhGelu(gate[i]) * up[i]);
            }
        });
    }

    @Override
    public void sigmoidMultiply(Tensor gate_TF, Tensor up_TF) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = (float) (1 / (1 + Math.exp(-gate[i])) * up[i]);
            }
        });
    }

    @Override
    public void tanhGelu(Tensor x) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) tanhGelu(values[i]);
            }
        });
    }

    private static double tanhGelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    @Override
    public void relu(Tensor x) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.max(values[i], 0f);
            }
        });
    }

    @Override
    public void clampedSwiglu(Tensor gate_TF, Tensor up_TF, float alpha, float limit) {
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                double g = Math.min(gate[i], limit);
                double u = Math.clamp(up[i], -limit, limit);
                gate[i] = (float) (g / (1 + Math.exp(-alpha * g)) * (u + 1));
            }
        });
    }

    @Override
    public void mixRows(Tensor out_TD, Tensor y_RD, int[] rows_TP, float[] factors_TP) {
        int perRow = rows_TP.length / Math.max(1, (int) out_TD.size(0));
        eachRow(out_TD, (t, out) -> {
            double[] sum = new double[out.length];
            for (int p = t * perRow; p < (t + 1) * perRow; p++) {
                addScaled(sum, widen(row(y_RD, rows_TP[p])), factors_TP[p]);
            }
            for (int i = 0; i < out.length; i++) {
                out[i] = (float) sum[i];
            }
        });
    }

    @Override
    public void gelu(Tensor x) {
        eachRow(x, (t, values) -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] * below(values[i]));
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
                values[i] = (float) (cap * Math.tanh(values[i] / cap));
            }
        });
    }

    /**
     * The share of a normal distribution that lies below x: near 0 by Taylor's series of its ratio to the density, else by
     * Laplace's continued fraction (both in Marsaglia, Evaluating the Normal Distribution, 2004).
     */
    static double below(double x) {
        double size = Math.abs(x);
        double density = Math.exp(-0.5 * size * size) / Math.sqrt(2 * Math.PI);
        if (size < 3) {
            double term = size;
            double sum = size;
            for (int i = 3; term > 1e-18 * sum; i += 2) {
                term *= size * size / i;
                sum += term;
            }
            return x < 0 ? 0.5 - density * sum : 0.5 + density * sum;
        }
        double fraction = size;
        for (int i = 200; i > 0; i--) {
            fraction = size + i / fraction;
        }
        return x < 0 ? density / fraction : 1 - density / fraction;
    }

    /** Offers these kernels, to whoever asks for them by name. */
    public static final class Provider implements KernelProvider {
        /** Called by {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return "reference";
        }

        @Override
        public int preference() {
            return JUDGE;
        }

        @Override
        public Offer offer(int threads) {
            return new Offer.Ready(new ReferenceKernels(threads));
        }
    }
}
