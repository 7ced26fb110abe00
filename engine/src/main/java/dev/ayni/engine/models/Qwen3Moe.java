package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.tensor.Rotation.Pairing;
import java.util.List;
import java.util.Map;

/** Qwen 3 with experts (Yang et al. 2025): Qwen 3 in which some layers, or all, have many feed-forward networks. */
final class Qwen3Moe implements Architecture {
    private static final WeightNames NAMES = Qwen3.NAMES.and(
            "blk.*.ffn_gate_inp", "model.layers.*.mlp.gate",
            "blk.*.ffn_gate.*", "model.layers.*.mlp.experts.*.gate_proj",
            "blk.*.ffn_up.*", "model.layers.*.mlp.experts.*.up_proj",
            "blk.*.ffn_down.*", "model.layers.*.mlp.experts.*.down_proj",
            "blk.*.ffn_gate_up_exps.weight", "model.layers.*.mlp.experts.gate_up_proj",
            "blk.*.ffn_gate_exps", "", // so stacked only in GGUF files
            "blk.*.ffn_up_exps", "",
            "blk.*.ffn_down_exps.weight", "model.layers.*.mlp.experts.down_proj");

    private static final Sizes.Defaults DEFAULTS = new Sizes.Defaults(2048, 6144, 24, 32, 4, 0, 151_936, 32_768);

    @Override
    public String name() {
        return "qwen3_moe";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF -> {
                int experts = metadata.integer("qwen3moe.expert_count");
                ModelSpec spec = Sizes.gguf(
                        metadata,
                        "qwen3moe",
                        (number, headWidth) -> new ModelSpec.Layer(
                                        Rotations.gguf(metadata, "qwen3moe.", headWidth, Pairing.HALVES, 1_000_000), 0)
                                .withExperts(experts));
                int chosen = metadata.integer("qwen3moe.expert_used_count");
                int hidden = metadata.optionalInteger("qwen3moe.expert_feed_forward_length")
                        .orElse(spec.hidden() / Math.max(1, chosen));
                yield spec.withOwn(Map.of("chosen", chosen, "hidden", hidden, "normalized", 1));
            }
            case HUGGING_FACE -> {
                int experts = metadata.optionalInteger("num_experts")
                        .or(() -> metadata.optionalInteger("num_local_experts")) // as newer transformers write it
                        .orElse(128);
                // where it is switched on, all layers have it
                boolean windowed = metadata.optionalFlag("use_sliding_window").orElse(false);
                int window =
                        windowed ? metadata.optionalInteger("sliding_window").orElse(4096) : 0;
                int step = Math.max(
                        1, metadata.optionalInteger("decoder_sparse_step").orElse(1));
                List<?> dense = metadata.list("mlp_only_layers");
                yield Sizes.huggingFace(
                                metadata,
                                name(),
                                DEFAULTS,
                                (number, headWidth) -> RotaryConfig.ofModel(metadata)
                                        .layer(headWidth, window)
                                        .withExperts(
                                                (number + 1) % step == 0 && !dense.contains((long) number)
                                                        ? experts
                                                        : 0))
                        .withOwn(Map.of(
                                "chosen",
                                metadata.optionalInteger("num_experts_per_tok").orElse(8),
                                "hidden",
                                metadata.optionalInteger("moe_intermediate_size")
                                        .orElse(768),
                                "normalized",
                                metadata.optionalFlag("norm_topk_prob").orElse(false) ? 1 : 0));
            }
        };
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        return Qwen3.shapes(spec);
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Qwen3.Forward(spec, weights, cache);
    }

    /** The experts of one layer. */
    static Experts experts(ModelSpec spec, PlacedWeights weights, String layer, int count, Activation activation) {
        boolean normalized = spec.own("normalized") == 1;
        Routing routing = new Routing(spec.own("chosen"), Routing.Score.SOFTMAX, normalized, 1);
        return new Experts(weights, layer, count, routing, activation);
    }
}
