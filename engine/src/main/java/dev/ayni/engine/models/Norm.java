package dev.ayni.engine.models;

import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;

/** What brings the rows of a layer, or those after the last one, to one size. */
interface Norm {
    /** Leaves rows as they are; only in place. */
    Norm NONE = (kernels, out_TD, x_TD, epsilon) -> {
        assert out_TD == x_TD : "nothing would be written";
    };

    /** {@code out = this(x)}; out may be x. */
    void apply(Kernels kernels, Tensor out_TD, Tensor x_TD, float epsilon);

    /** Divides by the root of the mean square (Zhang and Sennrich 2019). */
    static Norm rms(Tensor weight_D) {
        return (kernels, out_TD, x_TD, epsilon) -> kernels.rmsNorm(out_TD, x_TD, weight_D, epsilon);
    }
}
