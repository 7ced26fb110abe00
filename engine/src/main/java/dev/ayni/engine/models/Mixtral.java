package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import java.util.List;
import java.util.Map;

/**
 * Mixtral (Jiang et al. 2024): Mistral in which each token goes through some of many feed-forward networks. Its GGUF files
 * name themselves "llama".
 */
final class Mixtral implements Architecture {
    private static final WeightNames NAMES = Llama.NAMES.and(
            "blk.*.ffn_gate_inp", "model.layers.*.block_sparse_moe.gate",
            "blk.*.ffn_gate.*", "model.layers.*.block_sparse_moe.experts.*.w1",
            "blk.*.ffn_up.*", "model.layers.*.block_sparse_moe.experts.*.w3",
            "blk.*.ffn_down.*", "model.layers.*.block_sparse_moe.experts.*.w2",
            "blk.*.ffn_gate_exps", "", // stacked only in GGUF files
            "blk.*.ffn_gate_up_exps", "",
            "blk.*.ffn_up_exps", "",
            "blk.*.ffn_down_exps", "");

    private static final String CHOSEN = "num_experts_per_tok";

    private static final Sizes.Defaults DEFAULTS =
            new Sizes.Defaults(4096, 14_336, 32, 32, 8, 0, 32_000, 131_072, 1e-5, false);

    @Override
    public String name() {
        return "mixtral";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        int window = metadata.optionalInteger("sliding_window").orElse(0);
        int experts = metadata.optionalInteger("num_local_experts").orElse(8);
        return Sizes.huggingFace(
                        metadata,
                        name(),
                        DEFAULTS,
                        (number, headWidth) -> RotaryConfig.ofModel(metadata)
                                .layer(headWidth, window)
                                .withExperts(experts))
                .withOwn(own(metadata, CHOSEN));
    }

    /** How many experts each token has, from this key; 2 where it is not there. */
    static Map<String, Integer> own(Metadata metadata, String key) {
        return Map.of(CHOSEN, metadata.optionalInteger(key).orElse(2));
    }

    /** The experts of one layer, whose weights add up to 1. */
    static Experts experts(ModelSpec spec, PlacedWeights weights, String layer, int count, Activation activation) {
        Routing routing = new Routing(spec.own(CHOSEN), Routing.Score.SOFTMAX, true, 1);
        return new Experts(weights, layer, count, routing, activation);
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
