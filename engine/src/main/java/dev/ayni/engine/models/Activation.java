package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;

/** What the numbers within a feed-forward part go through: a gate before it multiplies, or all of them. */
enum Activation {
    SILU,
    /** GELU in its tanh form. */
    GELU,
    /** GELU itself. */
    NORMAL_GELU,
    RELU;

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
            case "gelu", "gelu_python" -> NORMAL_GELU;
            case "relu" -> RELU;
            default ->
                throw new WeightsException(
                        "%s: '%s' is '%s', which this version does not compute. It computes: silu, gelu, gelu_pytorch_tanh, relu. Choose another model; `ayni models` lists some."
                                .formatted(metadata.source(), key, name));
        };
    }

    /** {@code gate = this(gate) * up}. */
    void multiply(Kernels kernels, Tensor gate_TF, Tensor up_TF) {
        switch (this) {
            case SILU -> kernels.siluMultiply(gate_TF, up_TF);
            case GELU -> kernels.geluMultiply(gate_TF, up_TF);
            case NORMAL_GELU, RELU -> {
                apply(kernels, gate_TF);
                kernels.multiply(gate_TF, up_TF);
            }
        }
    }

    /** {@code x = this(x)}. */
    void apply(Kernels kernels, Tensor x_TF) {
        switch (this) {
            case SILU -> {
                Tensor copy_TF = kernels.allocate(DType.F32, x_TF.size(0), x_TF.size(1));
                kernels.add(copy_TF, x_TF);
                kernels.sigmoidMultiply(x_TF, copy_TF);
                kernels.release(copy_TF);
            }
            case GELU -> kernels.tanhGelu(x_TF);
            case NORMAL_GELU -> kernels.gelu(x_TF);
            case RELU -> kernels.relu(x_TF);
        }
    }
}
