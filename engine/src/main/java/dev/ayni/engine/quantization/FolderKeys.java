package dev.ayni.engine.quantization;

import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.weights.GgufKeys;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the head of a GGUF file says of a folder's model, besides its tokens; and what that file cannot say, as letters. */
final class FolderKeys {
    private final Metadata metadata;
    private final ModelSpec spec;
    private final FolderSource.Family family;
    private final GgufKeys keys;
    private final List<Source.Tensor> tensors = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /** @param keys receives them */
    FolderKeys(Metadata metadata, ModelSpec spec, FolderSource.Family family, GgufKeys keys) {
        this.metadata = metadata;
        this.spec = spec;
        this.family = family;
        this.keys = keys;
    }

    /** What some keys stand for is a tensor: factors of frequencies. */
    List<Source.Tensor> tensors() {
        return tensors;
    }

    /** What the reader of the new file should know. */
    List<String> remarks() {
        return remarks;
    }

    /**
     * Writes the keys.
     *
     * @param name what the model is called
     * @throws WeightsException if the model computes what readers of GGUF files of its family do not
     */
    void describe(String name) {
        String prefix = family.gguf() + ".";
        boolean layerNorm = family.gguf().equals("gpt2") || family.gguf().equals("bloom");
        keys.text("general.architecture", family.gguf())
                .text("general.type", "model")
                .text("general.name", name)
                .number(prefix + "block_count", spec.layers().size())
                .number(prefix + "context_length", spec.context())
                .number(prefix + "embedding_length", spec.width())
                .number(prefix + "feed_forward_length", spec.hidden())
                .number(prefix + "attention.head_count", spec.heads())
                .real(prefix + "attention.layer_norm_" + (layerNorm ? "epsilon" : "rms_epsilon"), spec.normEpsilon())
                .number(prefix + "vocab_size", spec.vocabulary());
        if (!family.gguf().equals("deepseek2")) {
            keys.number(prefix + "attention.head_count_kv", spec.kvHeads())
                    .number(prefix + "attention.key_length", spec.headWidth())
                    .number(prefix + "attention.value_length", spec.headWidth());
        }
        if (!layerNorm) {
            keys.number(prefix + "rope.dimension_count", 2L * mostTurning());
            rotation(prefix);
            llama3();
        }
        if (Set.of("llama", "qwen2", "qwen3", "qwen3moe", "phi3", "llama4", "deepseek2")
                .contains(family.gguf())) {
            requireActivation("hidden_act", "silu", "swish");
        }
        switch (family.folder()) {
            case "gemma2" -> gemma2(prefix);
            case "gemma3" -> gemma3(prefix);
            case "phi3" -> phi3(prefix);
            case "mistral", "qwen2", "qwen3" -> window(prefix);
            case "mixtral" -> {
                window(prefix);
                experts(prefix, "num_experts_per_tok", 2);
            }
            case "qwen3_moe" -> qwen3Moe(prefix);
            case "gpt_oss" -> gptOss(prefix);
            case "llama4" -> llama4(prefix);
            case "deepseek_v3" -> deepSeek(prefix);
            case "gpt2" -> gpt2();
            case "bloom" -> bloom();
            case "muse-glimmer" -> museGlimmer(prefix);
            default -> {}
        }
    }

    /** How many numbers of a head turn, in the first layer that turns any. */
    private int mostTurning() {
        return spec.layers().stream()
                .mapToInt(layer -> layer.rotation().frequencies().length)
                .max()
                .orElse(0);
    }

    // Families with experts, and those that are older than rotary positions

    private int experts() {
        return spec.layers().stream().mapToInt(ModelSpec.Layer::experts).max().orElse(0);
    }

    private void experts(String prefix, String chosen, int usually) {
        keys.number(prefix + "expert_count", experts())
                .number(
                        prefix + "expert_used_count",
                        metadata.optionalInteger(chosen).orElse(usually));
    }

    private void qwen3Moe(String prefix) {
        require(spec.layers().stream().allMatch(layer -> layer.experts() > 0), "has layers without experts");
        require(spec.own("normalized") == 1, "leaves the weights of a token's experts as they come ('norm_topk_prob')");
        window(prefix);
        experts(prefix, "num_experts_per_tok", 8);
        keys.number(prefix + "expert_feed_forward_length", spec.own("hidden"));
    }

    private void gptOss(String prefix) {
        for (int i = 0; i < spec.layers().size(); i++) {
            require(spec.layers().get(i).window() > 0 == (i % 2 == 0), "has windows in other layers than every second");
        }
        require(
                metadata.optionalNumber("swiglu_alpha").orElse(1.702) == 1.702
                        && metadata.optionalNumber("swiglu_limit").orElse(7.0) == 7,
                "has an activation of its own ('swiglu_alpha', 'swiglu_limit')");
        experts(prefix, "num_experts_per_tok", 4);
        keys.number(
                        prefix + "attention.sliding_window",
                        spec.layers().getFirst().window())
                .number(prefix + "expert_feed_forward_length", spec.own("hidden"));
    }

    private void llama4(String prefix) {
        int step = Math.max(
                1, metadata.optionalInteger("interleave_moe_layer_step").orElse(1));
        int section = spec.own("section");
        for (int i = 0; i < spec.layers().size(); i++) {
            ModelSpec.Layer layer = spec.layers().get(i);
            require(layer.experts() > 0 == ((i + 1) % step == 0), "has experts in other layers than every so many");
            require(
                    layer.turns() == (section == 0 || i % 4 != 3),
                    "turns positions in other layers than three of four");
        }
        require(section == 0 || section == 8192, "attends to sections of %d positions".formatted(section));
        require(
                spec.own("sharpens") == (section == 0 ? 0 : 1),
                "sharpens queries otherwise ('attn_temperature_tuning')");
        require(spec.own("normed") == (experts() == 128 ? 0 : 1), "norms queries and keys otherwise ('use_qk_norm')");
        require(
                metadata.optionalNumber("floor_scale").orElse(8192.0) == 8192
                        && metadata.optionalNumber("attn_scale").orElse(0.1) == 0.1,
                "sharpens queries otherwise ('floor_scale', 'attn_scale')");
        experts(prefix, "num_experts_per_tok", 1);
        keys.number(prefix + "interleave_moe_layer_step", step)
                .number(prefix + "expert_feed_forward_length", spec.own("hidden"));
        if (section == 0) {
            keys.number(prefix + "attention.sliding_window", 0);
        }
    }

    /** Keys and values are rows that all heads share, as the latent ones are multiplied with queries (DeepSeek-AI 2024). */
    private void deepSeek(String prefix) {
        boolean third = metadata.text("model_type").equals("deepseek_v3");
        require(
                metadata.optionalFlag("rope_interleave").orElse(true),
                "turns numbers half a head apart ('rope_interleave')");
        int latent = spec.own("latent");
        int turning = spec.own("turning");
        keys.number(prefix + "attention.head_count_kv", 1)
                .number(prefix + "attention.kv_lora_rank", latent)
                .number(prefix + "attention.key_length", latent + (long) turning)
                .number(prefix + "attention.value_length", latent)
                .number(prefix + "attention.key_length_mla", spec.own("plain") + (long) turning)
                .number(prefix + "attention.value_length_mla", spec.own("value"));
        if (spec.own("query latent") > 0) {
            keys.number(prefix + "attention.q_lora_rank", spec.own("query latent"));
        }
        rope("mscale_all_dim")
                .map(metadata::number)
                .ifPresent(slope -> keys.real(prefix + "rope.scaling.yarn_log_multiplier", 0.1 * slope));
        int dense = (int)
                spec.layers().stream().takeWhile(layer -> layer.experts() == 0).count();
        keys.number(prefix + "leading_dense_block_count", dense);
        experts(prefix, "num_experts_per_tok", 8);
        boolean inGroups =
                third || !metadata.optionalText("topk_method").orElse("greedy").equals("greedy");
        if (inGroups) {
            keys.number(
                            prefix + "expert_group_count",
                            metadata.optionalInteger("n_group").orElse(third ? 8 : 1))
                    .number(
                            prefix + "expert_group_used_count",
                            metadata.optionalInteger("topk_group").orElse(third ? 4 : 1));
        }
        int hidden = spec.own("hidden");
        keys.number(prefix + "expert_feed_forward_length", hidden)
                .number(prefix + "expert_shared_count", spec.own("shared hidden") / Math.max(1, hidden))
                .number(prefix + "expert_gating_func", third ? 2 : 1)
                .real(
                        prefix + "expert_weights_scale",
                        metadata.optionalNumber("routed_scaling_factor").orElse(third ? 2.5 : 1.0))
                .flag(
                        prefix + "expert_weights_norm",
                        third && metadata.optionalFlag("norm_topk_prob").orElse(true));
    }

    private void gpt2() {
        require(
                metadata.optionalFlag("scale_attn_weights").orElse(true)
                        && !metadata.optionalFlag("scale_attn_by_inverse_layer_idx")
                                .orElse(false),
                "scales its scores otherwise ('scale_attn_weights', 'scale_attn_by_inverse_layer_idx')");
        requireActivation("activation_function", "gelu_new", "gelu_pytorch_tanh", "gelu_fast");
    }

    private void bloom() {
        require(
                !metadata.optionalFlag("apply_residual_connection_post_layernorm")
                        .orElse(false),
                "goes around its norms otherwise ('apply_residual_connection_post_layernorm')");
    }

    private void museGlimmer(String prefix) {
        boolean[] windowed = new boolean[spec.layers().size()];
        int window = 0;
        for (int i = 0; i < windowed.length; i++) {
            ModelSpec.Layer layer = spec.layers().get(i);
            windowed[i] = layer.window() > 0;
            window = Math.max(window, layer.window());
            require(layer.turns() == windowed[i], "turns positions in layers that see everything");
        }
        require(
                metadata.optionalNumber("post_norm_eps").orElse(1e-8) == 1e-8,
                "adds another number in its norms after each half ('post_norm_eps')");
        requireActivation("hidden_activation", "silu", "swish");
        keys.real(
                        prefix + "final_logit_softcapping",
                        metadata.optionalNumber("final_logit_softcapping").orElse(20.0))
                .real(
                        prefix + "logit_scale",
                        metadata.optionalNumber("output_multiplier").orElse(0.19611613513818404))
                .number(prefix + "attention.sliding_window", window)
                .flags(prefix + "attention.sliding_window_pattern", windowed);
    }

    private void requireActivation(String key, String... names) {
        String stated = metadata.optionalText(key).orElse(names[0]);
        require(List.of(names).contains(stated), "activates by %s ('%s')".formatted(stated, key));
    }

    private void require(boolean usual, String what) {
        if (!usual) {
            throw new WeightsException("%s %s, which GGUF files of its family have no key for. Use the folder as it is."
                    .formatted(metadata.source(), what));
        }
    }

    // Positions and windows

    /** Of Llama's family Ayni reads the window, which its GGUF files were not made to say; of others nobody does. */
    private void window(String prefix) {
        int window =
                spec.layers().stream().mapToInt(ModelSpec.Layer::window).max().orElse(0);
        if (window == 0 || window >= spec.context()) {
            return;
        }
        require(family.gguf().equals("llama"), "sees %d positions back and no further".formatted(window));
        keys.number(prefix + "attention.sliding_window", window);
        remarks.add(
                "Layers of the model were made to see %d positions back and no further. The file says so, and not every program looks at it: with longer texts its answers may be others."
                        .formatted(window));
    }

    private void rotation(String prefix) {
        rope("rope_theta")
                .or(() -> known("rope_theta"))
                .map(metadata::number)
                .ifPresentOrElse(
                        base -> keys.real(prefix + "rope.freq_base", base),
                        () -> keys.real(
                                prefix + "rope.freq_base", family.folder().equals("gemma3") ? 1e6 : 1e4));
        String kind =
                rope("rope_type").or(() -> rope("type")).map(metadata::text).orElse("default");
        switch (kind) {
            case "default", "llama3" -> {}
            case "longrope", "su" -> longRope(prefix, kind);
            case "linear" ->
                keys.text(prefix + "rope.scaling.type", "linear")
                        .real(
                                prefix + "rope.scaling.factor",
                                metadata.number(rope("factor").orElse("factor")));
            case "yarn" -> yarn(prefix);
            default -> throw unknownTurning(kind);
        }
    }

    private void yarn(String prefix) {
        double factor = metadata.number(rope("factor").orElse("factor"));
        keys.text(prefix + "rope.scaling.type", "yarn")
                .real(prefix + "rope.scaling.factor", factor)
                .number(
                        prefix + "rope.scaling.original_context_length",
                        rope("original_max_position_embeddings")
                                .map(metadata::integer)
                                .orElse(spec.context()));
        rope("beta_fast")
                .map(metadata::number)
                .ifPresent(beta -> keys.real(prefix + "rope.scaling.yarn_beta_fast", beta));
        rope("beta_slow")
                .map(metadata::number)
                .ifPresent(beta -> keys.real(prefix + "rope.scaling.yarn_beta_slow", beta));
        // readers multiply with YaRN's own magnitude, which config.json's replaces
        rope("attention_factor")
                .map(metadata::number)
                .ifPresent(magnitude ->
                        keys.real(prefix + "rope.scaling.attn_factor", magnitude / (1 + 0.1 * Math.log(factor))));
    }

    private void gemma3(String prefix) {
        int layers = spec.layers().size();
        boolean[] windowed = new boolean[layers];
        boolean usual = true;
        int window = 0;
        for (int i = 0; i < layers; i++) {
            int own = spec.layers().get(i).window();
            windowed[i] = own > 0;
            window = Math.max(window, own);
            usual &= windowed[i] == ((i + 1) % 6 != 0);
        }
        if (window > 0) {
            keys.number(prefix + "attention.sliding_window", window);
            keys.real(
                    prefix + "rope.freq_base_swa",
                    known("rope_parameters.sliding_attention.rope_theta")
                            .or(() -> known("rope_local_base_freq"))
                            .map(metadata::number)
                            .orElse(10_000.0));
            if (!usual) {
                keys.flags(prefix + "attention.sliding_window_pattern", windowed);
            }
        }
        known("final_logit_softcapping")
                .map(metadata::number)
                .ifPresent(cap -> keys.real(prefix + "final_logit_softcapping", cap));
        requireScale(62);
    }

    private void gemma2(String prefix) {
        int window =
                spec.layers().stream().mapToInt(ModelSpec.Layer::window).max().orElse(0);
        for (int i = 0; i < spec.layers().size(); i++) {
            if (spec.layers().get(i).window() > 0 != (i % 2 == 0)) {
                throw new WeightsException(
                        "%s: layer %d sees otherwise than GGUF files of its family can say: in them every second layer sees everything. Use the folder as it is."
                                .formatted(metadata.source(), i));
            }
        }
        keys.number(prefix + "attention.sliding_window", window)
                .real(
                        prefix + "attn_logit_softcapping",
                        metadata.optionalNumber("attn_logit_softcapping").orElse(50.0))
                .real(
                        prefix + "final_logit_softcapping",
                        metadata.optionalNumber("final_logit_softcapping").orElse(30.0));
        requireScale(46);
    }

    /** GGUF's readers know how scores are scaled by the number of layers: that of 27 billion numbers is another. */
    private void requireScale(int layersOf27Billion) {
        double scalar = metadata.optionalNumber("query_pre_attn_scalar").orElse(256.0);
        int assumed = spec.layers().size() == layersOf27Billion ? spec.width() / spec.heads() : spec.headWidth();
        if (scalar != assumed) {
            throw new WeightsException(
                    "%s scales its scores by %s ('query_pre_attn_scalar'), where readers of GGUF files of its family take %s. Use the folder as it is."
                            .formatted(metadata.source(), scalar, assumed));
        }
    }

    private void phi3(String prefix) {
        keys.number(
                prefix + "attention.sliding_window", spec.layers().getFirst().window());
        keys.number(prefix + "rope.scaling.original_context_length", originalContext());
    }

    private int originalContext() {
        return known("original_max_position_embeddings")
                .or(() -> rope("original_max_position_embeddings"))
                .map(metadata::integer)
                .orElse(spec.context());
    }

    /** Two sets of factors for the frequencies, for short texts and long ones (Ding et al. 2024). */
    private void longRope(String prefix, String kind) {
        if (!family.gguf().equals("phi3")) {
            throw unknownTurning(kind);
        }
        double factor = spec.context() / (double) originalContext();
        keys.real(
                prefix + "rope.scaling.attn_factor",
                rope("attention_factor")
                        .map(metadata::number)
                        .orElse(factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContext()))));
        for (String length : List.of("short", "long")) {
            List<?> factors = rope(length + "_factor").map(metadata::list).orElse(List.of());
            float[] numbers = new float[factors.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = factors.get(i) instanceof Number number ? number.floatValue() : Float.NaN;
            }
            tensors.add(FolderTensors.vector("rope_factors_" + length + ".weight", numbers));
        }
    }

    private WeightsException unknownTurning(String kind) {
        return new WeightsException(
                "%s turns positions by '%s', which is not written into GGUF files here. Convert it with llama.cpp's convert_hf_to_gguf.py, and quantise the GGUF file here."
                        .formatted(metadata.source(), kind));
    }

    /** Llama 3.1's scaling, which GGUF files hold as a factor for each frequency. */
    private void llama3() {
        if (!rope("rope_type")
                .or(() -> rope("type"))
                .map(metadata::text)
                .orElse("")
                .equals("llama3")) {
            return;
        }
        int width = spec.headWidth();
        double base = rope("rope_theta")
                .or(() -> known("rope_theta"))
                .map(metadata::number)
                .orElse(10_000.0);
        double factor = rope("factor").map(metadata::number).orElse(8.0);
        double low = rope("low_freq_factor").map(metadata::number).orElse(1.0);
        double high = rope("high_freq_factor").map(metadata::number).orElse(4.0);
        double context =
                rope("original_max_position_embeddings").map(metadata::number).orElse(8192.0);
        float[] factors = new float[width / 2];
        for (int i = 0; i < factors.length; i++) {
            double frequency = 1f / (float) StrictMath.pow(base, (double) ((float) (2 * i) / width));
            double wave = 2 * Math.PI / frequency;
            double smooth = (context / wave - low) / (high - low);
            factors[i] = (float)
                    (wave < context / high ? 1 : wave > context / low ? factor : 1 / ((1 - smooth) / factor + smooth));
        }
        tensors.add(FolderTensors.vector("rope_freqs.weight", factors));
    }

    /** The key of something that config.json says of rotary positions: of all layers, or of those that see everything. */
    private Optional<String> rope(String name) {
        return Optional.<String>empty()
                .or(() -> known("rope_parameters." + name))
                .or(() -> known("rope_parameters.full_attention." + name))
                .or(() -> known("rope_scaling." + name));
    }

    private Optional<String> known(String key) {
        return metadata.value(key) == null ? Optional.empty() : Optional.of(key);
    }
}
