package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Qwen 3 (Yang et al. 2025): Llama with norms on queries and keys, and heads of a width of their own. */
final class Qwen3 implements Architecture {
    // T tokens, D width, N query heads, K key and value heads, H head width, F hidden, V vocabulary

    static final WeightNames NAMES = WeightNames.table(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head",
            "blk.*.attn_norm", "model.layers.*.input_layernorm",
            "blk.*.attn_q", "model.layers.*.self_attn.q_proj",
            "blk.*.attn_q_norm", "model.layers.*.self_attn.q_norm",
            "blk.*.attn_k", "model.layers.*.self_attn.k_proj",
            "blk.*.attn_k_norm", "model.layers.*.self_attn.k_norm",
            "blk.*.attn_v", "model.layers.*.self_attn.v_proj",
            "blk.*.attn_output", "model.layers.*.self_attn.o_proj",
            "blk.*.ffn_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_gate", "model.layers.*.mlp.gate_proj",
            "blk.*.ffn_up", "model.layers.*.mlp.up_proj",
            "blk.*.ffn_down", "model.layers.*.mlp.down_proj");

    private static final Sizes.Defaults DEFAULTS = new Sizes.Defaults(4096, 22_016, 32, 32, 32, 128, 151_936, 32_768);

    @Override
    public String name() {
        return "qwen3";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF ->
                Sizes.gguf(
                        metadata,
                        name(),
                        (number, headWidth) -> new ModelSpec.Layer(
                                Rotations.gguf(metadata, "qwen3.", headWidth, Pairing.HALVES, 10_000), 0));
            case HUGGING_FACE ->
                Sizes.huggingFace(
                        metadata,
                        name(),
                        DEFAULTS,
                        (number, headWidth) ->
                                RotaryConfig.ofModel(metadata).layer(headWidth, Qwen2.window(metadata, number)));
        };
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        return shapes(spec);
    }

    static List<WeightShape> shapes(ModelSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        long H = spec.headWidth();
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("output_norm.weight", D);
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            shapes.required(layer + "attn_norm.weight", D);
            shapes.attention(layer, spec);
            shapes.required(layer + "attn_q_norm.weight", H);
            shapes.required(layer + "attn_k_norm.weight", H);
            shapes.required(layer + "ffn_norm.weight", D);
            if (spec.layers().get(i).experts() > 0) {
                Experts.addShapes(shapes, layer, spec.layers().get(i).experts(), D, spec.own("hidden"));
                continue;
            }
            shapes.gated(layer, "", F, D);
        }
        return shapes.list();
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Forward(spec, weights, cache);
    }

    /** The forward pass of Qwen 3, with or without experts. */
    static final class Forward extends Decoder {
        private final List<Layer> layers = new ArrayList<>();

        private record Layer(
                Rotation rotation,
                AttentionRule rule,
                Tensor attentionNorm_D,
                Linear q,
                Tensor qNorm_H,
                Linear k,
                Tensor kNorm_H,
                Linear v,
                Linear attentionOutput,
                Tensor hiddenNorm_D,
                FeedForward feedForward) {}

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(spec, weights, cache, Norm.rms(weights.vector("output_norm.weight")));
            Activation activation = spec.dialect() == Dialect.HUGGING_FACE
                    ? Activation.of(weights.metadata(), "hidden_act", Activation.SILU)
                    : Activation.SILU;
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        layer.rotation(),
                        new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), layer.window(), 0),
                        weights.vector(name + "attn_norm.weight"),
                        Linear.of(weights, name + "attn_q"),
                        weights.vector(name + "attn_q_norm.weight"),
                        Linear.of(weights, name + "attn_k"),
                        weights.vector(name + "attn_k_norm.weight"),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "ffn_norm.weight"),
                        layer.experts() > 0
                                ? Qwen3Moe.experts(spec, weights, name, layer.experts(), activation)
                                : Gated.of(weights, name, "", activation)));
            }
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            float epsilon = spec().normEpsilon();
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), spec().headWidth());
            Tensor k_TKH = batch.activation("k", spec().kvHeads(), spec().headWidth());
            Tensor v_TKH = batch.activation("v", spec().kvHeads(), spec().headWidth());
            Tensor attended_TNH = batch.activation("attended", spec().heads(), spec().headWidth());
            Tensor z_TD = batch.activation("z", spec().width());

            kernels.rmsNorm(y_TD, x_TD, layer.attentionNorm_D, epsilon);
            Linear.apply(kernels, y_TD, layer.q.to(q_TNH), layer.k.to(k_TKH), layer.v.to(v_TKH));
            kernels.rmsNorm(q_TNH, q_TNH, layer.qNorm_H, epsilon);
            kernels.rmsNorm(k_TKH, k_TKH, layer.kNorm_H, epsilon);
            kernels.rope(q_TNH, batch.positions(), layer.rotation);
            kernels.rope(k_TKH, batch.positions(), layer.rotation);
            kernels.append(batch.views(number), k_TKH, v_TKH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), layer.rule);
            Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);

            kernels.rmsNorm(y_TD, x_TD, layer.hiddenNorm_D, epsilon);
            layer.feedForward.apply(batch, y_TD, z_TD);
            kernels.add(x_TD, z_TD);
        }
    }
}
