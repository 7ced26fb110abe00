package dev.ayni.engine.models;

import static dev.ayni.engine.models.WeightShape.optional;
import static dev.ayni.engine.models.WeightShape.required;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BERT (Devlin et al. 2018) and its kin, MiniLM among them (Wang et al. 2020): learned positions, norm after each half,
 * attention both ways, a classifier over the first token where one was trained.
 */
final class Bert implements EncoderFamily {
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

    @Override
    public String name() {
        return "bert";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public EncoderSpec spec(Weights weights) {
        Metadata metadata = weights.metadata();
        EncoderSpec spec = switch (metadata.dialect()) {
            case GGUF -> gguf(weights, metadata);
            case HUGGING_FACE -> huggingFace(weights, metadata);
        };
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
                rows(weights, "token_types.weight"),
                (float) metadata.number("bert.attention.layer_norm_epsilon"),
                rows(weights, "cls.output.weight"));
    }

    private static EncoderSpec huggingFace(Weights weights, Metadata metadata) {
        expected(metadata, "hidden_act", "gelu");
        expected(metadata, "position_embedding_type", "absolute");
        return new EncoderSpec(
                "bert",
                Dialect.HUGGING_FACE,
                metadata.optionalText("_name_or_path")
                        .filter(name -> !name.isEmpty())
                        .orElse("bert"),
                metadata.integer("hidden_size"),
                metadata.integer("intermediate_size"),
                metadata.integer("num_attention_heads"),
                metadata.integer("num_hidden_layers"),
                metadata.integer("vocab_size"),
                metadata.optionalInteger("max_position_embeddings").orElse(512),
                metadata.optionalInteger("type_vocab_size").orElse(2),
                metadata.optionalNumber("layer_norm_eps").orElse(1e-12).floatValue(),
                rows(weights, "classifier.weight"));
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
        List<WeightShape> shapes = new ArrayList<>();
        shapes.add(required("token_embd.weight", spec.vocabulary(), D));
        shapes.add(required("position_embd.weight", spec.context(), D));
        if (spec.types() > 0) {
            shapes.add(required("token_types.weight", spec.types(), D));
        }
        norm(shapes, "token_embd_norm", D);
        for (int i = 0; i < spec.layers(); i++) {
            String layer = "blk." + i + ".";
            linear(shapes, layer + "attn_q", D, D);
            linear(shapes, layer + "attn_k", D, D);
            linear(shapes, layer + "attn_v", D, D);
            linear(shapes, layer + "attn_output", D, D);
            norm(shapes, layer + "attn_output_norm", D);
            linear(shapes, layer + "ffn_up", F, D);
            linear(shapes, layer + "ffn_down", D, F);
            norm(shapes, layer + "layer_output_norm", D);
        }
        if (spec.labels() > 0) {
            if (spec.dialect() == Dialect.HUGGING_FACE) {
                linear(shapes, "cls", D, D);
            } else { // converters leave it out where a model was trained without it
                shapes.add(optional("cls.weight", D, D));
                shapes.add(optional("cls.bias", D));
            }
            linear(shapes, "cls.output", spec.labels(), D);
        }
        return shapes;
    }

    private static void linear(List<WeightShape> shapes, String name, long out, long in) {
        shapes.add(required(name + ".weight", out, in));
        shapes.add(optional(name + ".bias", out));
    }

    private static void norm(List<WeightShape> shapes, String name, long width) {
        shapes.add(required(name + ".weight", width));
        shapes.add(required(name + ".bias", width));
    }

    @Override
    public Encoder build(EncoderSpec spec, PlacedWeights weights) {
        return new Forward(spec, weights);
    }

    private record Norm(Tensor weight_D, Tensor bias_D) {
        static Norm of(PlacedWeights weights, String name) {
            return new Norm(weights.vector(name + ".weight"), weights.vector(name + ".bias"));
        }
    }

    private record Layer(
            Linear q,
            Linear k,
            Linear v,
            Linear attentionOutput,
            Norm attentionNorm,
            Linear up,
            Linear down,
            Norm norm) {}

    /** Sees the rows of all texts as they enter the first layer (0) and leave each one. */
    private interface LayerReader {
        void read(int layer, Tensor x_TD);
    }

    private static final class Forward implements Encoder {
        private final EncoderSpec spec;
        private final PlacedWeights weights;
        private final Kernels kernels;
        private final HostTensor tokens_VD;
        private final HostTensor positions_PD;
        private final @Nullable HostTensor types_KD;
        private final Norm embeddingNorm;
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
            embeddingNorm = Norm.of(weights, "token_embd_norm");
            rule = new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), 0, 0);
            for (int i = 0; i < spec.layers(); i++) {
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        Linear.of(weights, name + "attn_q"),
                        Linear.of(weights, name + "attn_k"),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        Norm.of(weights, name + "attn_output_norm"),
                        Linear.of(weights, name + "ffn_up"),
                        Linear.of(weights, name + "ffn_down"),
                        Norm.of(weights, name + "layer_output_norm")));
            }
            classifier = spec.labels() > 0 ? Linear.of(weights, "cls.output") : null;
            pooler = spec.labels() > 0 && weights.has("cls.weight") ? Linear.of(weights, "cls") : null;
        }

        @Override
        public EncoderSpec spec() {
            return spec;
        }

        @Override
        public List<float[][]> encode(List<Text> batch) {
            return encode(batch, new int[] {spec.layers()}).stream()
                    .map(layers -> layers[0])
                    .toList();
        }

        @Override
        public List<float[][][]> encode(List<Text> batch, int[] wanted) {
            for (int i = 0; i < wanted.length; i++) {
                if (wanted[i] < (i == 0 ? 0 : wanted[i - 1] + 1) || wanted[i] > spec.layers()) {
                    throw new IllegalArgumentException(
                            "Layers %s of %s were asked for. Give some from 0 to %d, ascending."
                                    .formatted(Arrays.toString(wanted), spec.name(), spec.layers()));
                }
            }
            List<float[][][]> results = new ArrayList<>(batch.size());
            for (Text text : batch) {
                results.add(new float[wanted.length][text.ids().length][]);
            }
            if (batch.isEmpty()) {
                return results;
            }
            try (Rows rows = new Rows(batch)) {
                forward(rows, (layer, x_TD) -> {
                    int place = Arrays.binarySearch(wanted, layer);
                    if (place >= 0) {
                        int row = 0;
                        for (float[][][] text : results) {
                            for (int i = 0; i < text[place].length; i++, row++) {
                                text[place][i] = read(x_TD.rows(row, row + 1L));
                            }
                        }
                    }
                });
            }
            return results;
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
            try (Rows rows = new Rows(batch)) {
                Tensor x_TD = forward(rows, (layer, rows_TD) -> {});
                Tensor first_SD = rows.allocate(batch.size(), spec.width());
                int row = 0;
                for (int i = 0; i < batch.size(); i++) {
                    MemorySegment numbers = MemorySegment.ofArray(read(x_TD.rows(row, row + 1L)));
                    kernels.write(numbers, first_SD.rows(i, i + 1L));
                    row += rows.lengths_S[i];
                }
                Tensor pooled_SD = first_SD;
                if (pooler != null) {
                    pooled_SD = rows.allocate(batch.size(), spec.width());
                    Linear.apply(kernels, first_SD, pooler.to(pooled_SD));
                    kernels.softcap(pooled_SD, 1); // tanh
                }
                Tensor logits_SL = rows.allocate(batch.size(), spec.labels());
                Linear.apply(kernels, pooled_SD, classifier.to(logits_SL));
                List<float[]> results = new ArrayList<>(batch.size());
                for (int i = 0; i < batch.size(); i++) {
                    results.add(read(logits_SL.rows(i, i + 1L)));
                }
                return results;
            }
        }

        /** The rows of all texts after the last layer. */
        private Tensor forward(Rows rows, LayerReader reader) {
            Tensor x_TD = rows.allocate(rows.ids_T.length, spec.width());
            Tensor y_TD = rows.allocate(rows.ids_T.length, spec.width());
            Tensor q_TNH = rows.allocate(rows.ids_T.length, spec.heads(), spec.headWidth());
            Tensor k_TNH = rows.allocate(rows.ids_T.length, spec.heads(), spec.headWidth());
            Tensor v_TNH = rows.allocate(rows.ids_T.length, spec.heads(), spec.headWidth());
            Tensor hidden_TF = rows.allocate(rows.ids_T.length, spec.hidden());

            kernels.embed(x_TD, tokens_VD, rows.ids_T);
            kernels.embed(y_TD, positions_PD, rows.positions_T);
            kernels.add(x_TD, y_TD);
            if (types_KD != null) {
                kernels.embed(y_TD, types_KD, rows.types_T);
                kernels.add(x_TD, y_TD);
            }
            norm(x_TD, x_TD, embeddingNorm);
            reader.read(0, x_TD);
            for (int i = 0; i < layers.size(); i++) {
                Layer layer = layers.get(i);
                Linear.apply(kernels, x_TD, layer.q.to(q_TNH), layer.k.to(k_TNH), layer.v.to(v_TNH));
                Tensor attended_TNH = y_TD.reshape(rows.ids_T.length, spec.heads(), spec.headWidth());
                kernels.attendBothWays(attended_TNH, q_TNH, k_TNH, v_TNH, rows.lengths_S, rule);
                Tensor output_TD = q_TNH.reshape(rows.ids_T.length, spec.width());
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

        private void norm(Tensor out_TD, Tensor x_TD, Norm norm) {
            kernels.layerNorm(out_TD, x_TD, norm.weight_D, norm.bias_D, spec.normEpsilon());
        }

        private float[] read(Tensor row) {
            float[] numbers = new float[Math.toIntExact(row.values())];
            kernels.read(row, MemorySegment.ofArray(numbers));
            for (float number : numbers) {
                if (!Float.isFinite(number)) {
                    throw new ArithmeticException(
                            "%s gave a number that is not finite. The model file is damaged, or the model overflows: get the file again, or try another quantisation of it."
                                    .formatted(spec.name()));
                }
            }
            return numbers;
        }

        /** The tokens of all texts, one text after another, and the memory that their way through the layers takes. */
        private final class Rows implements AutoCloseable {
            final int[] ids_T;
            final int[] types_T;
            final int[] positions_T;
            final int[] lengths_S;
            private final List<Tensor> allocated = new ArrayList<>();

            Rows(List<Text> batch) {
                lengths_S = batch.stream().mapToInt(text -> text.ids().length).toArray();
                int rows = Arrays.stream(lengths_S).sum();
                ids_T = new int[rows];
                types_T = new int[rows];
                positions_T = new int[rows];
                int row = 0;
                for (Text text : batch) {
                    if (text.ids().length > spec.context()) {
                        throw new IllegalArgumentException(
                                "A text has %d tokens, and %s reads at most %d. Shorten it or cut it into parts."
                                        .formatted(text.ids().length, spec.name(), spec.context()));
                    }
                    for (int i = 0; i < text.ids().length; i++, row++) {
                        ids_T[row] = within(text.ids()[i], spec.vocabulary(), "Token id");
                        types_T[row] = within(text.types()[i], Math.max(1, spec.types()), "Token type");
                        positions_T[row] = i;
                    }
                }
            }

            private int within(int number, int end, String what) {
                if (number < 0 || number >= end) {
                    throw new IllegalArgumentException("%s %d is not known to %s, which knows those from 0 to %d."
                            .formatted(what, number, spec.name(), end - 1));
                }
                return number;
            }

            Tensor allocate(long... shape) {
                Tensor tensor = kernels.allocate(DType.F32, shape);
                allocated.add(tensor);
                return tensor;
            }

            @Override
            public void close() {
                allocated.forEach(kernels::release);
            }
        }

        @Override
        public void close() {
            weights.close();
        }
    }
}
