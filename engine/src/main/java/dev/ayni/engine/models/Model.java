package dev.ayni.engine.models;

import java.util.List;

/** A language model, its weights placed: several conversations go through its layers together. */
public interface Model extends AutoCloseable {
    ModelSpec spec();

    /** An empty past. */
    KvCache newCache();

    /** The pages of all its caches. */
    KvPages pages();

    /**
     * Computes the new tokens of each run. One thread at a time. The bits of a run's logits do not depend on what else is
     * in the batch, nor on how its tokens were split over calls.
     *
     * @return for each run its rows of logits, [V] each: none, the last position's, or all
     * @throws ArithmeticException if a result is not finite; the message names the layer, and the caches are as before
     */
    List<float[][]> forward(List<Run> batch);

    @Override
    void close();
}
