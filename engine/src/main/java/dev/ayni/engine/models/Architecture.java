package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import java.util.List;
import java.util.Set;

/** A family of models: how its sizes are read, which weights it has, and how it computes. One file each. */
public interface Architecture {
    /** The name in files: GGUF's "general.architecture", config.json's "model_type". */
    String name();

    /** What files call it besides. */
    default Set<String> otherNames() {
        return Set.of();
    }

    /** The sizes, from GGUF's keys or from config.json. */
    ModelSpec spec(Metadata metadata);

    /** What its weights are called. */
    WeightNames names();

    /** Every weight with its shape, checked against the file before anything is computed. */
    List<WeightShape> weights(ModelSpec spec);

    /** The model, its weights placed, which remembers in that type. */
    Model build(ModelSpec spec, PlacedWeights weights, CacheType cache);
}
