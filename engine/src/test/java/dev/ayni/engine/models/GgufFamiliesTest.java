package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.engine.models.FamiliesWithExpertsTest.Small;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The models of {@link FamiliesWithExpertsTest} as llama.cpp converts them to GGUF: experts stacked, gate and up apart, what
 * makes keys and values of latent rows apart and turned around. They give the same logits.
 */
class GgufFamiliesTest {
    private static final Pattern EXPERT = Pattern.compile("(.*mlp\\.)experts\\.(\\d+)\\.(\\w+)_proj\\.weight");

    /** What names become, in this order. */
    private static final String[][] NAMES = {
        {"model.embed_tokens", "token_embd"},
        {"model.norm", "output_norm"},
        {"lm_head", "output"},
        {"model.layers", "blk"},
        {"input_layernorm", "attn_norm"},
        {"post_attention_layernorm", "ffn_norm"},
        {"self_attn.sinks", "attn_sinks.weight"},
        {"self_attn.o_proj", "attn_output"},
        {"self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa"},
        {"_layernorm", "_norm"},
        {"self_attn.", "attn_"},
        {"mlp.gate.e_score_correction_bias", "exp_probs_b.bias"},
        {"mlp.gate.", "ffn_gate_inp."},
        {"mlp.router.", "ffn_gate_inp."},
        {"mlp.shared_experts.gate_proj", "ffn_gate_shexp"},
        {"mlp.shared_experts.up_proj", "ffn_up_shexp"},
        {"mlp.shared_experts.down_proj", "ffn_down_shexp"},
        {"mlp.", "ffn_"},
        {"_proj", ""}
    };

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Small.class,
            names = {"QWEN3_MOE", "GPT_OSS", "DEEPSEEK2_LITE", "DEEPSEEK2", "DEEPSEEK3"})
    void logitsAreThoseOfTheFolder(Small small) throws IOException {
        Path file = write(small);
        for (String name : List.of("reference", "auto")) {
            try (Weights weights = WeightsFiles.open(file);
                    Kernels kernels = KernelChoice.open(name, 2, line -> {});
                    Model model = Architectures.build(weights, kernels, CacheType.F32)) {
                float[][] logits = model.forward(
                                List.of(new Run(FamiliesWithExpertsTest.IDS, model.newCache(), Wanted.ALL)))
                        .getFirst();
                for (int i = 0; i < 9; i++) {
                    float found = logits[List.of(0, 9, 39).get(i / 3)][i % 3];
                    assertThat(found).isCloseTo(small.expected[i], Offset.offset(1e-4f));
                }
            }
        }
    }

    private Path write(Small small) throws IOException {
        GgufWriter writer = new GgufWriter();
        keys(small, writer);
        Map<String, float[]> stacks = new LinkedHashMap<>();
        Map<String, long[]> shapesOfStacks = new LinkedHashMap<>();
        FamiliesWithExpertsTest.shapes(small).forEach((name, shape) -> {
            float[] numbers = FamiliesWithExpertsTest.numbers(name, shape);
            Matcher expert = EXPERT.matcher(name);
            if (expert.matches()) {
                int count = small == Small.QWEN3_MOE ? 6 : 8;
                String stack = renamed(expert.group(1)) + expert.group(3) + "_exps.weight";
                shapesOfStacks.put(stack, new long[] {count, shape[0], shape[1]});
                float[] all = stacks.computeIfAbsent(stack, s -> new float[count * numbers.length]);
                System.arraycopy(numbers, 0, all, Integer.parseInt(expert.group(2)) * numbers.length, numbers.length);
            } else if (name.contains("experts.gate_up_proj")) {
                boolean bias = name.endsWith("_bias");
                String end = bias ? "_exps.bias" : "_exps.weight";
                long[] half = bias ? new long[] {6, 96} : new long[] {6, 96, 64};
                String half1 = renamed(name.substring(0, name.indexOf("experts.")));
                writer.tensor(half1 + "gate" + end, everyOther(numbers, bias ? 1 : 64, 0), half);
                writer.tensor(half1 + "up" + end, everyOther(numbers, bias ? 1 : 64, 1), half);
            } else if (name.endsWith("experts.down_proj")) {
                String stack = renamed(name.substring(0, name.indexOf("experts."))) + "down_exps.weight";
                writer.tensor(stack, turned(numbers, 6, 96, 64), 6, 64, 96);
            } else if (name.endsWith("experts.down_proj_bias")) {
                writer.tensor(renamed(name.substring(0, name.indexOf("experts."))) + "down_exps.bias", numbers, shape);
            } else if (name.endsWith("kv_b_proj.weight")) {
                String layer = renamed(name.substring(0, name.indexOf("kv_b")));
                float[] keys = new float[4 * 24 * 32];
                float[] values = new float[4 * 16 * 32];
                for (int head = 0; head < 4; head++) {
                    System.arraycopy(numbers, head * 40 * 32, keys, head * 24 * 32, 24 * 32);
                    System.arraycopy(numbers, (head * 40 + 24) * 32, values, head * 16 * 32, 16 * 32);
                }
                writer.tensor(layer + "k_b.weight", turned(keys, 4, 24, 32), 4, 32, 24);
                writer.tensor(layer + "v_b.weight", values, 4, 16, 32);
            } else {
                String plain = renamed(name);
                writer.tensor(
                        small == Small.GPT_OSS ? plain.replace("ffn_norm", "post_attention_norm") : plain,
                        numbers,
                        shape);
            }
        });
        stacks.forEach(
                (name, numbers) -> writer.tensor(name, numbers, Objects.requireNonNull(shapesOfStacks.get(name))));
        return writer.write(folder.resolve("small.gguf"));
    }

    private static String renamed(String name) {
        String renamed = name;
        for (String[] pair : NAMES) {
            renamed = renamed.replace(pair[0], pair[1]);
        }
        return renamed;
    }

    private static void keys(Small small, GgufWriter writer) {
        String family = switch (small) {
            case QWEN3_MOE -> "qwen3moe";
            case GPT_OSS -> "gpt-oss";
            default -> "deepseek2";
        };
        writer.put("general.architecture", family)
                .put(family + ".embedding_length", 64)
                .put(family + ".feed_forward_length", 96)
                .put(family + ".block_count", 4)
                .put(family + ".attention.head_count", 4)
                .put(family + ".attention.layer_norm_rms_epsilon", small == Small.GPT_OSS ? 1e-5f : 1e-6f)
                .put(family + ".context_length", 256)
                .put(family + ".vocab_size", 288);
        if (small == Small.QWEN3_MOE || small == Small.GPT_OSS) {
            writer.put(family + ".attention.head_count_kv", 2)
                    .put(family + ".attention.key_length", 16)
                    .put(family + ".attention.value_length", 16)
                    .put(family + ".expert_count", 6)
                    .put(family + ".expert_used_count", small == Small.GPT_OSS ? 3 : 2)
                    .put(family + ".expert_feed_forward_length", small == Small.GPT_OSS ? 96 : 48)
                    .put(family + ".attention.sliding_window", 8)
                    .put(family + ".rope.freq_base", small == Small.GPT_OSS ? 150_000f : 10_000f);
        } else {
            boolean third = small == Small.DEEPSEEK3;
            writer.put(family + ".attention.head_count_kv", 1)
                    .put(family + ".attention.kv_lora_rank", 32)
                    .put(family + ".attention.key_length", 40)
                    .put(family + ".attention.value_length", 32)
                    .put(family + ".attention.key_length_mla", 32)
                    .put(family + ".attention.value_length_mla", 16)
                    .put(family + ".rope.dimension_count", 8)
                    .put(family + ".rope.freq_base", 10_000f)
                    .put(family + ".leading_dense_block_count", 1)
                    .put(family + ".expert_count", 8)
                    .put(family + ".expert_used_count", 3)
                    .put(family + ".expert_shared_count", third ? 1 : 2)
                    .put(family + ".expert_feed_forward_length", 48)
                    .put(family + ".expert_weights_scale", third ? 2.5f : small == Small.DEEPSEEK2 ? 16f : 1f)
                    .put(family + ".expert_weights_norm", third);
            if (small != Small.DEEPSEEK2_LITE) {
                writer.put(family + ".attention.q_lora_rank", 40)
                        .put(family + ".expert_group_count", 4)
                        .put(family + ".expert_group_used_count", 2)
                        .put(family + ".rope.scaling.yarn_log_multiplier", third ? 0.1f : 0.0707f);
            }
        }
        if (small != Small.QWEN3_MOE && small != Small.DEEPSEEK2_LITE) {
            writer.put(family + ".rope.scaling.type", "yarn")
                    .put(family + ".rope.scaling.factor", 4f)
                    .put(family + ".rope.scaling.original_context_length", 32);
        }
    }

    /** Of 6 stacks [rows, 192] every other column, as rows. */
    private static float[] everyOther(float[] numbers, int rows, int first) {
        float[] half = new float[6 * 96 * rows];
        for (int e = 0; e < 6; e++) {
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < 96; column++) {
                    half[(e * 96 + column) * rows + row] = numbers[(e * rows + row) * 192 + 2 * column + first];
                }
            }
        }
        return half;
    }

    private static float[] turned(float[] numbers, int stacks, int rows, int columns) {
        float[] turned = new float[numbers.length];
        for (int s = 0; s < stacks; s++) {
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    turned[(s * columns + column) * rows + row] = numbers[(s * rows + row) * columns + column];
                }
            }
        }
        return turned;
    }
}
