package dev.ayni.engine.models;

import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.Product;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A matrix of a model, and its bias where the model has one. */
record Linear(Tensor weight_OI, @Nullable Tensor bias_O) {
    /** Places the matrix {@code name.weight} and, where it exists, {@code name.bias}. */
    static Linear of(PlacedWeights weights, String name) {
        return new Linear(weights.place(name + ".weight"), weights.vectorIfThere(name + ".bias"));
    }

    /** The matrix {@code name.weight} and its bias cut into several, so many rows each. */
    static List<Linear> split(PlacedWeights weights, String name, long... rows) {
        return split(weights, weights.host(name + ".weight"), weights.floatsIfThere(name + ".bias"), rows);
    }

    /** A matrix and its bias cut into several, so many rows each. */
    static List<Linear> split(PlacedWeights weights, HostTensor all_OI, float @Nullable [] bias_O, long... rows) {
        List<Linear> parts = new ArrayList<>();
        long from = 0;
        for (long count : rows) {
            float[] bias = bias_O == null ? null : Arrays.copyOfRange(bias_O, (int) from, (int) (from + count));
            parts.add(new Linear(
                    weights.place(all_OI.rows(from, from + count)), bias == null ? null : weights.place(bias)));
            from += count;
        }
        return parts;
    }

    /** Where the result of this matrix goes. */
    record Into(Linear linear, Tensor out_TO) {
        private void addBias(Kernels kernels) {
            if (linear.bias_O != null) {
                kernels.addBias(out_TO, linear.bias_O);
            }
        }
    }

    /** @param out [T, O], or [T, N, H] with N H = O */
    Into to(Tensor out) {
        return new Into(this, flat(out));
    }

    /** All of them applied to one x, which is [T, I] or [T, N, H] with N H = I. */
    static void apply(Kernels kernels, Tensor x, Into... outputs) {
        Product[] products = new Product[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            products[i] = new Product(outputs[i].out_TO, outputs[i].linear.weight_OI);
        }
        kernels.matmul(flat(x), products);
        for (Into output : outputs) {
            output.addBias(kernels);
        }
    }

    private static Tensor flat(Tensor x) {
        return x.rank() == 2 ? x : x.reshape(x.size(0), x.values() / x.size(0));
    }
}
