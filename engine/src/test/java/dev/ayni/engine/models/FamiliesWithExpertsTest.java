package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.quantization.FileType;
import dev.ayni.engine.quantization.Quantization;
import dev.ayni.engine.weights.SafetensorsWriter;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Families with experts, each as a folder of a small model, and what PyTorch computes of it: the numbers are those that {@code
 * scripts/make-expert-references} prints, which makes the same weights of their names.
 */
class FamiliesWithExpertsTest {
    private static final int LAYERS = 4;
    private static final int WIDTH = 64;
    private static final int VOCABULARY = 288;
    static final int[] IDS = IntStream.range(0, 40)
            .map(i -> (7 * i * i + 3 * i + 5) % VOCABULARY)
            .toArray();

    private static final String BASE = """
        "vocab_size": 288, "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4,
        "num_key_value_heads": %d, "max_position_embeddings": 256, "tie_word_embeddings": %s,
        """;
    private static final String YARN = """
        "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 32.0,
        "beta_slow": 1.0\
        """;
    private static final String LATENT = BASE.formatted(4, false) + """
        "kv_lora_rank": 32, "qk_nope_head_dim": 24, "qk_rope_head_dim": 8, "v_head_dim": 16,
        "intermediate_size": 96, "moe_intermediate_size": 48, "n_routed_experts": 8, "num_experts_per_tok": 3,
        "rms_norm_eps": 1e-6,
        """;

    /** A model: its config.json, what it is made of, and the first three logits of tokens 0, 9 and 39. */
    enum Small {
        QWEN3_MOE(
                BASE.formatted(2, false) + """
                    "model_type": "qwen3_moe", "head_dim": 16, "intermediate_size": 96, "moe_intermediate_size": 48,
                    "num_experts": 6, "num_experts_per_tok": 2, "norm_topk_prob": true, "rope_theta": 10000.0,
                    "rms_norm_eps": 1e-6\
                    """,
                -0.807804f,
                -2.335504f,
                1.221465f,
                1.804156f,
                -0.148171f,
                0.337177f,
                -2.529578f,
                1.480446f,
                -0.236769f),
        QWEN3_MOE_WINDOW(
                BASE.formatted(2, false) + """
                    "model_type": "qwen3_moe", "head_dim": 16, "intermediate_size": 96, "moe_intermediate_size": 48,
                    "num_experts": 6, "num_experts_per_tok": 2, "norm_topk_prob": true, "rope_theta": 10000.0,
                    "rms_norm_eps": 1e-6, "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 2\
                    """,
                -0.807804f,
                -2.335505f,
                1.221466f,
                2.091273f,
                0.207159f,
                0.249534f,
                -0.905046f,
                -0.134186f,
                -0.087855f),
        QWEN3_MOE_MIXED(
                BASE.formatted(2, true) + """
                    "model_type": "qwen3_moe", "head_dim": 16, "intermediate_size": 96, "moe_intermediate_size": 48,
                    "num_local_experts": 6, "num_experts_per_tok": 2, "norm_topk_prob": false, "decoder_sparse_step": 2,
                    "mlp_only_layers": [3], "attention_bias": true, "rope_theta": 10000.0, "rms_norm_eps": 1e-6\
                    """,
                1.353200f,
                3.751610f,
                -3.773005f,
                17.892237f,
                9.389397f,
                4.991069f,
                2.896427f,
                -1.807531f,
                -10.133945f),
        GPT_OSS(
                gptOss(""),
                1.063945f,
                -1.915656f,
                -1.296481f,
                -0.004261f,
                0.376645f,
                -0.966081f,
                0.418539f,
                2.103425f,
                -1.890810f),
        GPT_OSS_MXFP4(
                gptOss(", \"quantization_config\": {\"quant_method\": \"mxfp4\"}"),
                -0.915127f,
                -2.776276f,
                -0.817108f,
                -1.378323f,
                -0.722934f,
                0.265476f,
                -1.072125f,
                -0.257100f,
                -1.886599f),
        LLAMA4_PLAIN(
                BASE.formatted(2, false) + """
                    "model_type": "llama4_text", "head_dim": 16, "intermediate_size": 96, "intermediate_size_mlp": 160,
                    "num_local_experts": 4, "num_experts_per_tok": 1, "interleave_moe_layer_step": 2,
                    "attention_chunk_size": 16, "use_qk_norm": false, "attn_temperature_tuning": false,
                    "no_rope_layers": [1, 0, 1, 1], "attention_bias": true, "rope_theta": 500000.0, "rms_norm_eps": 1e-5\
                    """,
                -2.220387f,
                -0.463792f,
                0.677313f,
                -0.767524f,
                0.413469f,
                -0.552300f,
                -0.437271f,
                -0.086010f,
                -1.177470f),
        DEEPSEEK2_LITE(
                LATENT + """
                    "model_type": "deepseek_v2", "q_lora_rank": null, "topk_method": "greedy", "n_shared_experts": 2,
                    "first_k_dense_replace": 1, "routed_scaling_factor": 1.0, "rope_theta": 10000.0\
                    """,
                0.251229f,
                0.398423f,
                0.261585f,
                -0.810570f,
                0.429095f,
                -1.431513f,
                -2.260239f,
                -0.045515f,
                -2.138350f),
        DEEPSEEK2(
                LATENT + """
                    "model_type": "deepseek_v2", "q_lora_rank": 40, "topk_method": "group_limited_greedy", "n_group": 4,
                    "topk_group": 2, "n_shared_experts": 2, "first_k_dense_replace": 1, "routed_scaling_factor": 16.0,
                    "attention_bias": true, "rope_theta": 10000.0,
                    "rope_scaling": {%s, "mscale": 0.707, "mscale_all_dim": 0.707}\
                    """.formatted(YARN),
                -1.736073f,
                2.357692f,
                0.490683f,
                0.735881f,
                1.581233f,
                -0.679258f,
                -2.786985f,
                -0.184663f,
                -0.761422f),
        DEEPSEEK3(
                LATENT + """
                    "model_type": "deepseek_v3", "q_lora_rank": 40, "n_group": 4, "topk_group": 2, "n_shared_experts": 1,
                    "first_k_dense_replace": 1, "norm_topk_prob": true, "routed_scaling_factor": 2.5,
                    "rope_theta": 10000.0, "rope_scaling": {%s, "mscale": 1.0, "mscale_all_dim": 1.0}\
                    """.formatted(YARN),
                0.380769f,
                -0.741708f,
                0.792097f,
                -0.650273f,
                0.561806f,
                0.178189f,
                -1.572136f,
                1.422006f,
                -0.572202f),
        DEEPSEEK3_PLAIN(
                LATENT + """
                    "model_type": "deepseek_v3", "q_lora_rank": null, "n_group": 1, "topk_group": 1, "n_shared_experts": 1,
                    "first_k_dense_replace": 2, "norm_topk_prob": false, "routed_scaling_factor": 2.5,
                    "rope_interleave": false, "rope_parameters": {"rope_theta": 10000.0, %s, "mscale": 1.0,
                    "mscale_all_dim": 0.5}\
                    """.formatted(YARN),
                -0.496597f,
                -0.670875f,
                -0.939407f,
                -0.698668f,
                -1.023487f,
                -1.611072f,
                -2.453119f,
                1.060438f,
                -0.645670f);

        final String config;
        final float[] expected;

        Small(String config, float... expected) {
            this.config = "{" + config + "}";
            this.expected = expected;
        }

        private static String gptOss(String more) {
            return BASE.formatted(2, false) + """
                "model_type": "gpt_oss", "head_dim": 16, "intermediate_size": 96, "num_local_experts": 6,
                "num_experts_per_tok": 3, "sliding_window": 8, "rms_norm_eps": 1e-5,
                "rope_parameters": {"rope_theta": 150000.0, %s, "truncate": false}\
                """.formatted(YARN) + more;
        }
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void logitsAreWhatPyTorchComputesAndTheSameBitsInPartsAndInEverySetOfKernels(Small small) throws IOException {
        write(small, small.config);
        float[][] exact = logits("reference", IDS.length);
        for (int i = 0; i < 9; i++) {
            assertThat(exact[List.of(0, 9, 39).get(i / 3)][i % 3]).isCloseTo(small.expected[i], Offset.offset(1e-4f));
        }
        float[][] portable = logits("portable", IDS.length);
        for (String kernels : List.of("vector", "auto")) {
            assertThat(logits(kernels, 7)).isDeepEqualTo(portable);
        }
        if (small != Small.GPT_OSS_MXFP4) { // whose activations are rounded
            for (int i = 0; i < 9; i++) {
                float found = portable[List.of(0, 9, 39).get(i / 3)][i % 3];
                assertThat(found).isCloseTo(small.expected[i], Offset.offset(1e-4f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"QWEN3_MOE", "GPT_OSS", "GPT_OSS_MXFP4", "DEEPSEEK2_LITE", "DEEPSEEK2", "DEEPSEEK3"})
    void writtenAsAGgufFileAFolderComputesTheSame(Small small) throws IOException {
        write(small, small.config);
        Path file = writtenAsGguf();
        float[][] exact = logits(file, "reference", IDS.length);
        for (int i = 0; i < 9; i++) {
            assertThat(exact[List.of(0, 9, 39).get(i / 3)][i % 3]).isCloseTo(small.expected[i], Offset.offset(1e-4f));
        }
    }

    @Test
    void writtenAsAGgufFileALlama4OfThePublishedKindComputesTheSame() throws IOException {
        write(
                Small.LLAMA4_PLAIN,
                Small.LLAMA4_PLAIN
                        .config
                        .replace("\"attention_chunk_size\": 16", "\"attention_chunk_size\": 8192")
                        .replace("[1, 0, 1, 1]", "[1, 1, 1, 0]")
                        .replace("\"use_qk_norm\": false", "\"use_qk_norm\": true")
                        .replace("\"attn_temperature_tuning\": false", "\"attn_temperature_tuning\": 4"));
        float[][] expected = logits("reference", IDS.length);
        float[][] found = logits(writtenAsGguf(), "reference", IDS.length);
        for (int t = 0; t < IDS.length; t++) {
            assertThat(found[t]).containsExactly(expected[t], Offset.offset(1e-4f));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LLAMA4_PLAIN", "QWEN3_MOE_MIXED", "QWEN3_MOE_WINDOW", "DEEPSEEK3_PLAIN"})
    void whatNoGgufFileCanSayIsALetter(Small small) throws IOException {
        write(small, small.config);
        assertThatThrownBy(this::writtenAsGguf)
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("GGUF files of its family have no key for. Use the folder as it is.");
    }

    private Path writtenAsGguf() throws IOException {
        Path file = folder.resolve("written.gguf");
        try (Weights weights = WeightsFiles.open(folder)) {
            Quantization.write(
                    weights, file, new Quantization.Order(FileType.F32, false, 2, null), new Quantization.Listener() {
                        @Override
                        public void remark(String text) {}

                        @Override
                        public void written(Quantization.Written last, long bytes, long total) {}
                    });
        }
        return file;
    }

    @Test
    void blocksOfAnotherShapeAreALetter() throws IOException {
        write(
                Small.GPT_OSS_MXFP4,
                Small.GPT_OSS_MXFP4.config.replace("\"intermediate_size\": 96", "\"intermediate_size\": 64"));
        assertThatThrownBy(() -> logits("portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("The file is broken");
    }

    @Test
    void whatNoPublishedModelHasIsALetter() throws IOException {
        write(Small.DEEPSEEK2, Small.DEEPSEEK2.config.replace("group_limited_greedy", "random"));
        assertThatThrownBy(() -> logits("portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'topk_method' is 'random'");
        write(
                Small.DEEPSEEK3,
                Small.DEEPSEEK3.config.replace("\"q_lora_rank\"", "\"moe_layer_freq\": 2, \"q_lora_rank\""));
        assertThatThrownBy(() -> logits("portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'moe_layer_freq' is 2");
        write(Small.DEEPSEEK3, Small.DEEPSEEK3.config.replace("\"n_group\": 4", "\"n_group\": 3"));
        assertThatThrownBy(() -> logits("portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("2 of 3 groups of 8 experts");
    }

    private float[][] logits(String name, int step) {
        return logits(folder, name, step);
    }

    private static float[][] logits(Path model, String name, int step) {
        try (Weights weights = WeightsFiles.open(model);
                Kernels kernels = KernelChoice.open(name, 2, line -> {});
                Model opened = Architectures.build(weights, kernels)) {
            KvCache cache = opened.newCache();
            List<float[]> rows = new ArrayList<>();
            for (int from = 0; from < IDS.length; from += step) {
                int[] part = Arrays.copyOfRange(IDS, from, Math.min(from + step, IDS.length));
                rows.addAll(List.of(opened.forward(List.of(new Run(part, cache, Wanted.ALL)))
                        .getFirst()));
            }
            return rows.toArray(float[][]::new);
        }
    }

    private void write(Small small, String config) throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        SafetensorsWriter writer = new SafetensorsWriter();
        shapes(small).forEach((name, shape) -> {
            int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            boolean blocks = name.endsWith("_blocks");
            if (blocks || name.endsWith("_scales")) {
                byte[] bytes = new byte[count];
                for (int i = 0; i < count; i++) {
                    float unit = noise(name, i) + 0.5f;
                    bytes[i] = (byte) (blocks ? (int) (unit * 256) : (int) (unit * 3) + 121);
                }
                writer.tensor(name, "U8", bytes, shape);
                return;
            }
            writer.tensor(name, numbers(name, shape), shape);
        });
        writer.write(folder.resolve("model.safetensors"));
    }

    /** The numbers of a weight that bears this name. */
    static float[] numbers(String name, long... shape) {
        float[] numbers = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < numbers.length; i++) {
            float noise = noise(name, i);
            numbers[i] = name.contains("norm")
                    ? 1 + 0.5f * noise
                    : noise * (shape.length == 1 || name.endsWith("_bias") ? 1 : name.contains("embed") ? 3 : 0.5f);
        }
        return numbers;
    }

    /** A number from -0.5 to 0.5, made of a tensor's name and a place in it. */
    private static float noise(String name, int i) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        long mixed = i * 2_654_435_761L + crc.getValue();
        mixed = (mixed ^ mixed >>> 15) * 2_246_822_519L & 0xffff_ffffL;
        mixed = (mixed ^ mixed >>> 13) * 3_266_489_917L & 0xffff_ffffL;
        return (float) ((double) (mixed >>> 8) / (1 << 24) - 0.5);
    }

    static Map<String, long[]> shapes(Small small) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", new long[] {VOCABULARY, WIDTH});
        shapes.put("model.norm.weight", new long[] {WIDTH});
        if (small != Small.QWEN3_MOE_MIXED) {
            shapes.put("lm_head.weight", new long[] {VOCABULARY, WIDTH});
        }
        for (int i = 0; i < LAYERS; i++) {
            String layer = "model.layers." + i + ".";
            shapes.put(layer + "input_layernorm.weight", new long[] {WIDTH});
            shapes.put(layer + "post_attention_layernorm.weight", new long[] {WIDTH});
            switch (small) {
                case QWEN3_MOE, QWEN3_MOE_WINDOW, QWEN3_MOE_MIXED -> {
                    boolean mixed = small == Small.QWEN3_MOE_MIXED;
                    heads(shapes, layer, mixed);
                    shapes.put(layer + "self_attn.q_norm.weight", new long[] {16});
                    shapes.put(layer + "self_attn.k_norm.weight", new long[] {16});
                    if (mixed && i != 1) {
                        gated(shapes, layer + "mlp.", 96);
                    } else {
                        experts(shapes, layer + "mlp.", 6);
                    }
                }
                case GPT_OSS, GPT_OSS_MXFP4 -> {
                    heads(shapes, layer, true);
                    shapes.put(layer + "self_attn.sinks", new long[] {4});
                    matrix(shapes, layer + "mlp.router", 6, WIDTH, true);
                    String experts = layer + "mlp.experts.";
                    shapes.put(experts + "gate_up_proj_bias", new long[] {6, 192});
                    shapes.put(experts + "down_proj_bias", new long[] {6, WIDTH});
                    if (small == Small.GPT_OSS) {
                        shapes.put(experts + "gate_up_proj", new long[] {6, WIDTH, 192});
                        shapes.put(experts + "down_proj", new long[] {6, 96, WIDTH});
                    } else {
                        shapes.put(experts + "gate_up_proj_blocks", new long[] {6, 192, 2, 16});
                        shapes.put(experts + "gate_up_proj_scales", new long[] {6, 192, 2});
                        shapes.put(experts + "down_proj_blocks", new long[] {6, WIDTH, 3, 16});
                        shapes.put(experts + "down_proj_scales", new long[] {6, WIDTH, 3});
                    }
                }
                case LLAMA4_PLAIN -> {
                    heads(shapes, layer, true);
                    String half = layer + "feed_forward.";
                    if (i % 2 == 0) {
                        gated(shapes, half, 160);
                    } else {
                        matrix(shapes, half + "router", 4, WIDTH, false);
                        gated(shapes, half + "shared_expert.", 96);
                        shapes.put(half + "experts.gate_up_proj", new long[] {4, WIDTH, 192});
                        shapes.put(half + "experts.down_proj", new long[] {4, 96, WIDTH});
                    }
                }
                case DEEPSEEK2_LITE, DEEPSEEK2, DEEPSEEK3, DEEPSEEK3_PLAIN -> {
                    boolean third = small == Small.DEEPSEEK3 || small == Small.DEEPSEEK3_PLAIN;
                    latentHeads(
                            shapes,
                            layer,
                            small == Small.DEEPSEEK2 || small == Small.DEEPSEEK3,
                            small == Small.DEEPSEEK2);
                    if (i < (small == Small.DEEPSEEK3_PLAIN ? 2 : 1)) {
                        gated(shapes, layer + "mlp.", 96);
                        continue;
                    }
                    experts(shapes, layer + "mlp.", 8);
                    gated(shapes, layer + "mlp.shared_experts.", third ? 48 : 96);
                    if (third) {
                        shapes.put(layer + "mlp.gate.e_score_correction_bias", new long[] {8});
                    }
                }
            }
        }
        return shapes;
    }

    private static void heads(Map<String, long[]> shapes, String layer, boolean biases) {
        matrix(shapes, layer + "self_attn.q_proj", 64, WIDTH, biases);
        matrix(shapes, layer + "self_attn.k_proj", 32, WIDTH, biases);
        matrix(shapes, layer + "self_attn.v_proj", 32, WIDTH, biases);
        matrix(shapes, layer + "self_attn.o_proj", WIDTH, 64, biases);
    }

    private static void latentHeads(Map<String, long[]> shapes, String layer, boolean latentQueries, boolean biases) {
        String name = layer + "self_attn.";
        if (latentQueries) {
            matrix(shapes, name + "q_a_proj", 40, WIDTH, biases);
            shapes.put(name + "q_a_layernorm.weight", new long[] {40});
            matrix(shapes, name + "q_b_proj", 128, 40, false);
        } else {
            matrix(shapes, name + "q_proj", 128, WIDTH, false);
        }
        matrix(shapes, name + "kv_a_proj_with_mqa", 40, WIDTH, biases);
        shapes.put(name + "kv_a_layernorm.weight", new long[] {32});
        matrix(shapes, name + "kv_b_proj", 160, 32, false);
        matrix(shapes, name + "o_proj", WIDTH, 64, biases);
    }

    private static void experts(Map<String, long[]> shapes, String half, int count) {
        matrix(shapes, half + "gate", count, WIDTH, false);
        for (int e = 0; e < count; e++) {
            gated(shapes, half + "experts." + e + ".", 48);
        }
    }

    private static void gated(Map<String, long[]> shapes, String name, int hidden) {
        matrix(shapes, name + "gate_proj", hidden, WIDTH, false);
        matrix(shapes, name + "up_proj", hidden, WIDTH, false);
        matrix(shapes, name + "down_proj", WIDTH, hidden, false);
    }

    private static void matrix(Map<String, long[]> shapes, String name, int rows, int columns, boolean bias) {
        shapes.put(name + ".weight", new long[] {rows, columns});
        if (bias) {
            shapes.put(name + ".bias", new long[] {rows});
        }
    }
}
