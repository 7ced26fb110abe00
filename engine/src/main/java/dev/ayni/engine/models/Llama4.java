package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Llama 4, text (Meta 2025): experts with a shared one beside them, in all layers or in every other; most layers see a
 * section of the text, the others all of it and turn nothing, but sharpen their queries with the position.
 */
final class Llama4 implements Architecture {
    // T tokens, D width, N query heads, K key and value heads, H head width, F hidden, E experts, V vocabulary

    private static final WeightNames NAMES = WeightNames.table(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head",
            "blk.*.attn_norm", "model.layers.*.input_layernorm",
            "blk.*.attn_q", "model.layers.*.self_attn.q_proj",
            "blk.*.attn_k", "model.layers.*.self_attn.k_proj",
            "blk.*.attn_v", "model.layers.*.self_attn.v_proj",
            "blk.*.attn_output", "model.layers.*.self_attn.o_proj",
            "blk.*.ffn_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_gate", "model.layers.*.feed_forward.gate_proj",
            "blk.*.ffn_up", "model.layers.*.feed_forward.up_proj",
            "blk.*.ffn_down", "model.layers.*.feed_forward.down_proj",
            "blk.*.ffn_gate_inp", "model.layers.*.feed_forward.router",
            "blk.*.ffn_gate_shexp", "model.layers.*.feed_forward.shared_expert.gate_proj",
            "blk.*.ffn_up_shexp", "model.layers.*.feed_forward.shared_expert.up_proj",
            "blk.*.ffn_down_shexp", "model.layers.*.feed_forward.shared_expert.down_proj",
            "blk.*.ffn_gate.*", "", // no expert stands by itself
            "blk.*.ffn_up.*", "",
            "blk.*.ffn_down.*", "",
            "blk.*.ffn_gate_exps", "", // parted only in GGUF files; published: gate, then up, [in, out]
            "blk.*.ffn_up_exps", "",
            "blk.*.ffn_down_exps", "",
            "blk.*.ffn_gate_up_exps", "",
            "blk.*.ffn_gate_up_exps.columns", "model.layers.*.feed_forward.experts.gate_up_proj",
            "blk.*.ffn_down_exps.columns", "model.layers.*.feed_forward.experts.down_proj",
            "rope_freqs", "rope_freqs"); // only GGUF files have it

    /** What GGUF files have no key for: positions of a section, and after how many queries become sharper. */
    private static final int SECTION = 8192;

    private static final Sizes.Defaults DEFAULTS =
            new Sizes.Defaults(5120, 16_384, 48, 40, 8, 128, 202_048, 131_072, 1e-5, false);

    @Override
    public String name() {
        return "llama4";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF -> gguf(metadata);
            case HUGGING_FACE -> huggingFace(metadata);
        };
    }

    private static ModelSpec gguf(Metadata metadata) {
        int experts = metadata.integer("llama4.expert_count");
        int step = metadata.integer("llama4.interleave_moe_layer_step");
        // a window of 0 says that all layers see everything, and turn
        boolean sections =
                metadata.optionalInteger("llama4.attention.sliding_window").orElse(SECTION) != 0;
        return Sizes.gguf(
                        metadata,
                        "llama4",
                        (number, headWidth) -> new ModelSpec.Layer(
                                        sections && number % 4 == 3
                                                ? Rotations.NONE
                                                : Rotations.gguf(
                                                        metadata, "llama4.", headWidth, Pairing.NEIGHBOURS, 500_000),
                                        0)
                                .withExperts(step > 0 && (number + 1) % step == 0 ? experts : 0))
                .withOwn(Map.of(
                        "hidden", metadata.integer("llama4.expert_feed_forward_length"),
                        "chosen", metadata.integer("llama4.expert_used_count"),
                        "section", sections ? SECTION : 0,
                        "normed", experts == 128 ? 0 : 1, // the larger of the two published models norms no queries
                        "sharpens", sections ? 1 : 0));
    }

    private ModelSpec huggingFace(Metadata metadata) {
        int experts = metadata.optionalInteger("num_local_experts").orElse(16);
        int step = Math.max(
                1, metadata.optionalInteger("interleave_moe_layer_step").orElse(1));
        boolean listed = metadata.value("moe_layers") != null;
        List<?> withExperts = metadata.list("moe_layers");
        // once it was a number, 4
        boolean sharpens = !List.of(false, 0L)
                .contains(Objects.requireNonNullElse(metadata.value("attn_temperature_tuning"), true));
        int section = metadata.optionalInteger("attention_chunk_size")
                .orElse(metadata.keys().contains("attention_chunk_size") ? 0 : SECTION);
        return Sizes.huggingFace(
                        metadata,
                        name(),
                        Sizes.Keys.HUGGING_FACE.withHidden("intermediate_size_mlp"),
                        DEFAULTS,
                        (number, headWidth) -> layer(metadata, number, headWidth)
                                .withExperts(
                                        (listed ? withExperts.contains((long) number) : (number + 1) % step == 0)
                                                ? experts
                                                : 0))
                .withOwn(Map.of(
                        "hidden",
                        metadata.optionalInteger("intermediate_size").orElse(8192),
                        "chosen",
                        metadata.optionalInteger("num_experts_per_tok").orElse(1),
                        "section",
                        section,
                        "normed",
                        metadata.optionalFlag("use_qk_norm").orElse(true) ? 1 : 0,
                        "sharpens",
                        sharpens ? 1 : 0));
    }

    private static ModelSpec.Layer layer(Metadata metadata, int number, int headWidth) {
        List<?> turning = metadata.list("no_rope_layers"); // 1 where a layer turns, whatever the name says
        int interval = metadata.optionalInteger("no_rope_layer_interval").orElse(4);
        boolean turns = number < turning.size()
                ? turning.get(number) instanceof Long n && n != 0
                : interval == 0 || (number + 1) % interval != 0;
        ModelSpec.Layer layer = RotaryConfig.ofModel(metadata).layer(headWidth, 0);
        return turns
                ? new ModelSpec.Layer(Rotations.ofNeighbours(layer.rotation()), 0, layer.reach())
                : new ModelSpec.Layer(Rotations.NONE, 0);
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("output_norm.weight", D);
        if (spec.dialect() == Dialect.GGUF) {
            shapes.optional("rope_freqs.weight", spec.headWidth() / 2);
        }
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            long E = spec.layers().get(i).experts();
            shapes.required(layer + "attn_norm.weight", D);
            shapes.attention(layer, spec);
            shapes.required(layer + "ffn_norm.weight", D);
            long F = E > 0 ? spec.own("hidden") : spec.hidden();
            shapes.gated(layer, E > 0 ? "_shexp" : "", F, D);
            if (E > 0) {
                Experts.addShapes(shapes, layer, E, D, F);
                shapes.optional(layer + "ffn_gate_up_exps.columns", E, D, 2 * F);
                shapes.optional(layer + "ffn_down_exps.columns", E, F, D);
            }
        }
        return shapes.list();
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Forward(spec, weights, cache);
    }

    private static final class Forward extends Decoder {
        private final Tensor ones_H;
        private final double floorScale;
        private final double attentionScale;
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
                FeedForward feedForward) {
            boolean turns() {
                return rotation.frequencies().length > 0;
            }
        }

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(spec, weights, cache, Norm.rms(weights.vector("output_norm.weight")));
            Metadata metadata = weights.metadata();
            floorScale = metadata.optionalNumber("floor_scale").orElse((double) SECTION);
            attentionScale = metadata.optionalNumber("attn_scale").orElse(0.1);
            if (floorScale < 1) {
                throw new WeightsException(
                        "%s: 'floor_scale' is %s, and at least 1 was expected. The file is broken; get it again."
                                .formatted(metadata.source(), floorScale));
            }
            float[] ones = new float[spec.headWidth()];
            Arrays.fill(ones, 1);
            ones_H = weights.place(ones);
            float @Nullable [] factors = weights.has("rope_freqs.weight") ? weights.floats("rope_freqs.weight") : null;
            Activation activation = spec.dialect() == Dialect.HUGGING_FACE
                    ? Activation.of(metadata, "hidden_act", Activation.SILU)
                    : Activation.SILU;
            AttentionRule all = new AttentionRule((float) (1 / Math.sqrt(spec.headWidth())), 0, 0);
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                boolean turns = layer.rotation().frequencies().length > 0;
                String name = "blk." + i + ".";
                layers.add(new Layer(
                        factors == null || !turns ? layer.rotation() : Rotations.divided(layer.rotation(), factors),
                        turns ? all.withSection(spec.own("section")) : all,
                        weights.vector(name + "attn_norm.weight"),
                        Linear.of(weights, name + "attn_q"),
                        Linear.of(weights, name + "attn_k"),
                        Linear.of(weights, name + "attn_v"),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "ffn_norm.weight"),
                        layer.experts() > 0
                                ? new Shared(
                                        kernels,
                                        experts(spec, weights, name, layer.experts(), activation),
                                        Gated.of(weights, name, "_shexp", activation))
                                : Gated.of(weights, name, "", activation)));
            }
        }

        private static Experts experts(
                ModelSpec spec, PlacedWeights weights, String layer, int count, Activation activation) {
            int hidden = spec.own("hidden");
            int width = spec.width();
            boolean together = spec.dialect() == Dialect.HUGGING_FACE; // gate, then up
            String both = layer + "ffn_gate_up_exps";
            return new Experts(
                    weights.kernels(),
                    Linear.of(weights, layer + "ffn_gate_inp"),
                    new Routing(spec.own("chosen"), Routing.Score.SIGMOID, false, 1),
                    together
                            ? weights.expertColumns(both, count, width, new Columns(0, 1, hidden))
                            : weights.experts(layer + "ffn_gate", count),
                    together
                            ? weights.expertColumns(both, count, width, new Columns(hidden, 1, hidden))
                            : weights.experts(layer + "ffn_up", count),
                    together
                            ? weights.expertColumns(layer + "ffn_down_exps", count, hidden, new Columns(0, 1, width))
                            : weights.experts(layer + "ffn_down", count),
                    activation::multiply,
                    true);
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            float epsilon = spec().normEpsilon();
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor z_TD = batch.activation("z", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), spec().headWidth());
            Tensor k_TKH = batch.activation("k", spec().kvHeads(), spec().headWidth());
            Tensor v_TKH = batch.activation("v", spec().kvHeads(), spec().headWidth());
            Tensor attended_TNH = batch.activation("attended", spec().heads(), spec().headWidth());

            kernels.rmsNorm(y_TD, x_TD, layer.attentionNorm_D, epsilon);
            Linear.apply(kernels, y_TD, layer.q.to(q_TNH), layer.k.to(k_TKH), layer.v.to(v_TKH));
            if (layer.turns()) {
                kernels.rope(q_TNH, batch.positions(), layer.rotation);
                kernels.rope(k_TKH, batch.positions(), layer.rotation);
                if (spec().own("normed") == 1) {
                    kernels.rmsNorm(q_TNH, q_TNH, ones_H, epsilon);
                    kernels.rmsNorm(k_TKH, k_TKH, ones_H, epsilon);
                }
            } else if (spec().own("sharpens") == 1) {
                q_TNH = sharpened(batch, q_TNH);
            }
            kernels.append(batch.views(number), k_TKH, v_TKH);
            kernels.attend(attended_TNH, q_TNH, batch.views(number), layer.rule);
            Linear.apply(kernels, attended_TNH, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);

            kernels.rmsNorm(y_TD, x_TD, layer.hiddenNorm_D, epsilon);
            layer.feedForward.apply(batch, y_TD, z_TD);
            kernels.add(x_TD, z_TD);
        }

        /** Queries, longer the farther they stand, so that attention over much stays sharp (Nakanishi 2025). */
        private Tensor sharpened(Batch batch, Tensor q_TNH) {
            int[] positions_T = batch.positions();
            int[] rows_T = IntStream.range(0, positions_T.length).toArray();
            float[] factors_T = new float[positions_T.length];
            for (int t = 0; t < factors_T.length; t++) {
                double floor = Math.floor((positions_T[t] + 1) / floorScale);
                factors_T[t] = (float) (StrictMath.log1p(floor) * attentionScale + 1);
            }
            Tensor sharp_TNH = batch.activation("sharp q", spec().heads(), spec().headWidth());
            long width = (long) spec().heads() * spec().headWidth();
            kernels.mixRows(
                    sharp_TNH.reshape(rows_T.length, width), q_TNH.reshape(rows_T.length, width), rows_T, factors_T);
            return sharp_TNH;
        }
    }
}
