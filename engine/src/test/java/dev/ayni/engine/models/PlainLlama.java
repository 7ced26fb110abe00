package dev.ayni.engine.models;

import dev.ayni.engine.weights.Weights;
import dev.ayni.tensor.HostTensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Llama as its paper says it, one number after another in 64 bits: what the engine's states are compared with. */
public final class PlainLlama {
    private final Weights weights; // GGUF's names, F32
    private final int heads;
    private final int kvHeads;
    private final int layers;

    public PlainLlama(Weights weights) {
        this.weights = weights;
        heads = weights.metadata().integer("llama.attention.head_count");
        kvHeads = weights.metadata().integer("llama.attention.head_count_kv");
        layers = weights.metadata().integer("llama.block_count");
    }

    /** What stands for each token after the last norm. */
    public double[][] states(int[] ids) {
        double[][] x =
                Arrays.stream(ids).mapToObj(id -> row("token_embd.weight", id)).toArray(double[][]::new);
        for (int i = 0; i < layers; i++) {
            String layer = "blk." + i + ".";
            double[][] y = normed(x, layer + "attn_norm.weight");
            double[][] q = turned(product(y, layer + "attn_q.weight"), heads);
            double[][] k = turned(product(y, layer + "attn_k.weight"), kvHeads);
            double[][] v = product(y, layer + "attn_v.weight");
            add(x, product(attended(q, k, v), layer + "attn_output.weight"));
            y = normed(x, layer + "ffn_norm.weight");
            double[][] gate = product(y, layer + "ffn_gate.weight");
            double[][] up = product(y, layer + "ffn_up.weight");
            for (int t = 0; t < x.length; t++) {
                for (int f = 0; f < up[t].length; f++) {
                    up[t][f] *= gate[t][f] / (1 + Math.exp(-gate[t][f]));
                }
            }
            add(x, product(up, layer + "ffn_down.weight"));
        }
        return normed(x, "output_norm.weight");
    }

    /** The logits of states. */
    public double[][] logits(double[][] states) {
        return product(states, "output.weight");
    }

    private double[] row(String name, long row) {
        HostTensor tensor = weights.tensor(name);
        double[] numbers = new double[(int) tensor.size(tensor.rank() - 1)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = tensor.data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, row * numbers.length + i);
        }
        return numbers;
    }

    private double[][] product(double[][] x, String name) {
        double[][] out = new double[x.length][(int) weights.tensor(name).size(0)];
        for (int o = 0; o < out[0].length; o++) {
            double[] w = row(name, o);
            for (int t = 0; t < x.length; t++) {
                for (int i = 0; i < w.length; i++) {
                    out[t][o] += w[i] * x[t][i];
                }
            }
        }
        return out;
    }

    private double[][] normed(double[][] x, String name) {
        double[] weight = row(name, 0);
        double[][] out = new double[x.length][weight.length];
        for (int t = 0; t < x.length; t++) {
            double scale =
                    1 / Math.sqrt(Arrays.stream(x[t]).map(a -> a * a).average().orElseThrow() + 1e-5f);
            for (int i = 0; i < weight.length; i++) {
                out[t][i] = x[t][i] * scale * weight[i];
            }
        }
        return out;
    }

    /** Pairs of neighbours turned by the position. */
    private static double[][] turned(double[][] x, int heads) {
        int width = x[0].length / heads;
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < x[t].length; i += 2) {
                double angle = t * Math.pow(10_000, -(double) (i % width) / width);
                double a = x[t][i];
                double b = x[t][i + 1];
                x[t][i] = a * Math.cos(angle) - b * Math.sin(angle);
                x[t][i + 1] = a * Math.sin(angle) + b * Math.cos(angle);
            }
        }
        return x;
    }

    private double[][] attended(double[][] q, double[][] k, double[][] v) {
        int width = q[0].length / heads;
        double[][] out = new double[q.length][q[0].length];
        for (int t = 0; t < q.length; t++) {
            for (int head = 0; head < heads; head++) {
                int from = head * kvHeads / heads * width;
                double[] weight = new double[t + 1];
                double sum = 0;
                for (int past = 0; past <= t; past++) {
                    for (int i = 0; i < width; i++) {
                        weight[past] += q[t][head * width + i] * k[past][from + i];
                    }
                    weight[past] = Math.exp(weight[past] / Math.sqrt(width));
                    sum += weight[past];
                }
                for (int past = 0; past <= t; past++) {
                    for (int i = 0; i < width; i++) {
                        out[t][head * width + i] += weight[past] / sum * v[past][from + i];
                    }
                }
            }
        }
        return out;
    }

    private static void add(double[][] x, double[][] y) {
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < x[t].length; i++) {
                x[t][i] += y[t][i];
            }
        }
    }
}
