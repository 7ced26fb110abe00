package dev.ayni.engine.models;

import dev.ayni.engine.models.TextBatch.LayerReader;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ModernBERT (Warner et al. 2024): norm before each half, rotary positions, gated feed-forward; every third layer or so sees
 * the whole text, the others a window on either side.
 */
final class ModernBert implements EncoderFamily {
    // T tokens of all texts, S texts, D width, N heads, H head width, F hidden, V vocabulary

    private static final WeightNames NAMES = WeightNames.table(
                    "token_embd", "embeddings.tok_embeddings",
                    "token_embd_norm", "embeddings.norm",
                    "output_norm", "final_norm",
                    "blk.*.attn_norm", "layers.*.attn_norm", // the first layer has none
                    "blk.*.attn_qkv", "layers.*.attn.Wqkv",
                    "blk.*.attn_output", "layers.*.attn.Wo",
                    "blk.*.ffn_norm", "layers.*.mlp_norm",
                    "blk.*.ffn_up", "layers.*.mlp.Wi", // the gate's rows, then the other half's
                    "blk.*.ffn_down", "layers.*.mlp.Wo")
            .maybeUnder("model.");

    private static final String GGUF = "modern-bert.";

    /** Where a file does not say which layers see everything, every third does; and what the others see. */
    private static final int PATTERN = 3;

    private static final int SPAN = 128;

    @Override
    public String name() {
        return "modernbert";
    }

    @Override
    public String ggufName() {
        return "modern-bert";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public EncoderSpec spec(Weights weights) {
        Metadata metadata = weights.metadata();
        EncoderSpec spec = switch (metadata.dialect()) {
            case GGUF -> gguf(metadata);
            case HUGGING_FACE -> huggingFace(metadata);
        };
        if (spec.heads() < 1 || spec.width() % spec.heads() != 0 || spec.headWidth() % 2 != 0) {
            throw new WeightsException(
                    "%s: a width of %d cannot be shared by %d heads of pairs. The file is broken; get it again."
                            .formatted(metadata.source(), spec.width(), spec.heads()));
        }
        return spec;
    }

    private EncoderSpec gguf(Metadata metadata) {
        int tokens = metadata.list("tokenizer.ggml.tokens").size();
        return new EncoderSpec(
                name(),
                Dialect.GGUF,
                metadata.optionalText("general.name").orElse(name()),
                metadata.integer(GGUF + "embedding_length"),
                metadata.integer(GGUF + "feed_forward_length"),
                metadata.integer(GGUF + "attention.head_count"),
                metadata.integer(GGUF + "block_count"),
                tokens > 0 ? tokens : metadata.integer(GGUF + "vocab_size"),
                metadata.integer(GGUF + "context_length"),
                -1,
                0,
                (float) metadata.number(GGUF + "attention.layer_norm_epsilon"),
                0);
    }

    private EncoderSpec huggingFace(Metadata metadata) {
        String activation = metadata.optionalText("hidden_activation").orElse("gelu");
        boolean biased = List.of("attention_bias", "mlp_bias", "norm_bias").stream()
                .anyMatch(key -> metadata.optionalFlag(key).orElse(false));
        if (!activation.equals("gelu") || biased) {
            throw new WeightsException(
                    "%s: this version computes ModernBERT with 'gelu' and without biases, as it was published. Choose another model; `ayni models` lists some."
                            .formatted(metadata.source()));
        }
        return new EncoderSpec(
                name(),
                Dialect.HUGGING_FACE,
                metadata.optionalText("_name_or_path")
                        .filter(own -> !own.isEmpty())
                        .orElse(name()),
                metadata.integer("hidden_size"),
                metadata.integer("intermediate_size"),
                metadata.integer("num_attention_heads"),
                metadata.integer("num_hidden_layers"),
                metadata.integer("vocab_size"),
                metadata.optionalInteger("max_position_embeddings").orElse(8192),
                -1,
                0,
                metadata.optionalNumber("norm_eps").orElse(1e-5).floatValue(),
                0);
    }

    /** How a layer turns by the position, and how many positions it sees on either side, its own included; 0: all. */
    private static ModelSpec.Layer layer(Metadata metadata, int number, int headWidth) {
        boolean gguf = metadata.dialect() == Dialect.GGUF;
        String spanKey = gguf ? GGUF + "attention.sliding_window" : "local_attention";
        int window = metadata.optionalInteger(spanKey).orElse(SPAN) / 2 + 1;
        if (gguf) {
            Rotation all = Rotations.gguf(metadata, GGUF, headWidth, Pairing.HALVES, 160_000);
            double base = metadata.optionalNumber(GGUF + "rope.freq_base_swa").orElse(10_000.0);
            return seesAll(metadata, GGUF + "attention.sliding_window_pattern", number)
                    ? new ModelSpec.Layer(all, 0)
                    : new ModelSpec.Layer(new Rotation(Pairing.HALVES, Rotations.plain(base, headWidth), 1), window);
        }
        return seesAll(metadata, "global_attn_every_n_layers", number)
                ? RotaryConfig.ofLayers(metadata, "full_attention", "global_rope_theta", 160_000)
                        .layer(headWidth, 0)
                : RotaryConfig.ofLayers(metadata, "sliding_attention", "local_rope_theta", 10_000)
                        .layer(headWidth, window);
    }

    private static boolean seesAll(Metadata metadata, String patternKey, int number) {
        List<?> types = metadata.list("layer_types");
        if (number < types.size()) {
            return "full_attention".equals(types.get(number));
        }
        int pattern = metadata.optionalInteger(patternKey).orElse(PATTERN);
        return pattern <= 1 || number % pattern == 0;
    }

    @Override
    public List<WeightShape> weights(EncoderSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        WeightShapes shapes = new WeightShapes();
        shapes.required("token_embd.weight", spec.vocabulary(), D);
        shapes.required("token_embd_norm.weight", D);
        shapes.required("output_norm.weight", D);
        for (int i = 0; i < spec.layers(); i++) {
            String layer = "blk." + i + ".";
            if (i == 0) {
                shapes.optional(layer + "attn_norm.weight", D);
            } else {
                shapes.required(layer + "attn_norm.weight", D);
            }
            shapes.required(layer + "attn_qkv.weight", 3 * D, D);
            shapes.required(layer + "attn_output.weight", D, D);
            shapes.required(layer + "ffn_norm.weight", D);
            shapes.required(layer + "ffn_up.weight", 2 * F, D);
            shapes.required(layer + "ffn_down.weight", D, F);
        }
        return shapes.list();
    }

    @Override
    public Encoder build(EncoderSpec spec, PlacedWeights weights) {
        return new Forward(spec, weights);
    }

    private record Layer(
            Rotation rotation,
            AttentionRule rule,
            @Nullable Tensor attentionNorm_D,
            Linear q,
            Linear k,
            Linear v,
            Linear attentionOutput,
            Tensor hiddenNorm_D,
            Linear gate,
            Linear up,
            Linear down) {}

    private static final class Forward implements Encoder {
        private final EncoderSpec spec;
        private final PlacedWeights weights;
        private final Kernels kernels;
        private final HostTensor tokens_VD;
        private final Tensor embeddingNorm_D;
        private final Tensor lastNorm_D;
        private final Tensor noBias_D;
        private final List<Layer> layers = new ArrayList<>();

        Forward(EncoderSpec spec, PlacedWeights weights) {
            this.spec = spec;
            this.weights = weights;
            kernels = weights.kernels();
            tokens_VD = weights.host("token_embd.weight");
            embeddingNorm_D = weights.vector("token_embd_norm.weight");
            lastNorm_D = weights.vector("output_norm.weight");
            noBias_D = weights.place(new float[spec.width()]);
            float scale = (float) (1 / Math.sqrt(spec.headWidth()));
            long D = spec.width();
            long F = spec.hidden();
            for (int i = 0; i < spec.layers(); i++) {
                String name = "blk." + i + ".";
                ModelSpec.Layer layer = layer(weights.metadata(), i, spec.headWidth());
                Tensor qkv_3DD = weights.place(name + "attn_qkv.weight");
                Tensor gateAndUp_2FD = weights.place(name + "ffn_up.weight");
                layers.add(new Layer(
                        layer.rotation(),
                        new AttentionRule(scale, layer.window(), 0),
                        weights.vectorIfThere(name + "attn_norm.weight"),
                        new Linear(qkv_3DD.rows(0, D), null),
                        new Linear(qkv_3DD.rows(D, 2 * D), null),
                        new Linear(qkv_3DD.rows(2 * D, 3 * D), null),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "ffn_norm.weight"),
                        new Linear(gateAndUp_2FD.rows(0, F), null),
                        new Linear(gateAndUp_2FD.rows(F, 2 * F), null),
                        Linear.of(weights, name + "ffn_down")));
            }
        }

        @Override
        public EncoderSpec spec() {
            return spec;
        }

        @Override
        public List<float[][][]> encode(List<Text> batch, int[] wanted) {
            try (TextBatch texts = new TextBatch(spec, kernels, batch)) {
                return texts.layers(wanted, reader -> forward(texts, reader));
            }
        }

        @Override
        public List<float[]> classify(List<Text> batch) {
            throw new IllegalStateException(
                    "%s has no classifier that this version computes: it gives vectors, no judgement. Choose a cross-encoder of another family."
                            .formatted(spec.name()));
        }

        /** Shows the rows of all texts layer by layer, the last after the last norm. */
        private void forward(TextBatch texts, LayerReader reader) {
            int tokens = texts.ids().length;
            Tensor x_TD = texts.allocate(tokens, spec.width());
            Tensor y_TD = texts.allocate(tokens, spec.width());
            Tensor q_TNH = texts.allocate(tokens, spec.heads(), spec.headWidth());
            Tensor k_TNH = texts.allocate(tokens, spec.heads(), spec.headWidth());
            Tensor v_TNH = texts.allocate(tokens, spec.heads(), spec.headWidth());
            Tensor attended_TNH = texts.allocate(tokens, spec.heads(), spec.headWidth());
            Tensor gate_TF = texts.allocate(tokens, spec.hidden());
            Tensor up_TF = texts.allocate(tokens, spec.hidden());

            kernels.embed(x_TD, tokens_VD, texts.ids());
            norm(x_TD, x_TD, embeddingNorm_D);
            for (int i = 0; i < layers.size(); i++) {
                Layer layer = layers.get(i);
                reader.read(i, x_TD);
                Tensor normed_TD = x_TD;
                if (layer.attentionNorm_D != null) {
                    norm(y_TD, x_TD, layer.attentionNorm_D);
                    normed_TD = y_TD;
                }
                Linear.apply(kernels, normed_TD, layer.q.to(q_TNH), layer.k.to(k_TNH), layer.v.to(v_TNH));
                kernels.rope(q_TNH, texts.positions(), layer.rotation);
                kernels.rope(k_TNH, texts.positions(), layer.rotation);
                kernels.attendBothWays(attended_TNH, q_TNH, k_TNH, v_TNH, texts.lengths(), layer.rule);
                Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
                kernels.add(x_TD, y_TD);

                norm(y_TD, x_TD, layer.hiddenNorm_D);
                Linear.apply(kernels, y_TD, layer.gate.to(gate_TF), layer.up.to(up_TF));
                kernels.gelu(gate_TF);
                kernels.multiply(gate_TF, up_TF);
                Linear.apply(kernels, gate_TF, layer.down.to(y_TD));
                kernels.add(x_TD, y_TD);
            }
            norm(x_TD, x_TD, lastNorm_D);
            reader.read(layers.size(), x_TD);
        }

        private void norm(Tensor out_TD, Tensor x_TD, Tensor weight_D) {
            kernels.layerNorm(out_TD, x_TD, weight_D, noBias_D, spec.normEpsilon());
        }

        @Override
        public void close() {
            weights.close();
        }
    }
}
