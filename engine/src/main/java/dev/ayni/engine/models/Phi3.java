package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Phi 3, 3.5 and 4 (Abdin et al. 2024): Llama whose queries, keys and values come of one matrix, and gate and up of another;
 * long contexts by LongRoPE (Ding et al. 2024).
 */
final class Phi3 implements Architecture {
    // T tokens, D width, N query heads, K key and value heads, H head width, F hidden, V vocabulary

    private static final WeightNames NAMES = WeightNames.table(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head",
            "blk.*.attn_norm", "model.layers.*.input_layernorm",
            "blk.*.attn_qkv", "model.layers.*.self_attn.qkv_proj",
            "blk.*.attn_output", "model.layers.*.self_attn.o_proj",
            "blk.*.ffn_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_up", "model.layers.*.mlp.gate_up_proj",
            "blk.*.ffn_down", "model.layers.*.mlp.down_proj",
            "rope_factors_short", "rope_factors_short", // only GGUF files have these
            "rope_factors_long", "rope_factors_long");

    private static final Sizes.Defaults DEFAULTS =
            new Sizes.Defaults(3072, 8192, 32, 32, 0, 0, 32_064, 4096, 1e-5, false);

    @Override
    public String name() {
        return "phi3";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF -> Sizes.gguf(metadata, name(), (number, headWidth) -> ggufLayer(metadata, headWidth));
            case HUGGING_FACE ->
                Sizes.huggingFace(
                        metadata,
                        name(),
                        DEFAULTS,
                        (number, headWidth) -> RotaryConfig.ofModel(metadata)
                                .layerWithFar(
                                        headWidth,
                                        metadata.optionalInteger("sliding_window")
                                                .orElse(0)));
        };
    }

    private static ModelSpec.Layer ggufLayer(Metadata metadata, int headWidth) {
        int window = metadata.optionalInteger("phi3.attention.sliding_window").orElse(0);
        Rotation plain = Rotations.gguf(metadata, "phi3.", headWidth, Pairing.HALVES, 10_000);
        Optional<Double> magnitude = metadata.optionalNumber("phi3.rope.scaling.attn_factor");
        if (magnitude.isEmpty()) {
            return new ModelSpec.Layer(plain, window);
        }
        // LongRoPE: the file holds the factors as weights, by which these frequencies are still to be divided
        Rotation undivided = new Rotation(
                plain.pairing(), plain.frequencies(), magnitude.get().floatValue());
        int reach = metadata.integer("phi3.rope.scaling.original_context_length");
        return new ModelSpec.Layer(undivided, window, reach, undivided);
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        long NH = (long) spec.heads() * spec.headWidth();
        long KH = (long) spec.kvHeads() * spec.headWidth();
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("output_norm.weight", D);
        if (spec.dialect() == Dialect.GGUF && spec.near() < Integer.MAX_VALUE) {
            int pairs = spec.layers().getFirst().rotation().frequencies().length;
            shapes.required("rope_factors_short.weight", pairs);
            shapes.required("rope_factors_long.weight", pairs);
        }
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            shapes.required(layer + "attn_norm.weight", D);
            shapes.required(layer + "attn_qkv.weight", NH + 2 * KH, D);
            shapes.required(layer + "attn_output.weight", D, NH);
            shapes.required(layer + "ffn_norm.weight", D);
            shapes.required(layer + "ffn_up.weight", 2 * F, D);
            shapes.required(layer + "ffn_down.weight", D, F);
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
                Rotation near,
                @Nullable Rotation far,
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
            long NH = (long) spec.heads() * spec.headWidth();
            long KH = (long) spec.kvHeads() * spec.headWidth();
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                String name = "blk." + i + ".";
                List<Linear> qkv = Linear.split(weights, name + "attn_qkv", NH, KH, KH);
                List<Linear> gateAndUp = Linear.split(weights, name + "ffn_up", spec.hidden(), spec.hidden());
                layers.add(new Layer(
                        divided(weights, layer.rotation(), "rope_factors_short.weight"),
                        layer.far() == null ? null : divided(weights, layer.far(), "rope_factors_long.weight"),
                        new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), layer.window(), 0),
                        weights.vector(name + "attn_norm.weight"),
                        qkv.get(0),
                        qkv.get(1),
                        qkv.get(2),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "ffn_norm.weight"),
                        new Gated(
                                kernels,
                                activation,
                                gateAndUp.get(0),
                                gateAndUp.get(1),
                                Linear.of(weights, name + "ffn_down"))));
            }
        }

        private static Rotation divided(PlacedWeights weights, Rotation rotation, String factors) {
            return weights.has(factors) ? Rotations.divided(rotation, weights.floats(factors)) : rotation;
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
            batch.turn(q_TNH, layer.near, layer.far);
            batch.turn(k_TKH, layer.near, layer.far);
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
