package dev.ayni.engine.models;

import dev.ayni.tensor.Tensor;

/** The half of a layer that looks at each token by itself. */
interface FeedForward {
    /** Computes {@code out_TD} from {@code x_TD}, which are not the same; x stays as it is. */
    void apply(Batch batch, Tensor x_TD, Tensor out_TD);
}
