package dev.ayni.engine.models;

import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;

/** One feed-forward network for all tokens, whose inner numbers are multiplied by a gate. */
record Gated(Kernels kernels, Activation activation, Linear gate, Linear up, Linear down) implements FeedForward {
    // T tokens, D width, F hidden

    /** Places the matrices {@code layer + "ffn_gate"} and so on; a suffix tells kinds of one layer apart. */
    static Gated of(PlacedWeights weights, String layer, String suffix, Activation activation) {
        return new Gated(
                weights.kernels(),
                activation,
                Linear.of(weights, layer + "ffn_gate" + suffix),
                Linear.of(weights, layer + "ffn_up" + suffix),
                Linear.of(weights, layer + "ffn_down" + suffix));
    }

    @Override
    public void apply(Batch batch, Tensor x_TD, Tensor out_TD) {
        long hidden = gate.weight_OI().size(0);
        Tensor gate_TF = batch.activation("gate " + hidden, hidden);
        Tensor up_TF = batch.activation("up " + hidden, hidden);
        Linear.apply(kernels, x_TD, gate.to(gate_TF), up.to(up_TF));
        activation.multiply(kernels, gate_TF, up_TF);
        Linear.apply(kernels, gate_TF, down.to(out_TD));
    }
}
