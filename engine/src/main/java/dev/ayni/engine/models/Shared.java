package dev.ayni.engine.models;

import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;

/** Experts, and a network beside them that every token goes through. */
record Shared(Kernels kernels, FeedForward experts, FeedForward shared) implements FeedForward {
    @Override
    public void apply(Batch batch, Tensor x_TD, Tensor out_TD) {
        Tensor more_TD = batch.activation("shared", x_TD.size(1));
        experts.apply(batch, x_TD, out_TD);
        shared.apply(batch, x_TD, more_TD);
        kernels.add(out_TD, more_TD);
    }
}
