package dev.ayni.engine.models;

import dev.ayni.engine.weights.Weights;
import java.util.List;

/** A family of encoders: how its sizes are read, which weights it has, and how it computes. One file each. */
interface EncoderFamily {
    /** The name in files: config.json's "model_type". */
    String name();

    /** The name in GGUF files, "general.architecture". */
    default String ggufName() {
        return name();
    }

    /** The sizes, from GGUF's keys or from config.json, and from what weights there are. */
    EncoderSpec spec(Weights weights);

    /** What its weights are called. */
    WeightNames names();

    /** Every weight with its shape, checked against the file before anything is computed. */
    List<WeightShape> weights(EncoderSpec spec);

    /** The encoder, its weights placed. */
    Encoder build(EncoderSpec spec, PlacedWeights weights);
}
