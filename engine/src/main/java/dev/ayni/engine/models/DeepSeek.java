package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Kernels.ExpertProduct;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek 2, 3 and R1 (DeepSeek-AI 2024): keys and values made of one short latent row a token, of which a part turns with
 * the position and is the same for all heads; experts chosen group by group, and shared ones beside them.
 */
final class DeepSeek implements Architecture {
    // T tokens, D width, N heads, H width of queries and keys = P plain + R turning, V width of values, L width of
    // latent rows

    private static final WeightNames NAMES = WeightNames.table(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head",
            "blk.*.attn_norm", "model.layers.*.input_layernorm",
            "blk.*.attn_q", "model.layers.*.self_attn.q_proj",
            "blk.*.attn_q_a", "model.layers.*.self_attn.q_a_proj",
            "blk.*.attn_q_a_norm", "model.layers.*.self_attn.q_a_layernorm",
            "blk.*.attn_q_b", "model.layers.*.self_attn.q_b_proj",
            "blk.*.attn_kv_a_mqa", "model.layers.*.self_attn.kv_a_proj_with_mqa",
            "blk.*.attn_kv_a_norm", "model.layers.*.self_attn.kv_a_layernorm",
            "blk.*.attn_kv_b", "model.layers.*.self_attn.kv_b_proj",
            "blk.*.attn_k_b", "", // parted, and turned around, only in GGUF files
            "blk.*.attn_v_b", "",
            "blk.*.attn_output", "model.layers.*.self_attn.o_proj",
            "blk.*.ffn_norm", "model.layers.*.post_attention_layernorm",
            "blk.*.ffn_gate", "model.layers.*.mlp.gate_proj",
            "blk.*.ffn_up", "model.layers.*.mlp.up_proj",
            "blk.*.ffn_down", "model.layers.*.mlp.down_proj",
            "blk.*.ffn_gate_inp", "model.layers.*.mlp.gate",
            "blk.*.exp_probs_b.bias", "model.layers.*.mlp.gate.e_score_correction_bias",
            "blk.*.ffn_gate.*", "model.layers.*.mlp.experts.*.gate_proj",
            "blk.*.ffn_up.*", "model.layers.*.mlp.experts.*.up_proj",
            "blk.*.ffn_down.*", "model.layers.*.mlp.experts.*.down_proj",
            "blk.*.ffn_gate_up_exps.weight", "model.layers.*.mlp.experts.gate_up_proj",
            "blk.*.ffn_gate_exps", "", // so stacked only in GGUF files
            "blk.*.ffn_up_exps", "",
            "blk.*.ffn_down_exps.weight", "model.layers.*.mlp.experts.down_proj",
            "blk.*.ffn_gate_shexp", "model.layers.*.mlp.shared_experts.gate_proj",
            "blk.*.ffn_up_shexp", "model.layers.*.mlp.shared_experts.up_proj",
            "blk.*.ffn_down_shexp", "model.layers.*.mlp.shared_experts.down_proj");

    private static final String GGUF = "deepseek2.";

    private static final Sizes.Defaults DEFAULTS_2 = new Sizes.Defaults(4096, 11_008, 32, 32, 0, 192, 32_000, 2048);
    private static final Sizes.Defaults DEFAULTS_3 = new Sizes.Defaults(7168, 18_432, 61, 128, 128, 192, 129_280, 4096);

    @Override
    public String name() {
        return "deepseek_v3";
    }

    @Override
    public Set<String> otherNames() {
        return Set.of("deepseek_v2", "deepseek2");
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public ModelSpec spec(Metadata metadata) {
        return switch (metadata.dialect()) {
            case GGUF -> gguf(metadata);
            case HUGGING_FACE ->
                huggingFace(metadata, metadata.text("model_type").equals("deepseek_v3"));
        };
    }

    /** Newer files hold keys and values as latent rows, which all heads share; in older ones each head has its own. */
    private static ModelSpec gguf(Metadata metadata) {
        int turning = metadata.integer(GGUF + "rope.dimension_count");
        boolean latent = metadata.value(GGUF + "attention.key_length_mla") != null;
        String suffix = latent ? "_mla" : "";
        int key = metadata.integer(GGUF + "attention.key_length" + suffix);
        int dense = metadata.optionalInteger(GGUF + "leading_dense_block_count").orElse(0);
        int experts = metadata.optionalInteger(GGUF + "expert_count").orElse(0);
        // attention's own scale makes good what YaRN would do to sines and cosines
        Rotation rotation = Rotations.gguf(metadata, GGUF, turning, Pairing.NEIGHBOURS, 10_000);
        Rotation unscaled = new Rotation(rotation.pairing(), rotation.frequencies(), 1);
        ModelSpec spec = Sizes.gguf(
                metadata,
                "deepseek2",
                (number, width) -> new ModelSpec.Layer(unscaled, 0).withExperts(number < dense ? 0 : experts));
        int shared = metadata.optionalInteger(GGUF + "expert_shared_count").orElse(0);
        int hidden =
                metadata.optionalInteger(GGUF + "expert_feed_forward_length").orElse(spec.hidden());
        return spec.withHeads(spec.kvHeads(), spec.headWidth(), metadata.integer(GGUF + "attention.value_length"))
                .withOwn(Map.of(
                        "query latent",
                        metadata.optionalInteger(GGUF + "attention.q_lora_rank").orElse(0),
                        "latent",
                        metadata.integer(GGUF + "attention.kv_lora_rank"),
                        "plain",
                        key - turning,
                        "turning",
                        turning,
                        "value",
                        metadata.integer(GGUF + "attention.value_length" + suffix),
                        "shares",
                        latent ? 1 : 0,
                        "hidden",
                        hidden,
                        "shared hidden",
                        hidden * shared));
    }

    private static ModelSpec huggingFace(Metadata metadata, boolean third) {
        int every = metadata.optionalInteger("moe_layer_freq").orElse(1);
        if (every != 1) {
            throw new WeightsException(
                    "%s: 'moe_layer_freq' is %d: experts in every so many layers, which this version does not compute, as no published model has it. Choose another model; `ayni models` lists some."
                            .formatted(metadata.source(), every));
        }
        int plain = metadata.optionalInteger("qk_nope_head_dim").orElse(128);
        int turning = metadata.optionalInteger("qk_rope_head_dim").orElse(64);
        int value = metadata.optionalInteger("v_head_dim").orElse(128);
        int experts = metadata.optionalInteger("n_routed_experts").orElse(third ? 256 : 64);
        int dense = metadata.optionalInteger("first_k_dense_replace").orElse(third ? 3 : 0);
        int hidden = metadata.optionalInteger("moe_intermediate_size").orElse(third ? 2048 : 1407);
        int shared = metadata.optionalInteger("n_shared_experts")
                .orElse(metadata.keys().contains("n_shared_experts") ? 0 : third ? 1 : 2);
        boolean neighbours = metadata.optionalFlag("rope_interleave").orElse(true);
        ModelSpec spec = Sizes.huggingFace(
                metadata, third ? "deepseek_v3" : "deepseek_v2", third ? DEFAULTS_3 : DEFAULTS_2, (number, width) -> {
                    ModelSpec.Layer layer = RotaryConfig.ofModel(metadata).layer(turning, 0);
                    Rotation rotation = neighbours ? Rotations.ofNeighbours(layer.rotation()) : layer.rotation();
                    return new ModelSpec.Layer(rotation, 0, layer.reach()).withExperts(number < dense ? 0 : experts);
                });
        return spec.withHeads(spec.heads(), plain + turning, value)
                .withOwn(Map.of(
                        "query latent",
                        metadata.optionalInteger("q_lora_rank")
                                .orElse(metadata.keys().contains("q_lora_rank") ? 0 : 1536),
                        "latent",
                        metadata.optionalInteger("kv_lora_rank").orElse(512),
                        "plain",
                        plain,
                        "turning",
                        turning,
                        "value",
                        value,
                        "shares",
                        0,
                        "hidden",
                        hidden,
                        "shared hidden",
                        hidden * shared));
    }

    @Override
    public List<WeightShape> weights(ModelSpec spec) {
        long D = spec.width();
        long N = spec.heads();
        long P = spec.own("plain");
        long R = spec.own("turning");
        long V = spec.own("value");
        long L = spec.own("latent");
        long Q = spec.own("query latent");
        WeightShapes shapes = WeightShapes.ofDecoder(spec);
        shapes.required("output_norm.weight", D);
        for (int i = 0; i < spec.layers().size(); i++) {
            String layer = "blk." + i + ".";
            shapes.required(layer + "attn_norm.weight", D);
            if (Q == 0) {
                shapes.required(layer + "attn_q.weight", N * (P + R), D);
            } else {
                shapes.linear(layer + "attn_q_a", Q, D);
                shapes.required(layer + "attn_q_a_norm.weight", Q);
                shapes.required(layer + "attn_q_b.weight", N * (P + R), Q);
            }
            shapes.linear(layer + "attn_kv_a_mqa", L + R, D);
            shapes.required(layer + "attn_kv_a_norm.weight", L);
            if (spec.own("shares") == 1) {
                shapes.required(layer + "attn_k_b.weight", N, L, P);
                shapes.required(layer + "attn_v_b.weight", N, V, L);
            } else {
                shapes.required(layer + "attn_kv_b.weight", N * (P + V), L);
            }
            shapes.linear(layer + "attn_output", D, N * V);
            shapes.required(layer + "ffn_norm.weight", D);
            long E = spec.layers().get(i).experts();
            if (E > 0) {
                Experts.addShapes(shapes, layer, E, D, spec.own("hidden"));
                shapes.optional(layer + "exp_probs_b.bias", E);
            }
            long F = E > 0 ? spec.own("shared hidden") : spec.hidden();
            if (F > 0) {
                shapes.gated(layer, E > 0 ? "_shexp" : "", F, D);
            }
        }
        return shapes.list();
    }

    @Override
    public Model build(ModelSpec spec, PlacedWeights weights, CacheType cache) {
        return new Forward(spec, weights, cache);
    }

    /** How experts are chosen: by softmax, from the groups with the best expert; or by sigmoid, from those with the best two. */
    private static Routing routing(Metadata metadata, float @Nullable [] bias_E) {
        boolean gguf = metadata.dialect() == Dialect.GGUF;
        boolean third = gguf // older files do not say it, but only the third one has a bias
                ? metadata.optionalInteger(GGUF + "expert_gating_func").orElse(bias_E == null ? 1 : 2) == 2
                : metadata.text("model_type").equals("deepseek_v3");
        boolean inGroups = gguf
                || third
                || switch (metadata.optionalText("topk_method").orElse("greedy")) {
                    case "greedy" -> false;
                    case "group_limited_greedy" -> true;
                    default ->
                        throw new WeightsException(
                                "%s: 'topk_method' is '%s', which this version does not compute. It computes: greedy, group_limited_greedy, and noaux_tc in deepseek_v3. Choose another model; `ayni models` lists some."
                                        .formatted(metadata.source(), metadata.text("topk_method")));
                };
        int groups = metadata.optionalInteger(gguf ? GGUF + "expert_group_count" : "n_group")
                .orElse(third && !gguf ? 8 : 1);
        int groupsChosen = metadata.optionalInteger(gguf ? GGUF + "expert_group_used_count" : "topk_group")
                .orElse(third && !gguf ? 4 : groups);
        return new Routing(
                metadata.optionalInteger(gguf ? GGUF + "expert_used_count" : "num_experts_per_tok")
                        .orElse(8),
                third ? Routing.Score.SIGMOID : Routing.Score.SOFTMAX,
                gguf
                        ? metadata.optionalFlag(GGUF + "expert_weights_norm").orElse(false)
                        : third && metadata.optionalFlag("norm_topk_prob").orElse(true),
                metadata.optionalNumber(gguf ? GGUF + "expert_weights_scale" : "routed_scaling_factor")
                        .orElse(third && !gguf ? 2.5 : 1.0),
                bias_E,
                inGroups ? Math.max(1, groups) : 1,
                inGroups ? Math.max(1, groupsChosen) : 1,
                third ? 2 : 1);
    }

    private static final class Forward extends Decoder {
        /** What published models add in the norms of latent rows, whatever they add in the others. */
        private static final float LATENT_EPSILON = 1e-6f;

        private final AttentionRule rule;
        private final float latentEpsilon;
        private final List<Layer> layers = new ArrayList<>();

        /** What makes queries: a matrix, or two with a norm between. */
        private record Queries(
                Linear last,
                @Nullable Linear first,
                @Nullable Tensor norm_Q) {}

        /** What makes keys and values of latent rows: one matrix for all heads, or two for each. */
        private record Heads(@Nullable Linear keysAndValues, List<Tensor> k_N_LP, List<Tensor> v_N_VL) {}

        private record Layer(
                Rotation rotation,
                Tensor attentionNorm_D,
                Queries queries,
                Linear latent,
                Tensor latentNorm_L,
                Heads heads,
                Linear attentionOutput,
                Tensor hiddenNorm_D,
                FeedForward feedForward) {}

        Forward(ModelSpec spec, PlacedWeights weights, CacheType cache) {
            super(spec, weights, cache, Norm.rms(weights.vector("output_norm.weight")));
            boolean gguf = spec.dialect() == Dialect.GGUF;
            latentEpsilon = gguf ? spec.normEpsilon() : LATENT_EPSILON;
            double width = spec.own("plain") + (double) spec.own("turning");
            double stretched = gguf
                    ? ggufScale(weights.metadata())
                    : RotaryConfig.ofModel(weights.metadata()).scoreScale();
            rule = new AttentionRule((float) (stretched / Math.sqrt(width)), 0, 0);
            for (int i = 0; i < spec.layers().size(); i++) {
                ModelSpec.Layer layer = spec.layers().get(i);
                String name = "blk." + i + ".";
                boolean twice = spec.own("query latent") > 0;
                layers.add(new Layer(
                        layer.rotation(),
                        weights.vector(name + "attn_norm.weight"),
                        new Queries(
                                Linear.of(weights, name + (twice ? "attn_q_b" : "attn_q")),
                                twice ? Linear.of(weights, name + "attn_q_a") : null,
                                twice ? weights.vector(name + "attn_q_a_norm.weight") : null),
                        Linear.of(weights, name + "attn_kv_a_mqa"),
                        weights.vector(name + "attn_kv_a_norm.weight"),
                        spec.own("shares") == 1
                                ? new Heads(null, each(weights, name + "attn_k_b"), each(weights, name + "attn_v_b"))
                                : new Heads(Linear.of(weights, name + "attn_kv_b"), List.of(), List.of()),
                        Linear.of(weights, name + "attn_output"),
                        weights.vector(name + "ffn_norm.weight"),
                        feedForward(spec, weights, name, layer.experts())));
            }
        }

        /** YaRN's change of the scores, which the file states as the factor of a logarithm. */
        private static double ggufScale(Metadata metadata) {
            double factor =
                    metadata.optionalNumber(GGUF + "rope.scaling.factor").orElse(1.0);
            double slope = metadata.optionalNumber(GGUF + "rope.scaling.yarn_log_multiplier")
                    .orElse(0.0);
            double magnitude = factor <= 1 ? 1 : slope * StrictMath.log(factor) + 1;
            return magnitude * magnitude;
        }

        private static List<Tensor> each(PlacedWeights weights, String name) {
            Tensor all_NOI = weights.place(name + ".weight");
            return IntStream.range(0, (int) all_NOI.size(0))
                    .mapToObj(head -> all_NOI.rows(head, head + 1L).reshape(all_NOI.size(1), all_NOI.size(2)))
                    .toList();
        }

        private static FeedForward feedForward(ModelSpec spec, PlacedWeights weights, String layer, int experts) {
            Activation activation = spec.dialect() == Dialect.HUGGING_FACE
                    ? Activation.of(weights.metadata(), "hidden_act", Activation.SILU)
                    : Activation.SILU;
            if (experts == 0) {
                return Gated.of(weights, layer, "", activation);
            }
            float @Nullable [] bias_E =
                    weights.has(layer + "exp_probs_b.bias") ? weights.floats(layer + "exp_probs_b.bias") : null;
            Experts routed = new Experts(weights, layer, experts, routing(weights.metadata(), bias_E), activation);
            return spec.own("shared hidden") == 0
                    ? routed
                    : new Shared(weights.kernels(), routed, Gated.of(weights, layer, "_shexp", activation));
        }

        @Override
        void layer(int number, Batch batch, Tensor x_TD) {
            Layer layer = layers.get(number);
            int P = spec().own("plain");
            int R = spec().own("turning");
            int L = spec().own("latent");
            Tensor y_TD = batch.activation("y", spec().width());
            Tensor z_TD = batch.activation("z", spec().width());
            Tensor q_TNH = batch.activation("q", spec().heads(), P + R);
            Tensor turning_TNR = batch.activation("turning q", spec().heads(), R);
            Tensor latent_T = batch.activation("latent", L + (long) R);
            Tensor latent_TL = batch.activation("latent, normed", L);
            Tensor turning_T1R = batch.activation("turning k", 1, R);

            kernels.rmsNorm(y_TD, x_TD, layer.attentionNorm_D, spec().normEpsilon());
            queries(batch, layer.queries, y_TD, q_TNH);
            Linear.apply(kernels, y_TD, layer.latent.to(latent_T));
            kernels.copyColumns(latent_T, 0, latent_TL, 0, L);
            kernels.rmsNorm(latent_TL, latent_TL, layer.latentNorm_L, latentEpsilon);
            kernels.copyColumns(latent_T, L, turning_T1R, 0, R);
            kernels.copyColumns(q_TNH, P, turning_TNR, 0, R);
            kernels.rope(turning_T1R, batch.positions(), layer.rotation);
            kernels.rope(turning_TNR, batch.positions(), layer.rotation);
            kernels.copyColumns(turning_TNR, 0, q_TNH, P, R);
            Tensor attended_TNV = layer.heads.keysAndValues == null
                    ? attendToLatent(number, batch, layer, q_TNH, latent_TL, turning_T1R)
                    : attendWithHeads(number, batch, layer, q_TNH, latent_TL, turning_T1R);
            Linear.apply(kernels, attended_TNV, layer.attentionOutput.to(y_TD));
            kernels.add(x_TD, y_TD);

            kernels.rmsNorm(y_TD, x_TD, layer.hiddenNorm_D, spec().normEpsilon());
            layer.feedForward.apply(batch, y_TD, z_TD);
            kernels.add(x_TD, z_TD);
        }

        private void queries(Batch batch, Queries queries, Tensor x_TD, Tensor q_TNH) {
            if (queries.first == null) {
                Linear.apply(kernels, x_TD, queries.last.to(q_TNH));
                return;
            }
            Tensor latent_TQ = batch.activation("latent q", spec().own("query latent"));
            Linear.apply(kernels, x_TD, queries.first.to(latent_TQ));
            kernels.rmsNorm(latent_TQ, latent_TQ, Objects.requireNonNull(queries.norm_Q), latentEpsilon);
            Linear.apply(kernels, latent_TQ, queries.last.to(q_TNH));
        }

        /** Each head has keys and values of its own, made of the latent rows before they are remembered. */
        private Tensor attendWithHeads(
                int number, Batch batch, Layer layer, Tensor q_TNH, Tensor latent_TL, Tensor turning_T1R) {
            int P = spec().own("plain");
            int R = spec().own("turning");
            int V = spec().own("value");
            Tensor both_TN = batch.activation("k and v", spec().heads(), P + V);
            Tensor k_TNH = batch.activation("k", spec().heads(), P + R);
            Tensor v_TNV = batch.activation("v", spec().heads(), V);
            Tensor attended_TNV = batch.activation("attended", spec().heads(), V);
            Linear.apply(
                    kernels,
                    latent_TL,
                    Objects.requireNonNull(layer.heads.keysAndValues).to(both_TN));
            kernels.copyColumns(both_TN, 0, k_TNH, 0, P);
            kernels.copyColumns(turning_T1R, 0, k_TNH, P, R);
            kernels.copyColumns(both_TN, P, v_TNV, 0, V);
            kernels.append(batch.views(number), k_TNH, v_TNV);
            kernels.attend(attended_TNV, q_TNH, batch.views(number), rule);
            return attended_TNV;
        }

        /** The latent rows themselves are remembered: what would make keys of them is applied to the queries instead. */
        private Tensor attendToLatent(
                int number, Batch batch, Layer layer, Tensor q_TNH, Tensor latent_TL, Tensor turning_T1R) {
            int N = spec().heads();
            int P = spec().own("plain");
            int R = spec().own("turning");
            int V = spec().own("value");
            int L = spec().own("latent");
            Tensor plain_TNP = batch.activation("plain q", N, P);
            Tensor wide_TNL = batch.activation("wide q", N, L);
            Tensor q_TN = batch.activation("q of latent", N, L + (long) R);
            Tensor k_T1 = batch.activation("k of latent", 1, L + (long) R);
            Tensor attended_TNL = batch.activation("attended latent", N, L);
            Tensor attended_TNV = batch.activation("attended", N, V);
            kernels.copyColumns(q_TNH, 0, plain_TNP, 0, P);
            eachHead(batch, plain_TNP, layer.heads.k_N_LP, wide_TNL);
            kernels.copyColumns(wide_TNL, 0, q_TN, 0, L);
            kernels.copyColumns(q_TNH, P, q_TN, L, R);
            kernels.copyColumns(latent_TL, 0, k_T1, 0, L);
            kernels.copyColumns(turning_T1R, 0, k_T1, L, R);
            kernels.append(batch.views(number), k_T1, latent_TL.reshape(latent_TL.size(0), 1, L));
            kernels.attend(attended_TNL, q_TN, batch.views(number), rule);
            eachHead(batch, attended_TNL, layer.heads.v_N_VL, attended_TNV);
            return attended_TNV;
        }

        /** Each head's rows times a matrix of its own: products with experts, of which the heads are one each. */
        private void eachHead(Batch batch, Tensor x_TNI, List<Tensor> w_N_OI, Tensor out_TNO) {
            int T = Math.toIntExact(x_TNI.size(0));
            int N = w_N_OI.size();
            int rows = T * N;
            int[] byHead = IntStream.range(0, rows).map(i -> i % T * N + i / T).toArray();
            int[] byToken = IntStream.range(0, rows).map(i -> i % N * T + i / N).toArray();
            int[] starts = IntStream.rangeClosed(0, N).map(head -> head * T).toArray();
            Tensor x_I = batch.activation("by head " + x_TNI.size(2), N, x_TNI.size(2))
                    .reshape(rows, x_TNI.size(2));
            Tensor out_O = batch.activation("of heads " + out_TNO.size(2), N, out_TNO.size(2))
                    .reshape(rows, out_TNO.size(2));
            kernels.embed(x_I, x_TNI.reshape(rows, x_TNI.size(2)), byHead);
            kernels.expertMatmul(x_I, starts, new ExpertProduct(out_O, w_N_OI));
            kernels.embed(out_TNO.reshape(rows, out_TNO.size(2)), out_O, byToken);
        }
    }
}
