package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import java.util.List;

/**
 * Mistral (Jiang et al. 2023): Llama whose layers may see only a window of latest positions. Its GGUF files name
 * themselves "llama".
 */
final class Mistral implements Architecture {
    private static final Sizes.Defaults DEFAULTS = new Sizes.Defaults(4096, 14_336, 32, 32, 8, 0, 32_000, 131_072);

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
        // null says that all is seen, as in later versions; silence means the window of the first
        int window = metadata.optionalInteger("sliding_window")
                .orElse(metadata.keys().contains("sliding_window") ? 0 : 4096);
        return Sizes.huggingFace(
                metadata,
                name(),
                DEFAULTS,
                (number, headWidth) -> RotaryConfig.ofModel(metadata).layer(headWidth, window));
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        return Llama.shapes(spec);
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Llama.Forward(spec, weights, cache);
    }
}
