package dev.ayni.engine.models;

import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;

/** A norm that takes the mean away (Ba et al. 2016): its weight and its bias. */
record LayerNorm(Tensor weight_D, Tensor bias_D) implements Norm {
    /** Places {@code name.weight} and {@code name.bias}. */
    static LayerNorm of(PlacedWeights weights, String name) {
        return new LayerNorm(weights.vector(name + ".weight"), weights.vector(name + ".bias"));
    }

    /** One that has learned nothing: it multiplies with 1 and adds 0. */
    static LayerNorm plain(PlacedWeights weights, int width) {
        return new LayerNorm(weights.filled(width, 1), weights.filled(width, 0));
    }

    @Override
    public void apply(Kernels kernels, Tensor out_TD, Tensor x_TD, float epsilon) {
        kernels.layerNorm(out_TD, x_TD, weight_D, bias_D, epsilon);
    }
}
