package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * BLOOM (BigScience 2022): no positions but scores that fall with distance (ALiBi, Press et al. 2021), a norm right after the
 * embedding, one matrix for queries, keys and values, in which each head's three lie together; GGUF files sort them.
 */
final class Bloom implements Architecture {
    // T tokens, D width, N heads, H head width, F hidden, V vocabulary

    private static final WeightNames NAMES = WeightNames.table(
                    "token_embd", "word_embeddings",
                    "token_embd_norm", "word_embeddings_layernorm",
                    "output_norm", "ln_f",
                    "output", "lm_head",
                    "blk.*.attn_norm", "h.*.input_layernorm",
                    "blk.*.attn_qkv", "h.*.self_attention.query_key_value",
                    "blk.*.attn_output", "h.*.self_attention.dense",
                    "blk.*.ffn_norm", "h.*.post_attention_layernorm",
                    "blk.*.ffn_up", "h.*.mlp.dense_h_to_4h",
                    "blk.*.ffn_down", "h.*.mlp.dense_4h_to_h")
            .maybeUnder("transformer.", "lm_head");

    private static final Sizes.Defaults DEFAULTS = new Sizes.Defaults(64, 0, 2, 8, 0, 0, 250_880, 2048, 1e-5, true);

    @Override
    public String name() {
        return "bloom";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        Sizes.LayerOf layerOf = (number, headWidth) -> ModelSpec.Layer.unturned(0, Integer.MAX_VALUE);
        return switch (metadata.dialect()) {
            case GGUF -> Sizes.ggufWithLayerNorm(metadata, name(), layerOf);
            case HUGGING_FACE -> {
                String heads = either(metadata, "n_head", "num_attention_heads");
                Sizes.Keys keys = new Sizes.Keys(
                        either(metadata, "n_embed", "hidden_size"),
                        "n_inner",
                        either(metadata, "n_layer", "num_hidden_layers"),
                        heads,
                        heads,
                        "head_dim",
                        "seq_length",
                        "layer_norm_epsilon");
                yield Sizes.huggingFace(metadata, name(), keys, DEFAULTS, layerOf);
            }
        };
    }

    /** Published files spell some keys in one way, some in another. */
    private static String either(Metadata metadata, String one, String other) {
        return metadata.value(one) != null ? one : other;
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.withBias("token_embd_norm", D);
        shapes.withBias("output_norm", D);
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            shapes.withBias(layer + "attn_norm", D);
            shapes.withBias(layer + "attn_qkv", 3 * D, D);
            shapes.withBias(layer + "attn_output", D, D);
            shapes.withBias(layer + "ffn_norm", D);
            shapes.withBias(layer + "ffn_up", F, D);
            shapes.withBias(layer + "ffn_down", D, F);
        }
        return shapes.list();
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Forward(spec, weights, cache);
    }

    /**
     * What each head's scores lose with a position of distance: with a power of two heads a geometric series that ends at
     * 2^-8; with others, that of the next lower power, and then every second number of the next higher one.
     */
    static float[] slopes(int heads) {
        int lower = Integer.highestOneBit(heads);
        float[] slopes = new float[heads];
        for (int i = 0; i < heads; i++) {
            slopes[i] = (float)
                    (i < lower
                            ? StrictMath.pow(2, -8.0 * (i + 1) / lower)
                            : StrictMath.pow(2, -4.0 * (2 * (i - lower) + 1) / lower));
        }
        return slopes;
    }

    private static final class Forward extends Decoder {
        private final boolean residualAfterNorm;
        private final LayerNorm embeddingNorm;
        private final AttentionRule rule;
        private final List<Layer> layers = new ArrayList<>();

        private record Layer(
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
            residualAfterNorm = weights.metadata()
                    .optionalFlag("apply_residual_connection_post_layernorm")
                    .orElse(false);
            embeddingNorm = LayerNorm.of(weights, "token_embd_norm");
            rule = new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), 0, 0).withSlopes(slopes(spec.heads()));
            for (int i = 0; i < spec.layers().size(); i++) {
                String name = "blk." + i + ".";
                List<Linear> qkv = qkv(weights, name + "attn_qkv");
                layers.add(new Layer(
                        LayerNorm.of(weights, name + "attn_norm"),
                        qkv.get(0),
                        qkv.get(1),
                        qkv.get(2),
                        Linear.of(weights, name + "attn_output"),
                        LayerNorm.of(weights, name + "ffn_norm"),
                        Linear.of(weights, name + "ffn_up"),
                        Linear.of(weights, name + "ffn_down")));
            }
        }

        private List<Linear> qkv(PlacedWeights weights, String name) {
            int D = spec().width();
            if (spec().dialect() == Dialect.GGUF) {
                return Linear.split(weights, name, D, D, D);
            }
            // published row (n, part, h) of [N, 3, H] becomes row (part, n, h)
            int[] order = new int[3 * D];
            float[] published = weights.floats(name + ".bias");
            float[] bias = new float[3 * D];
            for (int row = 0; row < order.length; row++) {
                int part = row / D;
                int head = row % D / spec().headWidth();
                order[row] = (3 * head + part) * spec().headWidth() + row % spec().headWidth();
                bias[row] = published[order[row]];
            }
            return Linear.split(weights, weights.reordered(name + ".weight", order), bias, D, D, D);
        }

        @Override
        void embed(Batch batch, Tensor x_TD) {
            super.embed(batch, x_TD);
            embeddingNorm.apply(kernels, x_TD, x_TD, spec().normEpsilon());
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), spec().headWidth());
            Tensor k_TNH = batch.activation("k", spec().heads(), spec().headWidth());
            Tensor v_TNH = batch.activation("v", spec().heads(), spec().headWidth());
            Tensor attended_TNH = batch.activation("attended", spec().heads(), spec().headWidth());
            Tensor hidden_TF = batch.activation("hidden", spec().hidden());

            Linear.apply(
                    kernels,
                    normed(layer.attentionNorm, y_TD, x_TD),
                    layer.q.to(q_TNH),
                    layer.k.to(k_TNH),
                    layer.v.to(v_TNH));
            kernels.append(batch.views(number), k_TNH, v_TNH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), rule);
            Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);

            Linear.apply(kernels, normed(layer.hiddenNorm, y_TD, x_TD), layer.up.to(hidden_TF));
            kernels.tanhGelu(hidden_TF);
            Linear.apply(kernels, hidden_TF, layer.down.to(y_TD));
            kernels.add(x_TD, y_TD);
        }

        /** x normed: beside it, or in its place where what follows is added to the normed. */
        private Tensor normed(LayerNorm norm, Tensor y_TD, Tensor x_TD) {
            Tensor out_TD = residualAfterNorm ? x_TD : y_TD;
            norm.apply(kernels, out_TD, x_TD, spec().normEpsilon());
            return out_TD;
        }
    }
}
