package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * gpt-oss (OpenAI 2025): experts with biases and a clamped activation in every layer, attention with sinks, every other
 * layer with a window, positions stretched by YaRN.
 */
final class GptOss implements Architecture {
    // T tokens, D width, N query heads, K key and value heads, H head width, F hidden, E experts, V vocabulary

    private static final WeightNames NAMES = WeightNames.table(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head",
            "blk.*.attn_norm", "model.layers.*.input_layernorm",
            "blk.*.attn_q", "model.layers.*.self_attn.q_proj",
            "blk.*.attn_k", "model.layers.*.self_attn.k_proj",
            "blk.*.attn_v", "model.layers.*.self_attn.v_proj",
            "blk.*.attn_output", "model.layers.*.self_attn.o_proj",
            "blk.*.attn_sinks.weight", "model.layers.*.self_attn.sinks",
            "blk.*.post_attention_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_gate_inp", "model.layers.*.mlp.router",
            "blk.*.ffn_gate.*", "", // no expert stands by itself
            "blk.*.ffn_up.*", "",
            "blk.*.ffn_down.*", "",
            "blk.*.ffn_gate_exps",
                    "", // parted only in GGUF files; published: gate and up by turns, [in, out] or blocks
            "blk.*.ffn_up_exps", "",
            "blk.*.ffn_down_exps", "",
            "blk.*.ffn_gate_up_exps", "",
            "blk.*.ffn_gate_up_exps.columns", "model.layers.*.mlp.experts.gate_up_proj",
            "blk.*.ffn_gate_up_exps.blocks", "model.layers.*.mlp.experts.gate_up_proj_blocks",
            "blk.*.ffn_gate_up_exps.scales", "model.layers.*.mlp.experts.gate_up_proj_scales",
            "blk.*.ffn_gate_up_exps.bias", "model.layers.*.mlp.experts.gate_up_proj_bias",
            "blk.*.ffn_down_exps.columns", "model.layers.*.mlp.experts.down_proj",
            "blk.*.ffn_down_exps.blocks", "model.layers.*.mlp.experts.down_proj_blocks",
            "blk.*.ffn_down_exps.scales", "model.layers.*.mlp.experts.down_proj_scales",
            "blk.*.ffn_down_exps.bias", "model.layers.*.mlp.experts.down_proj_bias");

    private static final String GGUF = "gpt-oss.";
    private static final Sizes.Defaults DEFAULTS =
            new Sizes.Defaults(2880, 2880, 36, 64, 8, 64, 201_088, 131_072, 1e-5, false);

    @Override
    public String name() {
        return "gpt_oss";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        boolean gguf = metadata.dialect() == Dialect.GGUF;
        int experts = metadata.optionalInteger(gguf ? GGUF + "expert_count" : "num_local_experts")
                .orElse(gguf ? 32 : 128);
        int window = metadata.optionalInteger(gguf ? GGUF + "attention.sliding_window" : "sliding_window")
                .orElse(metadata.keys().contains("sliding_window") ? 0 : 128);
        ModelSpec spec = gguf
                ? Sizes.gguf(
                        metadata,
                        "gpt-oss",
                        (number, headWidth) -> new ModelSpec.Layer(
                                        Rotations.gguf(metadata, GGUF, headWidth, Pairing.HALVES, 150_000, false),
                                        LayerTypes.windowed(metadata, GGUF, number, 2) ? window : 0)
                                .withExperts(experts))
                : Sizes.huggingFace(
                        metadata,
                        name(),
                        DEFAULTS,
                        (number, headWidth) -> RotaryConfig.ofModel(metadata)
                                .layer(headWidth, LayerTypes.windowed(metadata, number, number % 2 == 0) ? window : 0)
                                .withExperts(experts));
        int hidden =
                metadata.optionalInteger(GGUF + "expert_feed_forward_length").orElse(spec.hidden());
        int chosen = metadata.optionalInteger(gguf ? GGUF + "expert_used_count" : "num_experts_per_tok")
                .orElse(4);
        return spec.withOwn(Map.of("hidden", hidden, "chosen", chosen));
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        long F = spec.own("hidden");
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("output_norm.weight", D);
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            long E = spec.layers().get(i).experts();
            shapes.required(layer + "attn_norm.weight", D);
            shapes.attention(layer, spec);
            shapes.required(layer + "attn_sinks.weight", spec.heads());
            shapes.required(layer + "post_attention_norm.weight", D);
            Experts.addShapes(shapes, layer, E, D, F);
            shapes.optional(layer + "ffn_gate_inp.bias", E);
            shapes.optional(layer + "ffn_gate_exps.bias", E, F);
            shapes.optional(layer + "ffn_up_exps.bias", E, F);
            shapes.optional(layer + "ffn_down_exps.bias", E, D);
            shapes.optional(layer + "ffn_gate_up_exps.columns", E, D, 2 * F);
            shapes.optional(layer + "ffn_gate_up_exps.bias", E, 2 * F);
            shapes.optional(layer + "ffn_down_exps.columns", E, F, D);
        }
        return shapes.list();
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Forward(spec, weights, cache);
    }

    private static final class Forward extends Decoder {
        private final List<Layer> layers = new ArrayList<>();

        private record Layer(
                Rotation rotation,
                AttentionRule rule,
                Tensor attentionNorm_D,
                Linear q,
                Linear k,
                Linear v,
                Linear attentionOutput,
                Tensor hiddenNorm_D,
                Experts experts) {}

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(spec, weights, cache, Norm.rms(weights.vector("output_norm.weight")));
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                String name = "blk." + i + ".";
                AttentionRule rule = new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), layer.window(), 0);
                layers.add(new Layer(
                        layer.rotation(),
                        rule.withSinks(weights.vector(name + "attn_sinks.weight")),
                        weights.vector(name + "attn_norm.weight"),
                        Linear.of(weights, name + "attn_q"),
                        Linear.of(weights, name + "attn_k"),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "post_attention_norm.weight"),
                        experts(spec, weights, name, layer.experts())));
            }
        }

        private static Experts experts(ModelSpec spec, PlacedWeights weights, String layer, int count) {
            Metadata metadata = weights.metadata();
            float alpha = metadata.optionalNumber("swiglu_alpha").orElse(1.702).floatValue();
            float limit = metadata.optionalNumber("swiglu_limit").orElse(7.0).floatValue();
            int hidden = spec.own("hidden");
            boolean together = spec.dialect() == Dialect.HUGGING_FACE; // gate and up by turns
            String both = layer + "ffn_gate_up_exps";
            String down = layer + "ffn_down_exps";
            return new Experts(
                    weights.kernels(),
                    Linear.of(weights, layer + "ffn_gate_inp"),
                    new Routing(spec.own("chosen"), Routing.Score.SOFTMAX, true, 1),
                    together
                            ? weights.expertColumns(both, count, spec.width(), new Columns(0, 2, hidden))
                            : weights.experts(layer + "ffn_gate", count),
                    together
                            ? weights.expertColumns(both, count, spec.width(), new Columns(1, 2, hidden))
                            : weights.experts(layer + "ffn_up", count),
                    together
                            ? weights.expertColumns(down, count, hidden, new Columns(0, 1, spec.width()))
                            : weights.experts(layer + "ffn_down", count),
                    (kernels, gate_RF, up_RF) -> kernels.clampedSwiglu(gate_RF, up_RF, alpha, limit),
                    false);
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor z_TD = batch.activation("z", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), spec().headWidth());
            Tensor k_TKH = batch.activation("k", spec().kvHeads(), spec().headWidth());
            Tensor v_TKH = batch.activation("v", spec().kvHeads(), spec().headWidth());
            Tensor attended_TNH = batch.activation("attended", spec().heads(), spec().headWidth());

            kernels.rmsNorm(y_TD, x_TD, layer.attentionNorm_D, spec().normEpsilon());
            Linear.apply(kernels, y_TD, layer.q.to(q_TNH), layer.k.to(k_TKH), layer.v.to(v_TKH));
            kernels.rope(q_TNH, batch.positions(), layer.rotation);
            kernels.rope(k_TKH, batch.positions(), layer.rotation);
            kernels.append(batch.views(number), k_TKH, v_TKH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), layer.rule);
            Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);

            kernels.rmsNorm(y_TD, x_TD, layer.hiddenNorm_D, spec().normEpsilon());
            layer.experts.apply(batch, y_TD, z_TD);
            kernels.add(x_TD, z_TD);
        }
    }
}
