package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OPT (Zhang et al. 2022): learned positions, norm before each half, or after it in the model of 350 million, whose tokens
 * also have rows narrower than the layers. There are no GGUF files of it.
 */
final class Opt implements Architecture {
    // T tokens, D width, N heads, H head width, F hidden, V vocabulary, P positions, E width of the embedding table

    private static final WeightNames NAMES = WeightNames.table(
                    "token_embd", "decoder.embed_tokens",
                    "position_embd", "decoder.embed_positions",
                    "embedding_in", "decoder.project_in",
                    "embedding_out", "decoder.project_out",
                    "output_norm", "decoder.final_layer_norm",
                    "output", "lm_head",
                    "blk.*.attn_norm", "decoder.layers.*.self_attn_layer_norm",
                    "blk.*.attn_q", "decoder.layers.*.self_attn.q_proj",
                    "blk.*.attn_k", "decoder.layers.*.self_attn.k_proj",
                    "blk.*.attn_v", "decoder.layers.*.self_attn.v_proj",
                    "blk.*.attn_output", "decoder.layers.*.self_attn.out_proj",
                    "blk.*.ffn_norm", "decoder.layers.*.final_layer_norm",
                    "blk.*.ffn_up", "decoder.layers.*.fc1",
                    "blk.*.ffn_down", "decoder.layers.*.fc2")
            .maybeUnder("model.", "lm_head");

    /** The table of positions begins with so many rows that no position uses. */
    private static final int OFFSET = 2;

    private static final Sizes.Keys KEYS = new Sizes.Keys(
            "hidden_size",
            "ffn_dim",
            "num_hidden_layers",
            "num_attention_heads",
            "num_attention_heads",
            "head_dim",
            "max_position_embeddings",
            "layer_norm_eps");

    private static final Sizes.Defaults DEFAULTS =
            new Sizes.Defaults(768, 3072, 12, 12, 0, 0, 50_272, 2048, 1e-5, true);

    @Override
    public String name() {
        return "opt";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        if (metadata.dialect() == Dialect.GGUF) {
            throw new WeightsException(
                    "%s is an OPT as GGUF, and for OPT this version reads safetensors only: no tool writes it otherwise. Get the folder that its publisher offers."
                            .formatted(metadata.source()));
        }
        int positions = metadata.optionalInteger(KEYS.context()).orElse(DEFAULTS.context());
        return Sizes.huggingFace(
                metadata, name(), KEYS, DEFAULTS, (number, headWidth) -> ModelSpec.Layer.unturned(0, positions));
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        WeightShapes shapes = new WeightShapes();
        shapes.required("position_embd.weight", spec.context() + (long) OFFSET, D);
        norm(shapes, "output_norm", D);
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            norm(shapes, layer + "attn_norm", D);
            shapes.linear(layer + "attn_q", D, D);
            shapes.linear(layer + "attn_k", D, D);
            shapes.linear(layer + "attn_v", D, D);
            shapes.linear(layer + "attn_output", D, D);
            norm(shapes, layer + "ffn_norm", D);
            shapes.linear(layer + "ffn_up", F, D);
            shapes.linear(layer + "ffn_down", D, F);
        }
        return shapes.list();
    }

    private static void norm(WeightShapes shapes, String name, long width) {
        shapes.optional(name + ".weight", width);
        shapes.optional(name + ".bias", width);
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        int E = weights.metadata().optionalInteger("word_embed_proj_dim").orElse(spec.width());
        WeightShapes shapes = new WeightShapes().ends(spec, E);
        if (E != spec.width()) {
            shapes.required("embedding_in.weight", spec.width(), E);
            shapes.required("embedding_out.weight", E, spec.width());
        }
        weights.check(shapes.list());
        return new Forward(spec, weights, cache, E);
    }

    private static final class Forward extends Decoder {
        private final int embeddingWidth;
        private final boolean normBefore;
        private final HostTensor positions_PD;
        private final @Nullable Linear in;
        private final @Nullable Linear out;
        private final Activation activation;
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

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache, int embeddingWidth) {
            super(spec, weights, cache, lastNorm(weights));
            this.embeddingWidth = embeddingWidth;
            Metadata metadata = weights.metadata();
            normBefore = isNormBefore(metadata);
            positions_PD = weights.host("position_embd.weight");
            boolean projected = embeddingWidth != spec.width();
            in = projected ? Linear.of(weights, "embedding_in") : null;
            out = projected ? Linear.of(weights, "embedding_out") : null;
            activation = Activation.of(metadata, "activation_function", Activation.RELU);
            rule = new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), 0, 0);
            for (int i = 0; i < spec.layers().size(); i++) {
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        norm(weights, name + "attn_norm"),
                        Linear.of(weights, name + "attn_q"),
                        Linear.of(weights, name + "attn_k"),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        norm(weights, name + "ffn_norm"),
                        Linear.of(weights, name + "ffn_up"),
                        Linear.of(weights, name + "ffn_down")));
            }
        }

        private static boolean isNormBefore(Metadata metadata) {
            return metadata.optionalFlag("do_layer_norm_before").orElse(true);
        }

        private static Norm lastNorm(PlacedWeights weights) {
            Metadata metadata = weights.metadata();
            boolean removed = metadata.optionalFlag("_remove_final_layer_norm").orElse(false);
            return isNormBefore(metadata) && !removed ? norm(weights, "output_norm") : Norm.NONE;
        }

        private static LayerNorm norm(PlacedWeights weights, String name) {
            Metadata metadata = weights.metadata();
            return metadata.optionalFlag("layer_norm_elementwise_affine").orElse(true)
                    ? LayerNorm.of(weights, name)
                    : LayerNorm.plain(weights, metadata.integer("hidden_size"));
        }

        @Override
        void embed(Batch batch, Tensor x_TD) {
            if (in == null) {
                super.embed(batch, x_TD);
            } else {
                Tensor narrow_TE = batch.activation("narrow", embeddingWidth);
                super.embed(batch, narrow_TE);
                Linear.apply(kernels, narrow_TE, in.to(x_TD));
            }
            Tensor y_TD = batch.activation("y", spec().width());
            int[] rows = batch.positions().clone();
            for (int t = 0; t < rows.length; t++) {
                rows[t] += OFFSET;
            }
            kernels.embed(y_TD, positions_PD, rows);
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

            Tensor seen_TD = x_TD;
            if (normBefore) {
                layer.attentionNorm.apply(kernels, y_TD, x_TD, epsilon);
                seen_TD = y_TD;
            }
            Linear.apply(kernels, seen_TD, layer.q.to(q_TNH), layer.k.to(k_TNH), layer.v.to(v_TNH));
            kernels.append(batch.views(number), k_TNH, v_TNH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), rule);
            Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);
            if (!normBefore) {
                layer.attentionNorm.apply(kernels, x_TD, x_TD, epsilon);
            }

            seen_TD = x_TD;
            if (normBefore) {
                layer.hiddenNorm.apply(kernels, y_TD, x_TD, epsilon);
                seen_TD = y_TD;
            }
            Linear.apply(kernels, seen_TD, layer.up.to(hidden_TF));
            activation.apply(kernels, hidden_TF);
            Linear.apply(kernels, hidden_TF, layer.down.to(y_TD));
            kernels.add(x_TD, y_TD);
            if (!normBefore) {
                layer.hiddenNorm.apply(kernels, x_TD, x_TD, epsilon);
            }
        }

        @Override
        void logits(Tensor out_TV, Tensor x_TD) {
            if (out == null) {
                super.logits(out_TV, x_TD);
                return;
            }
            Tensor narrow_TE = kernels.allocate(DType.F32, x_TD.size(0), embeddingWidth);
            Linear.apply(kernels, x_TD, out.to(narrow_TE));
            super.logits(out_TV, narrow_TE);
            kernels.release(narrow_TE);
        }
    }
}
