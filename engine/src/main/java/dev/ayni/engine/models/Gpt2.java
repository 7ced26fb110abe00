package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * GPT-2 (Radford et al. 2019): learned positions, norm before each half, one matrix for queries, keys and values, a
 * feed-forward part without a gate. Its publisher stores matrices column by column; GGUF files do not.
 */
final class Gpt2 implements Architecture {
    // T tokens, D width, N heads, H head width, F hidden, V vocabulary, P positions

    private static final WeightNames NAMES = WeightNames.table(
                    "token_embd", "wte",
                    "position_embd", "wpe",
                    "output_norm", "ln_f",
                    "output", "lm_head",
                    "blk.*.attn_norm", "h.*.ln_1",
                    "blk.*.attn_qkv", "h.*.attn.c_attn",
                    "blk.*.attn_output", "h.*.attn.c_proj",
                    "blk.*.ffn_norm", "h.*.ln_2",
                    "blk.*.ffn_up", "h.*.mlp.c_fc",
                    "blk.*.ffn_down", "h.*.mlp.c_proj")
            .maybeUnder("transformer.", "lm_head");

    private static final Sizes.Keys KEYS = new Sizes.Keys(
            "n_embd", "n_inner", "n_layer", "n_head", "n_head", "head_dim", "n_positions", "layer_norm_epsilon");

    private static final Sizes.Defaults DEFAULTS = new Sizes.Defaults(768, 0, 12, 12, 0, 0, 50_257, 1024, 1e-5, true);

    @Override
    public String name() {
        return "gpt2";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF -> {
                int positions = metadata.integer("gpt2.context_length");
                yield Sizes.ggufWithLayerNorm(
                        metadata, name(), (number, headWidth) -> ModelSpec.Layer.unturned(0, positions));
            }
            case HUGGING_FACE -> {
                int positions = metadata.optionalInteger(KEYS.context()).orElse(DEFAULTS.context());
                yield Sizes.huggingFace(
                        metadata,
                        name(),
                        KEYS,
                        DEFAULTS,
                        (number, headWidth) -> ModelSpec.Layer.unturned(0, positions));
            }
        };
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("position_embd.weight", spec.context(), D);
        shapes.withBias("output_norm", D);
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            shapes.withBias(layer + "attn_norm", D);
            matrix(shapes, spec, layer + "attn_qkv", 3 * D, D);
            matrix(shapes, spec, layer + "attn_output", D, D);
            shapes.withBias(layer + "ffn_norm", D);
            matrix(shapes, spec, layer + "ffn_up", F, D);
            matrix(shapes, spec, layer + "ffn_down", D, F);
        }
        return shapes.list();
    }

    private static void matrix(WeightShapes shapes, ModelSpec spec, String name, long out, long in) {
        boolean byColumns = spec.dialect() == Dialect.HUGGING_FACE;
        shapes.required(name + ".weight", byColumns ? in : out, byColumns ? out : in);
        shapes.required(name + ".bias", out);
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Forward(spec, weights, cache);
    }

    private static final class Forward extends Decoder {
        private final HostTensor positions_PD;
        private final Activation activation;
        private final List<Layer> layers = new ArrayList<>();

        private record Layer(
                AttentionRule rule,
                LayerNorm attentionNorm,
                Linear q,
                Linear k,
                Linear v,
                Linear attentionOutput,
                LayerNorm hiddenNorm,
                Linear up,
                Linear down) {}

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(spec, weights, cache, LayerNorm.of(weights, "output_norm"));
            Metadata metadata = weights.metadata();
            positions_PD = weights.host("position_embd.weight");
            activation = spec.dialect() == Dialect.HUGGING_FACE
                    ? Activation.of(metadata, "activation_function", Activation.GELU)
                    : Activation.GELU;
            long D = spec.width();
            for (int i = 0; i < spec.layers().size(); i++) {
                String name = "blk." + i + ".";
                List<Linear> qkv = linear(weights, name + "attn_qkv", D, D, D);
                layers.add(new Layer(
                        new AttentionRule(scale(metadata, i), 0, 0),
                        LayerNorm.of(weights, name + "attn_norm"),
                        qkv.get(0),
                        qkv.get(1),
                        qkv.get(2),
                        linear(weights, name + "attn_output", D).getFirst(),
                        LayerNorm.of(weights, name + "ffn_norm"),
                        linear(weights, name + "ffn_up", spec.hidden()).getFirst(),
                        linear(weights, name + "ffn_down", D).getFirst()));
            }
        }

        /** A matrix cut into so many rows each. */
        private List<Linear> linear(PlacedWeights weights, String name, long... rows) {
            return spec().dialect() == Dialect.GGUF
                    ? Linear.split(weights, name, rows)
                    : Linear.split(
                            weights, weights.transposed(name + ".weight"), weights.floatsIfThere(name + ".bias"), rows);
        }

        private float scale(Metadata metadata, int layer) {
            double scale = 1 / Math.sqrt(spec().headWidth());
            if (!metadata.optionalFlag("scale_attn_weights").orElse(true)) {
                scale = 1;
            }
            if (metadata.optionalFlag("scale_attn_by_inverse_layer_idx").orElse(false)) {
                scale /= layer + 1;
            }
            return (float) scale;
        }

        @Override
        void embed(Batch batch, Tensor x_TD) {
            Tensor y_TD = batch.activation("y", spec().width());
            super.embed(batch, x_TD);
            kernels.embed(y_TD, positions_PD, batch.positions());
            kernels.add(x_TD, y_TD);
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            float epsilon = spec().normEpsilon();
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), spec().headWidth());
            Tensor k_TNH = batch.activation("k", spec().heads(), spec().headWidth());
            Tensor v_TNH = batch.activation("v", spec().heads(), spec().headWidth());
            Tensor attended_TNH = batch.activation("attended", spec().heads(), spec().headWidth());
            Tensor hidden_TF = batch.activation("hidden", spec().hidden());

            layer.attentionNorm.apply(kernels, y_TD, x_TD, epsilon);
            Linear.apply(kernels, y_TD, layer.q.to(q_TNH), layer.k.to(k_TNH), layer.v.to(v_TNH));
            kernels.append(batch.views(number), k_TNH, v_TNH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), layer.rule);
            Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);

            layer.hiddenNorm.apply(kernels, y_TD, x_TD, epsilon);
            Linear.apply(kernels, y_TD, layer.up.to(hidden_TF));
            activation.apply(kernels, hidden_TF);
            Linear.apply(kernels, hidden_TF, layer.down.to(y_TD));
            kernels.add(x_TD, y_TD);
        }
    }
}
