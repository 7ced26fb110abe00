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
 * Muse Glimmer's text half (Meta 2026; as transformers and llama.cpp compute it): three layers that see a window and turn,
 * then one that sees everything and does not; norms before and after each half, on embeddings, queries and keys; attention
 * through a gate; soft-capped logits.
 */
final class MuseGlimmer implements Architecture {
    // T tokens, D width, N query heads, K key and value heads, H head width, F hidden, V vocabulary

    private static final WeightNames NAMES = WeightNames.table(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head",
            "blk.*.attn_norm", "model.layers.*.input_layernorm",
            "blk.*.attn_q", "model.layers.*.self_attn.q_proj",
            "blk.*.attn_q_norm", "model.layers.*.self_attn.q_norm", // only GGUF files have norms of queries and keys
            "blk.*.attn_k", "model.layers.*.self_attn.k_proj",
            "blk.*.attn_k_norm", "model.layers.*.self_attn.k_norm",
            "blk.*.attn_v", "model.layers.*.self_attn.v_proj",
            "blk.*.attn_gate", "model.layers.*.self_attn.gate_proj",
            "blk.*.attn_output", "model.layers.*.self_attn.o_proj",
            "blk.*.post_attention_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_norm", "model.layers.*.pre_feedforward_layernorm",
            "blk.*.ffn_gate", "model.layers.*.mlp.gate_proj",
            "blk.*.ffn_up", "model.layers.*.mlp.up_proj",
            "blk.*.ffn_down", "model.layers.*.mlp.down_proj",
            "blk.*.post_ffw_norm", "model.layers.*.post_feedforward_layernorm");

    /** Where a file does not say which layers see everything, every fourth does, counted from the last. */
    private static final int PATTERN = 4;

    private static final double BASE = 10_000;
    private static final Sizes.Defaults DEFAULTS =
            new Sizes.Defaults(6656, 19_968, 52, 32, 2, 128, 202_048, 131_072, 1e-5, false);

    @Override
    public String name() {
        return "muse-glimmer";
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
                int layers = metadata.optionalInteger("num_hidden_layers").orElse(DEFAULTS.layers());
                yield Sizes.huggingFace(
                        metadata, name(), DEFAULTS, (number, headWidth) -> layer(metadata, number, layers, headWidth));
            }
        };
    }

    private static ModelSpec.Layer ggufLayer(Metadata metadata, int number, int headWidth) {
        String prefix = "muse-glimmer.";
        return LayerTypes.windowed(metadata, prefix, number, PATTERN)
                ? new ModelSpec.Layer(
                        Rotations.gguf(metadata, prefix, headWidth, Pairing.NEIGHBOURS, BASE),
                        metadata.integer(prefix + "attention.sliding_window"))
                : ModelSpec.Layer.unturned(0, Integer.MAX_VALUE);
    }

    private static ModelSpec.Layer layer(Metadata metadata, int number, int layers, int headWidth) {
        boolean usual = (layers - 1 - number) % PATTERN != 0;
        int window = LayerTypes.windowed(metadata, number, usual)
                ? metadata.optionalInteger("sliding_window").orElse(2048)
                : 0;
        return turns(metadata, number, usual)
                ? RotaryConfig.ofModel(metadata).layer(headWidth, window)
                : ModelSpec.Layer.unturned(window, Integer.MAX_VALUE);
    }

    /** A layer's own base says only whether it turns; all that do so turn by the model's. */
    private static boolean turns(Metadata metadata, int number, boolean otherwise) {
        List<?> bases = metadata.list("layer_rope_theta");
        if (bases.isEmpty()) {
            return otherwise;
        }
        if (number < bases.size() && bases.get(number) instanceof Number base) {
            return base.doubleValue() != 0;
        }
        throw new WeightsException(
                "%s: 'layer_rope_theta' has no number for layer %d. The file is broken; get it again."
                        .formatted(metadata.source(), number));
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        long H = spec.headWidth();
        long NH = spec.heads() * H;
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("output_norm.weight", D);
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            shapes.required(layer + "attn_norm.weight", D);
            shapes.attention(layer, spec);
            shapes.required(layer + "attn_gate.weight", NH, D);
            if (spec.dialect() == Dialect.GGUF) {
                shapes.required(layer + "attn_q_norm.weight", H);
                shapes.required(layer + "attn_k_norm.weight", H);
            }
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
        private final Tensor embeddingNorm_D;
        private final float afterEpsilon;
        private final float logitScale;
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
                Linear attentionGate,
                Linear attentionOutput,
                Tensor afterAttentionNorm_D,
                Tensor hiddenNorm_D,
                FeedForward feedForward,
                Tensor afterHiddenNorm_D) {}

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(
                    spec,
                    weights,
                    cache,
                    Norm.rms(weights.vector("output_norm.weight")),
                    weights.output(false)); // what the text half says of it does not count if the file has a matrix
            Metadata metadata = weights.metadata();
            boolean gguf = spec.dialect() == Dialect.GGUF;
            // published norms of layers are stored less one; the conversion to GGUF adds it
            float one = gguf ? 0 : 1;
            embeddingNorm_D = weights.filled(spec.width(), 1);
            // GGUF has no key for it
            afterEpsilon = metadata.optionalNumber("post_norm_eps").orElse(1e-8).floatValue();
            logitScale = (float)
                    (gguf
                            ? metadata.number("muse-glimmer.logit_scale")
                            : metadata.optionalNumber("output_multiplier").orElse(0.19611613513818404));
            softcap = metadata.optionalNumber((gguf ? "muse-glimmer." : "") + "final_logit_softcapping")
                    .orElse(gguf ? 0.0 : 20.0)
                    .floatValue();
            Activation activation =
                    gguf ? Activation.SILU : Activation.of(metadata, "hidden_activation", Activation.SILU);
            // the factor of queries; GGUF files hold it as the weight of their norm
            float factor =
                    metadata.optionalNumber("qk_scale_factor").orElse(3.87).floatValue();
            int H = spec.headWidth();
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        layer.rotation(),
                        new AttentionRule((float) (1 / Math.sqrt(H)), layer.window(), 0),
                        weights.vector(name + "attn_norm.weight", one),
                        Linear.of(weights, name + "attn_q"),
                        gguf ? weights.vector(name + "attn_q_norm.weight") : weights.filled(H, factor),
                        Linear.of(weights, name + "attn_k"),
                        gguf ? weights.vector(name + "attn_k_norm.weight") : weights.filled(H, 1),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_gate"),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "post_attention_norm.weight", one),
                        weights.vector(name + "ffn_norm.weight", one),
                        Gated.of(weights, name, "", activation),
                        weights.vector(name + "post_ffw_norm.weight", one)));
            }
        }

        @Override
        void embed(Batch batch, Tensor x_TD) {
            super.embed(batch, x_TD);
            kernels.rmsNorm(x_TD, x_TD, embeddingNorm_D, spec().normEpsilon());
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            float epsilon = spec().normEpsilon();
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), spec().headWidth());
            Tensor k_TKH = batch.activation("k", spec().kvHeads(), spec().headWidth());
            Tensor v_TKH = batch.activation("v", spec().kvHeads(), spec().headWidth());
            Tensor through_TNH = batch.activation("through", spec().heads(), spec().headWidth());
            Tensor attended_TNH = batch.activation("attended", spec().heads(), spec().headWidth());
            Tensor z_TD = batch.activation("z", spec().width());

            kernels.rmsNorm(y_TD, x_TD, layer.attentionNorm_D, epsilon);
            Linear.apply(
                    kernels,
                    y_TD,
                    layer.q.to(q_TNH),
                    layer.k.to(k_TKH),
                    layer.v.to(v_TKH),
                    layer.attentionGate.to(through_TNH));
            kernels.rmsNorm(q_TNH, q_TNH, layer.qNorm_H, epsilon);
            kernels.rmsNorm(k_TKH, k_TKH, layer.kNorm_H, epsilon);
            if (spec().layers().get(number).turns()) {
                kernels.rope(q_TNH, batch.positions(), layer.rotation);
                kernels.rope(k_TKH, batch.positions(), layer.rotation);
            }
            kernels.append(batch.views(number), k_TKH, v_TKH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), layer.rule);
            kernels.sigmoidMultiply(through_TNH, attended_TNH);
            Linear.apply(kernels, through_TNH, layer.attentionOutput.to(y_TD));
            kernels.rmsNorm(y_TD, y_TD, layer.afterAttentionNorm_D, afterEpsilon);
            kernels.add(x_TD, y_TD);

            kernels.rmsNorm(y_TD, x_TD, layer.hiddenNorm_D, epsilon);
            layer.feedForward.apply(batch, y_TD, z_TD);
            kernels.rmsNorm(z_TD, z_TD, layer.afterHiddenNorm_D, afterEpsilon);
            kernels.add(x_TD, z_TD);
        }

        @Override
        void logits(Tensor out_TV, Tensor x_TD) {
            super.logits(out_TV, x_TD);
            kernels.scale(out_TV, logitScale);
            if (softcap > 0) {
                kernels.softcap(out_TV, softcap);
            }
        }
    }
}
