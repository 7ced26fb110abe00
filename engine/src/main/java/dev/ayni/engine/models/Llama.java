package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Llama 1, 2, 3, 3.1, 3.2 and their kin, SmolLM2 among them (Touvron et al. 2023; Grattafiori et al. 2024): norm before
 * each half, grouped query heads, rotary positions, gated feed-forward.
 */
final class Llama implements Architecture {
    // T tokens, D width, N query heads, K key and value heads, H head width, F hidden, V vocabulary

    static final WeightNames NAMES = WeightNames.table(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head",
            "blk.*.attn_norm", "model.layers.*.input_layernorm",
            "blk.*.attn_q", "model.layers.*.self_attn.q_proj",
            "blk.*.attn_k", "model.layers.*.self_attn.k_proj",
            "blk.*.attn_v", "model.layers.*.self_attn.v_proj",
            "blk.*.attn_output", "model.layers.*.self_attn.o_proj",
            "blk.*.ffn_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_gate", "model.layers.*.mlp.gate_proj",
            "blk.*.ffn_up", "model.layers.*.mlp.up_proj",
            "blk.*.ffn_down", "model.layers.*.mlp.down_proj",
            "rope_freqs", "rope_freqs"); // only GGUF files have it

    private static final Sizes.Defaults DEFAULTS = new Sizes.Defaults(4096, 11_008, 32, 32, 0, 0, 32_000, 2048);

    @Override
    public String name() {
        return "llama";
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
                                                Rotations.gguf(
                                                        metadata, "llama.", headWidth, Pairing.NEIGHBOURS, 10_000),
                                                metadata.optionalInteger("llama.attention.sliding_window")
                                                        .orElse(0)) // Mistral 7B 0.1
                                        // Mixtral's files name themselves "llama" as well
                                        .withExperts(metadata.optionalInteger("llama.expert_count")
                                                .orElse(0)))
                        .withOwn(Mixtral.own(metadata, "llama.expert_used_count"));
            case HUGGING_FACE ->
                Sizes.huggingFace(
                        metadata,
                        name(),
                        DEFAULTS,
                        (number, headWidth) -> RotaryConfig.ofModel(metadata).layer(headWidth, 0));
        };
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        return shapes(spec);
    }

    static List<WeightShape> shapes(ModelSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("output_norm.weight", D);
        if (spec.dialect() == Dialect.GGUF) {
            int pairs = spec.layers().getFirst().rotation().frequencies().length;
            shapes.optional("rope_freqs.weight", pairs);
        }
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            shapes.required(layer + "attn_norm.weight", D);
            shapes.attention(layer, spec);
            shapes.required(layer + "ffn_norm.weight", D);
            if (spec.layers().get(i).experts() > 0) {
                Experts.addShapes(shapes, layer, spec.layers().get(i).experts(), D, F);
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

    /** The forward pass of Llama, and of every family that differs from it only in sizes. */
    static final class Forward extends Decoder {
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
                FeedForward feedForward) {}

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(spec, weights, cache, Norm.rms(weights.vector("output_norm.weight")));
            Activation activation = spec.dialect() == Dialect.HUGGING_FACE
                    ? Activation.of(weights.metadata(), "hidden_act", Activation.SILU)
                    : Activation.SILU;
            float @Nullable [] factors = weights.has("rope_freqs.weight") ? weights.floats("rope_freqs.weight") : null;
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        factors == null ? layer.rotation() : Rotations.divided(layer.rotation(), factors),
                        new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), layer.window(), 0),
                        weights.vector(name + "attn_norm.weight"),
                        Linear.of(weights, name + "attn_q"),
                        Linear.of(weights, name + "attn_k"),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "ffn_norm.weight"),
                        layer.experts() > 0
                                ? Mixtral.experts(spec, weights, name, layer.experts(), activation)
                                : Gated.of(weights, name, "", activation)));
            }
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), spec().headWidth());
            Tensor k_TKH = batch.activation("k", spec().kvHeads(), spec().headWidth());
            Tensor v_TKH = batch.activation("v", spec().kvHeads(), spec().headWidth());
            Tensor attended_TNH = batch.activation("attended", spec().heads(), spec().headWidth());
            Tensor z_TD = batch.activation("z", spec().width());

            kernels.rmsNorm(y_TD, x_TD, layer.attentionNorm_D, spec().normEpsilon());
            Linear.apply(kernels, y_TD, layer.q.to(q_TNH), layer.k.to(k_TKH), layer.v.to(v_TKH));
            kernels.rope(q_TNH, batch.positions(), layer.rotation);
            kernels.rope(k_TKH, batch.positions(), layer.rotation);
            kernels.append(batch.views(number), k_TKH, v_TKH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), layer.rule);
            Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);

            kernels.rmsNorm(y_TD, x_TD, layer.hiddenNorm_D, spec().normEpsilon());
            layer.feedForward.apply(batch, y_TD, z_TD);
            kernels.add(x_TD, z_TD);
        }
    }
}
