package dev.ayni.engine.models;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.Product;
import dev.ayni.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A matrix of a model, and its bias where the model has one. */
record Linear(Tensor weight_OI, @Nullable Tensor bias_O) {
    /** Places the matrix {@code name.weight} and, where it exists, {@code name.bias}. */
    static Linear of(PlacedWeights weights, String name) {
        return new Linear(weights.place(name + ".weight"), weights.vectorIfThere(name + ".bias"));
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

    /**
     * As {@link #apply}, with activations of twice the digits before quantised matrices: for products whose errors weigh
     * most. Plain floats need no second digit, their activations not being quantised.
     */
    static void applyFine(Kernels kernels, Tensor x, Into... outputs) {
        Map<Boolean, List<Into>> byQuantized = Arrays.stream(outputs)
                .collect(Collectors.partitioningBy(
                        output -> output.linear.weight_OI.type().quantized() && !kernels.exact()));
        Into[] plain = byQuantized.getOrDefault(false, List.of()).toArray(Into[]::new);
        if (plain.length > 0) {
            apply(kernels, x, plain);
        }
        Into[] fine = byQuantized.getOrDefault(true, List.of()).toArray(Into[]::new);
        if (fine.length > 0) {
            applyTwoDigits(kernels, flat(x), fine);
        }
    }

    private static void applyTwoDigits(Kernels kernels, Tensor x_TI, Into[] outputs) {
        Tensor split_2TI = kernels.allocate(DType.F32, 2 * x_TI.size(0), x_TI.size(1));
        kernels.split(split_2TI, x_TI);
        Product[] products = new Product[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            Tensor out_TO = outputs[i].out_TO;
            Tensor out_2TO = kernels.allocate(DType.F32, 2 * out_TO.size(0), out_TO.size(1));
            products[i] = new Product(out_2TO, outputs[i].linear.weight_OI);
        }
        kernels.matmul(split_2TI, products);
        kernels.release(split_2TI);
        for (int i = 0; i < outputs.length; i++) {
            kernels.join(outputs[i].out_TO, products[i].out_TO());
            kernels.release(products[i].out_TO());
            outputs[i].addBias(kernels);
        }
    }

    private static Tensor flat(Tensor x) {
        return x.rank() == 2 ? x : x.reshape(x.size(0), x.values() / x.size(0));
    }
}
