package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Gemma 3, text (Gemma Team 2025): norms before and after each half and on every query and key head, most layers with a
 * window and their own rotation, embeddings scaled by the root of the width.
 */
final class Gemma3 implements Architecture {
    // T tokens, D width, N query heads, K key and value heads, H head width, F hidden, V vocabulary

    private static final WeightNames NAMES = WeightNames.table(
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
            "blk.*.post_attention_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_norm", "model.layers.*.pre_feedforward_layernorm",
            "blk.*.ffn_gate", "model.layers.*.mlp.gate_proj",
            "blk.*.ffn_up", "model.layers.*.mlp.up_proj",
            "blk.*.ffn_down", "model.layers.*.mlp.down_proj",
            "blk.*.post_ffw_norm", "model.layers.*.post_feedforward_layernorm");

    /** Where a file does not say which layers see everything, every sixth does. */
    private static final int PATTERN = 6;

    private static final Sizes.Defaults DEFAULTS =
            new Sizes.Defaults(2304, 9216, 26, 8, 4, 256, 262_208, 131_072, 1e-6, true);

    @Override
    public String name() {
        return "gemma3";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF -> Sizes.gguf(metadata, name(), (number, headWidth) -> ggufLayer(metadata, number, headWidth));
            case HUGGING_FACE -> {
                if (metadata.optionalFlag("use_bidirectional_attention").orElse(false)) {
                    throw new WeightsException(
                            "%s is an encoder (each token sees those after it), which this version does not compute. Choose a model that continues text; `ayni models` lists some."
                                    .formatted(metadata.source()));
                }
                yield Sizes.huggingFace(
                        metadata, name(), DEFAULTS, (number, headWidth) -> layer(metadata, number, headWidth));
            }
        };
    }

    private static ModelSpec.Layer ggufLayer(Metadata metadata, int number, int headWidth) {
        int window = metadata.optionalInteger("gemma3.attention.sliding_window").orElse(0);
        if (window == 0 || !LayerTypes.windowed(metadata, "gemma3.", number, PATTERN)) {
            return new ModelSpec.Layer(Rotations.gguf(metadata, "gemma3.", headWidth, Pairing.HALVES, 1_000_000), 0);
        }
        double base = metadata.optionalNumber("gemma3.rope.freq_base_swa").orElse(10_000.0);
        return new ModelSpec.Layer(new Rotation(Pairing.HALVES, Rotations.plain(base, headWidth), 1), window);
    }

    private static ModelSpec.Layer layer(Metadata metadata, int number, int headWidth) {
        return windowed(metadata, number)
                ? RotaryConfig.ofLayers(metadata, "sliding_attention", "rope_local_base_freq", 10_000)
                        .layer(
                                headWidth,
                                metadata.optionalInteger("sliding_window").orElse(4096))
                : RotaryConfig.ofLayers(metadata, "full_attention", "rope_theta", 1_000_000)
                        .layer(headWidth, 0);
    }

    private static boolean windowed(Metadata metadata, int number) {
        int pattern = metadata.optionalInteger("sliding_window_pattern").orElse(PATTERN);
        return LayerTypes.windowed(metadata, number, pattern == 0 || (number + 1) % pattern != 0);
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
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
            shapes.required(layer + "post_attention_norm.weight", D);
            shapes.required(layer + "ffn_norm.weight", D);
            shapes.gated(layer, "", F, D);
            shapes.required(layer + "post_ffw_norm.weight", D);
        }
        return shapes.list();
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Forward(spec, weights, cache);
    }

    private static final class Forward extends Decoder {
        private final float embeddingScale;
        private final float softcap;
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
                Tensor afterAttentionNorm_D,
                Tensor hiddenNorm_D,
                FeedForward feedForward,
                Tensor afterHiddenNorm_D) {}

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(spec, weights, cache, Norm.rms(weights.vector("output_norm.weight", normOffset(spec))));
            Metadata metadata = weights.metadata();
            float one = normOffset(spec);
            float scale = queryScale(spec, metadata);
            softcap = metadata.optionalNumber(
                            (spec.dialect() == Dialect.GGUF ? "gemma3." : "") + "final_logit_softcapping")
                    .orElse(0.0)
                    .floatValue();
            embeddingScale = (float) Math.sqrt(spec.width());
            Activation activation = spec.dialect() == Dialect.HUGGING_FACE
                    ? Activation.of(metadata, "hidden_activation", Activation.GELU)
                    : Activation.GELU;
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        layer.rotation(),
                        new AttentionRule(scale, layer.window(), 0),
                        weights.vector(name + "attn_norm.weight", one),
                        Linear.of(weights, name + "attn_q"),
                        weights.vector(name + "attn_q_norm.weight", one),
                        Linear.of(weights, name + "attn_k"),
                        weights.vector(name + "attn_k_norm.weight", one),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "post_attention_norm.weight", one),
                        weights.vector(name + "ffn_norm.weight", one),
                        Gated.of(weights, name, "", activation),
                        weights.vector(name + "post_ffw_norm.weight", one)));
            }
        }

        /** What is added to the weights of norms: published ones are stored less one; the conversion to GGUF adds it. */
        private static float normOffset(ModelSpec spec) {
            return spec.dialect() == Dialect.HUGGING_FACE ? 1 : 0;
        }

        /** 1 / sqrt(head width), except where the model was trained with another number. */
        private static float queryScale(ModelSpec spec, Metadata metadata) {
            double divisor = switch (spec.dialect()) {
                // GGUF has no key for it; the 27B model, known by its 62 layers, divides the width by the heads
                case GGUF -> spec.layers().size() == 62 ? spec.width() / spec.heads() : spec.headWidth();
                case HUGGING_FACE ->
                    metadata.optionalNumber("query_pre_attn_scalar").orElse(256.0);
            };
            return (float) (1 / Math.sqrt(divisor));
        }

        @Override
        void embed(Batch batch, Tensor x_TD) {
            super.embed(batch, x_TD);
            kernels.scale(x_TD, embeddingScale);
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
            kernels.rmsNorm(y_TD, y_TD, layer.afterAttentionNorm_D, epsilon);
            kernels.add(x_TD, y_TD);

            kernels.rmsNorm(y_TD, x_TD, layer.hiddenNorm_D, epsilon);
            layer.feedForward.apply(batch, y_TD, z_TD);
            kernels.rmsNorm(z_TD, z_TD, layer.afterHiddenNorm_D, epsilon);
            kernels.add(x_TD, z_TD);
        }

        @Override
        void logits(Tensor out_TV, Tensor x_TD) {
            super.logits(out_TV, x_TD);
            if (softcap > 0) {
                kernels.softcap(out_TV, softcap);
            }
        }
    }
}
