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
        for (KvView view : views) {
            int group = heads / (int) view.keyPages().getFirst().size(0);
            int positions = view.start() + view.count();
            for (int kvHead = 0; kvHead < heads / group; kvHead++) {
                double[][] keys = past(view.keyPages(), kvHead, positions);
                double[][] values = past(view.valuePages(), kvHead, positions);
                int firstHead = kvHead * group;
                workers.run(view.count() * group, i -> {
                    int row = (view.firstRow() + i / group) * heads + firstHead + i % group;
                    float[] out = attend(row(q_TNH, row), keys, values, view.start() + i / group, rule);
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

    /** The weighted mean of the values that position {@code position} sees; weights are the softmax of its scores. */
    private static float[] attend(float[] q, double[][] keys, double[][] values, int position, AttentionRule rule) {
        int from = rule.window() == 0 ? 0 : Math.max(0, position - rule.window() + 1);
        double[] wide = widen(q);
        double[] scores = new double[position + 1];
        double largest = Double.NEGATIVE_INFINITY;
        for (int t = from; t <= position; t++) {
            double score = rule.scale() * dot(wide, keys[t]);
            scores[t] = rule.softcap() == 0 ? score : rule.softcap() * Math.tanh(score / rule.softcap());
            largest = Math.max(largest, scores[t]);
        }
        double sum = 0;
        double[] mean = new double[q.length];
        for (int t = from; t <= position; t++) {
            double weight = Math.exp(scores[t] - largest);
            sum += weight;
            for (int i = 0; i < mean.length; i++) {
                mean[i] += weight * values[t][i];
            }
        }
        float[] out = new float[q.length];
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
        double k = Math.sqrt(2 / Math.PI);
        eachRow(gate_TF, (t, gate) -> {
            float[] up = row(up_TF, t);
            for (int i = 0; i < gate.length; i++) {
                double x = gate[i];
                gate[i] = (float) (0.5 * x * (1 + Math.tanh(k * (x + 0.044715 * x * x * x))) * up[i]);
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
