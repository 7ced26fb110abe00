package dev.ayni.engine.models;

import dev.ayni.engine.models.TextBatch.LayerReader;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BERT (Devlin et al. 2018) and its kin, MiniLM among them (Wang et al. 2020): learned positions, norm after each half,
 * attention both ways, a classifier over the first token where one was trained.
 */
class Bert implements EncoderFamily {
    // T tokens of all texts, S texts, D width, N heads, H head width, F hidden, V vocabulary, P positions, L labels

    private static final WeightNames NAMES = WeightNames.table(
                    "token_embd", "embeddings.word_embeddings",
                    "position_embd", "embeddings.position_embeddings",
                    "token_types", "embeddings.token_type_embeddings",
                    "token_embd_norm", "embeddings.LayerNorm",
                    "blk.*.attn_q", "encoder.layer.*.attention.self.query",
                    "blk.*.attn_k", "encoder.layer.*.attention.self.key",
                    "blk.*.attn_v", "encoder.layer.*.attention.self.value",
                    "blk.*.attn_output", "encoder.layer.*.attention.output.dense",
                    "blk.*.attn_output_norm", "encoder.layer.*.attention.output.LayerNorm",
                    "blk.*.ffn_up", "encoder.layer.*.intermediate.dense",
                    "blk.*.ffn_down", "encoder.layer.*.output.dense",
                    "blk.*.layer_output_norm", "encoder.layer.*.output.LayerNorm",
                    "cls", "pooler.dense",
                    "cls.output", "classifier")
            .maybeUnder("bert.", "classifier");

    private final String name;
    private final WeightNames names;
    private final String labelled; // the weight, as published, whose rows are the classifier's labels

    Bert() {
        this("bert", NAMES, "classifier.weight");
    }

    /** A family that differs from BERT in its name, in what its weights are called, and in where positions begin. */
    Bert(String name, WeightNames names, String labelled) {
        this.name = name;
        this.names = names;
        this.labelled = labelled;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public WeightNames names() {
        return names;
    }

    /** The padding token of a model whose positions follow that token's number; -1: they begin with 0. */
    int padding(Metadata metadata) {
        return -1;
    }

    @Override
    public EncoderSpec spec(Weights weights) {
        Metadata metadata = weights.metadata();
        EncoderSpec spec = switch (metadata.dialect()) {
            case GGUF -> gguf(weights, metadata);
            case HUGGING_FACE -> huggingFace(weights, metadata);
        };
        if (spec.context() < 1 || spec.padding() < -1) {
            throw new WeightsException(
                    "%s: %d positions are left for tokens where 'pad_token_id' is %d. The file is broken; get it again."
                            .formatted(metadata.source(), spec.context(), spec.padding()));
        }
        if (spec.heads() < 1 || spec.width() % spec.heads() != 0) {
            throw new WeightsException(
                    "%s: a width of %d cannot be shared by %d heads. The file is broken; get it again."
                            .formatted(metadata.source(), spec.width(), spec.heads()));
        }
        return spec;
    }

    private static EncoderSpec gguf(Weights weights, Metadata metadata) {
        int tokens = metadata.list("tokenizer.ggml.tokens").size();
        return new EncoderSpec(
                "bert",
                Dialect.GGUF,
                metadata.optionalText("general.name").orElse("bert"),
                metadata.integer("bert.embedding_length"),
                metadata.integer("bert.feed_forward_length"),
                metadata.integer("bert.attention.head_count"),
                metadata.integer("bert.block_count"),
                tokens > 0 ? tokens : metadata.integer("bert.vocab_size"),
                metadata.integer("bert.context_length"),
                -1, // converters leave the rows out that stand for no position
                rows(weights, "token_types.weight"),
                (float) metadata.number("bert.attention.layer_norm_epsilon"),
                rows(weights, "cls.output.weight"));
    }

    private EncoderSpec huggingFace(Weights weights, Metadata metadata) {
        int padding = padding(metadata);
        expected(metadata, "hidden_act", "gelu");
        expected(metadata, "position_embedding_type", "absolute");
        return new EncoderSpec(
                name,
                Dialect.HUGGING_FACE,
                metadata.optionalText("_name_or_path")
                        .filter(own -> !own.isEmpty())
                        .orElse(name),
                metadata.integer("hidden_size"),
                metadata.integer("intermediate_size"),
                metadata.integer("num_attention_heads"),
                metadata.integer("num_hidden_layers"),
                metadata.integer("vocab_size"),
                metadata.optionalInteger("max_position_embeddings").orElse(512) - (padding + 1),
                padding,
                metadata.optionalInteger("type_vocab_size").orElse(2),
                metadata.optionalNumber("layer_norm_eps").orElse(1e-12).floatValue(),
                rows(weights, labelled));
    }

    private static void expected(Metadata metadata, String key, String value) {
        String found = metadata.optionalText(key).orElse(value);
        if (!found.equals(value)) {
            throw new WeightsException(
                    "%s: '%s' is '%s', and this version computes encoders with '%s' only. Choose another model; `ayni models` lists some."
                            .formatted(metadata.source(), key, found, value));
        }
    }

    /** How many rows a weight has; 0 if it is not there. */
    private static int rows(Weights weights, String name) {
        return weights.names().contains(name)
                ? Math.toIntExact(weights.tensor(name).size(0))
                : 0;
    }

    @Override
    public List<WeightShape> weights(EncoderSpec spec) {
        long D = spec.width();
        long F = spec.hidden();
        WeightShapes shapes = new WeightShapes();
        shapes.required("token_embd.weight", spec.vocabulary(), D);
        shapes.required("position_embd.weight", (long) spec.context() + spec.padding() + 1, D);
        if (spec.types() > 0) {
            shapes.required("token_types.weight", spec.types(), D);
        }
        shapes.withBias("token_embd_norm", D);
        for (int i = 0; i < spec.layers(); i++) {
            String layer = "blk." + i + ".";
            shapes.linear(layer + "attn_q", D, D);
            shapes.linear(layer + "attn_k", D, D);
            shapes.linear(layer + "attn_v", D, D);
            shapes.linear(layer + "attn_output", D, D);
            shapes.withBias(layer + "attn_output_norm", D);
            shapes.linear(layer + "ffn_up", F, D);
            shapes.linear(layer + "ffn_down", D, F);
            shapes.withBias(layer + "layer_output_norm", D);
        }
        if (spec.labels() > 0) {
            if (spec.dialect() == Dialect.HUGGING_FACE) {
                shapes.linear("cls", D, D);
            } else { // converters leave it out where a model was trained without it
                shapes.optional("cls.weight", D, D);
                shapes.optional("cls.bias", D);
            }
            shapes.linear("cls.output", spec.labels(), D);
        }
        return shapes.list();
    }

    @Override
    public Encoder build(EncoderSpec spec, PlacedWeights weights) {
        return new Forward(spec, weights);
    }

    private record Layer(
            Linear q,
            Linear k,
            Linear v,
            Linear attentionOutput,
            LayerNorm attentionNorm,
            Linear up,
            Linear down,
            LayerNorm norm) {}

    private static final class Forward implements Encoder {
        private final EncoderSpec spec;
        private final PlacedWeights weights;
        private final Kernels kernels;
        private final HostTensor tokens_VD;
        private final HostTensor positions_PD;
        private final @Nullable HostTensor types_KD;
        private final LayerNorm embeddingNorm;
        private final AttentionRule rule;
        private final List<Layer> layers = new ArrayList<>();
        private final @Nullable Linear pooler;
        private final @Nullable Linear classifier;

        Forward(EncoderSpec spec, PlacedWeights weights) {
            this.spec = spec;
            this.weights = weights;
            kernels = weights.kernels();
            tokens_VD = weights.host("token_embd.weight");
            positions_PD = weights.host("position_embd.weight");
            types_KD = spec.types() > 0 ? weights.host("token_types.weight") : null;
            embeddingNorm = LayerNorm.of(weights, "token_embd_norm");
            rule = new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), 0, 0);
            for (int i = 0; i < spec.layers(); i++) {
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        Linear.of(weights, name + "attn_q"),
                        Linear.of(weights, name + "attn_k"),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        LayerNorm.of(weights, name + "attn_output_norm"),
                        Linear.of(weights, name + "ffn_up"),
                        Linear.of(weights, name + "ffn_down"),
                        LayerNorm.of(weights, name + "layer_output_norm")));
            }
            classifier = spec.labels() > 0 ? Linear.of(weights, "cls.output") : null;
            pooler = spec.labels() > 0 && weights.has("cls.weight") ? Linear.of(weights, "cls") : null;
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
            if (classifier == null) {
                throw new IllegalStateException(
                        "%s has no classifier: it gives vectors, no judgement. Choose a cross-encoder."
                                .formatted(spec.name()));
            }
            if (batch.isEmpty()) {
                return List.of();
            }
            try (TextBatch texts = new TextBatch(spec, kernels, batch)) {
                Tensor first_SD = texts.firstRows(forward(texts, (layer, x_TD) -> {}));
                Tensor pooled_SD = first_SD;
                if (pooler != null) {
                    pooled_SD = texts.allocate(batch.size(), spec.width());
                    Linear.apply(kernels, first_SD, pooler.to(pooled_SD));
                    kernels.softcap(pooled_SD, 1); // tanh
                }
                Tensor logits_SL = texts.allocate(batch.size(), spec.labels());
                Linear.apply(kernels, pooled_SD, classifier.to(logits_SL));
                return texts.rows(logits_SL);
            }
        }

        /** The rows of all texts after the last layer. */
        private Tensor forward(TextBatch texts, LayerReader reader) {
            int tokens = texts.ids().length;
            Tensor x_TD = texts.allocate(tokens, spec.width());
            Tensor y_TD = texts.allocate(tokens, spec.width());
            Tensor q_TNH = texts.allocate(tokens, spec.heads(), spec.headWidth());
            Tensor k_TNH = texts.allocate(tokens, spec.heads(), spec.headWidth());
            Tensor v_TNH = texts.allocate(tokens, spec.heads(), spec.headWidth());
            Tensor hidden_TF = texts.allocate(tokens, spec.hidden());

            kernels.embed(x_TD, tokens_VD, texts.ids());
            kernels.embed(y_TD, positions_PD, texts.positions());
            kernels.add(x_TD, y_TD);
            if (types_KD != null) {
                kernels.embed(y_TD, types_KD, texts.types());
                kernels.add(x_TD, y_TD);
            }
            norm(x_TD, x_TD, embeddingNorm);
            reader.read(0, x_TD);
            for (int i = 0; i < layers.size(); i++) {
                Layer layer = layers.get(i);
                Linear.apply(kernels, x_TD, layer.q.to(q_TNH), layer.k.to(k_TNH), layer.v.to(v_TNH));
                Tensor attended_TNH = y_TD.reshape(tokens, spec.heads(), spec.headWidth());
                kernels.attendBothWays(attended_TNH, q_TNH, k_TNH, v_TNH, texts.lengths(), rule);
                Tensor output_TD = q_TNH.reshape(tokens, spec.width());
                Linear.apply(kernels, y_TD, layer.attentionOutput.to(output_TD));
                kernels.add(x_TD, output_TD);
                norm(x_TD, x_TD, layer.attentionNorm);

                Linear.apply(kernels, x_TD, layer.up.to(hidden_TF));
                kernels.gelu(hidden_TF);
                Linear.apply(kernels, hidden_TF, layer.down.to(y_TD));
                kernels.add(x_TD, y_TD);
                norm(x_TD, x_TD, layer.norm);
                reader.read(i + 1, x_TD);
            }
            return x_TD;
        }

        private void norm(Tensor out_TD, Tensor x_TD, LayerNorm norm) {
            norm.apply(kernels, out_TD, x_TD, spec.normEpsilon());
        }

        @Override
        public void close() {
            weights.close();
        }
    }
}
