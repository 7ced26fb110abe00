package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.tensor.Rotation.Pairing;
import java.util.ArrayList;
import java.util.List;

/**
 * Qwen 2 and 2.5 (Yang et al. 2024): Llama with biases on queries, keys and values, whose later layers may see only a
 * window of latest positions.
 */
final class Qwen2 implements Architecture {
    private static final Sizes.Defaults DEFAULTS = new Sizes.Defaults(4096, 22_016, 32, 32, 32, 0, 151_936, 32_768);

    @Override
    public String name() {
        return "qwen2";
    }

    @Override
    public WeightNames names() {
        return Llama.NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF ->
                Sizes.gguf(
                        metadata,
                        name(),
                        (number, headWidth) -> new ModelSpec.Layer(
                                Rotations.gguf(metadata, "qwen2.", headWidth, Pairing.HALVES, 10_000), 0));
            case HUGGING_FACE ->
                Sizes.huggingFace(
                        metadata,
                        name(),
                        DEFAULTS,
                        (number, headWidth) ->
                                RotaryConfig.ofModel(metadata).layer(headWidth, window(metadata, number)));
        };
    }

    /** The window of a layer: none unless it is switched on, and then from the layer on that the file states. */
    static int window(Metadata metadata, int number) {
        if (!metadata.optionalFlag("use_sliding_window").orElse(false)) {
            return 0;
        }
        int window = metadata.optionalInteger("sliding_window")
                .orElse(metadata.keys().contains("sliding_window") ? 0 : 4096);
        boolean later = number >= metadata.optionalInteger("max_window_layers").orElse(28);
        return LayerTypes.windowed(metadata, number, later) ? window : 0;
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long NH = (long) spec.heads() * spec.headWidth();
        long KH = (long) spec.kvHeads() * spec.headWidth();
        List<WeightShape> shapes = new ArrayList<>(Llama.shapes(spec));
        for (int i = 0; i < spec.layers().size(); i++) {
            shapes.add(WeightShape.required("blk." + i + ".attn_q.bias", NH));
            shapes.add(WeightShape.required("blk." + i + ".attn_k.bias", KH));
            shapes.add(WeightShape.required("blk." + i + ".attn_v.bias", KH));
        }
        return shapes;
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Llama.Forward(spec, weights, cache);
    }
}
