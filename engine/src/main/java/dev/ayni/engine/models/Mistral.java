package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import java.util.List;

/**
 * Mistral (Jiang et al. 2023): Llama whose layers may see only a window of latest positions. Its GGUF files name
 * themselves "llama".
 */
final class Mistral implements Architecture {
    @Override
    public String name() {
        return "mistral";
    }

    @Override
    public WeightNames names() {
        return Llama.NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        int window = metadata.optionalInteger("sliding_window").orElse(0);
        return Sizes.read(
                metadata,
                name(),
                "",
                (number, headWidth) -> new ModelSpec.Layer(
                        Rotations.huggingFace(metadata, "", "rope_parameters", headWidth, 10_000), window));
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        return Llama.shapes(spec);
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights) {
        return new Llama.Forward(spec, weights);
    }
}
