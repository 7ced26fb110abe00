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
     * Computes the new tokens of each run. One thread at a time. The bits of a run's rows do not depend on what else is
     * in the batch, nor on how its tokens were split over calls.
     *
     * @return for each run its rows, logits [V] or states [D]: none, the last position's, or all
     * @throws ArithmeticException if a result is not finite; the message names the layer, and the caches are as before
     */
    List<float[][]> forward(List<Run> batch);

    /** Whether it has logits; a model that was published to make vectors may have states only. */
    boolean writes();

    @Override
    void close();
}
