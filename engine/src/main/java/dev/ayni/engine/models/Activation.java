package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;

/** What the gate of a feed-forward part goes through before it multiplies. */
enum Activation {
    SILU,
    /** GELU in its tanh form. */
    GELU;

    /**
     * The one that a config.json names.
     *
     * @param otherwise where it names none
     * @throws WeightsException if it is another one
     */
    static Activation of(Metadata metadata, String key, Activation otherwise) {
        String name = metadata.optionalText(key).orElse("");
        return switch (name) {
            case "" -> otherwise;
            case "silu", "swish" -> SILU;
            case "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_new", "gelu_fast", "gelu_accurate" -> GELU;
            default ->
                throw new WeightsException(
                        "%s: '%s' is '%s', which this version does not compute. It computes: silu, gelu_pytorch_tanh. Choose another model; `ayni models` lists some."
                                .formatted(metadata.source(), key, name));
        };
    }

    /** {@code gate = this(gate) * up}. */
    void multiply(Kernels kernels, Tensor gate_TF, Tensor up_TF) {
        switch (this) {
            case SILU -> kernels.siluMultiply(gate_TF, up_TF);
            case GELU -> kernels.geluMultiply(gate_TF, up_TF);
        }
    }
}
