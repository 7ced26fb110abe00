package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.engine.weights.SafetensorsWriter;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Rotation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What config.json may say of a model, and what it may leave out; the frequencies are those of transformers 5.23. */
class PublishedConfigTest {
    private static final String LLAMA = """
            {"model_type": "llama", "vocab_size": 11, "hidden_size": 64, "intermediate_size": 8, "num_hidden_layers": 1,
             "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 1024%s}""";
    private static final String GEMMA = """
            {"model_type": "gemma3_text", "vocab_size": 11, "hidden_size": 8, "intermediate_size": 6, "num_hidden_layers": 2,
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4, "query_pre_attn_scalar": 4,
             "sliding_window_pattern": 2, "sliding_window": 2%s}""";
    private static final float[] YARN = {
        1, 0.25693506f, 0.0625f, 0.013834965f, 0.0025f, 0.00079056947f, 0.00025f, 7.9056947e-05f
    };

    @TempDir
    Path folder;

    @Test
    void yarnWeighsItsMagnitudeAsTheFileSays() throws IOException {
        Rotation rotation = llama("""
                , "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256,
                  "rope_theta": 10000.0, "mscale": 1.5, "mscale_all_dim": 0.7}""");
        assertThat(rotation.frequencies()).containsExactly(YARN, within(1e-8f));
        assertThat(rotation.magnitude()).isEqualTo(1.1010933855647465f);
    }

    @Test
    void yarnBlendsFromTheMiddleOfAPairWhereTheFileSaysSo() throws IOException {
        Rotation rotation = llama("""
                , "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256,
                  "rope_theta": 10000.0, "truncate": false}""");
        assertThat(rotation.frequencies()[1]).isCloseTo(0.25397229f, within(1e-7f));
        assertThat(rotation.frequencies()[3]).isCloseTo(0.009639943f, within(1e-8f));
    }

    @Test
    void theOriginalContextMayStandOutside() throws IOException {
        Rotation rotation = llama("""
                , "original_max_position_embeddings": 256,
                  "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 10000.0}""");
        assertThat(rotation.frequencies()).containsExactly(YARN, within(1e-8f));
        assertThat(rotation.magnitude()).isEqualTo(1.138629436111989f);
    }

    @Test
    void theOriginalContextIsTheModelsWhereNothingSaysIt() throws IOException {
        Rotation rotation = llama("""
                , "rope_theta": 10000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                  "high_freq_factor": 4.0}""");
        assertThat(rotation.frequencies()[4]).isCloseTo(0.0030867606f, within(1e-9f));
    }

    @Test
    void theOlderSpellingCountsWhereBothAreThere() throws IOException {
        Rotation rotation = llama("""
                , "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
                  "rope_scaling": {"type": "linear", "factor": 4.0}""");
        assertThat(rotation.frequencies()[1]).isCloseTo(0.079056941f, within(1e-8f));
    }

    @Test
    void longRopeHoldsUpToTheOriginalContext() throws IOException {
        ModelSpec spec = spec(LLAMA.formatted("""
                , "rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 256,
                  "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7], "long_factor": [2, 2, 2, 2, 2, 2, 2, 2]}"""));
        Rotation rotation = spec.layers().getFirst().rotation();
        assertThat(rotation.frequencies()[7]).isCloseTo(0.00018601633f, within(1e-10f));
        assertThat(rotation.magnitude()).isEqualTo(1.118033988749895f);
        assertThat(spec.reach()).isEqualTo(256);
    }

    @Test
    void longRopeNeedsAFactorForEachPair() {
        assertThatThrownBy(() -> llama("""
                , "rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 256,
                  "short_factor": [1.0], "long_factor": [2.0]}"""))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'short_factor' has 1 values")
                .hasMessageContaining("8 pairs");
    }

    @Test
    void dynamicRotationEndsInALetterWhereItWouldChange() throws IOException {
        Random random = new Random(5);
        write(GEMMA.formatted("""
                , "max_position_embeddings": 4, "rope_theta": 10000.0, "rope_scaling": {"type": "dynamic", "factor": 2.0}"""), gemma(random, "model.", "lm_head."));
        assertThat(logits(new int[] {1, 2, 3, 4})).hasSize(11);
        assertThatThrownBy(() -> logits(new int[] {1, 2, 3, 4, 5}))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("beyond the first 4")
                .hasMessageContaining("5 are asked for");
    }

    @Test
    void layersWithAWindowMayBeStretchedToo() throws IOException {
        ModelSpec spec = spec("""
                {"model_type": "gemma3_text", "head_dim": 16, "num_hidden_layers": 6, "rope_parameters": {
                  "full_attention": {"rope_type": "default", "rope_theta": 500000.0},
                  "sliding_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500.0}}}""");
        assertThat(spec.layers().getFirst().rotation().frequencies()[1]).isCloseTo(0.11496582f, within(1e-7f));
        assertThat(spec.layers().get(5).rotation().frequencies()[0]).isEqualTo(1);
    }

    @Test
    void whatGemmasConfigLeavesOutIsWhatTheFamilyHas() throws IOException {
        ModelSpec spec = spec("""
                {"model_type": "gemma3", "tie_word_embeddings": true, "vision_config": {"hidden_size": 1152}, "text_config": {
                  "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34,
                  "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}}""");
        assertThat(spec.width()).isEqualTo(2560);
        assertThat(spec.heads()).isEqualTo(8);
        assertThat(spec.kvHeads()).isEqualTo(4);
        assertThat(spec.headWidth()).isEqualTo(256);
        assertThat(spec.vocabulary()).isEqualTo(262_208);
        assertThat(spec.context()).isEqualTo(131_072);
        assertThat(spec.layers().get(0).window()).isEqualTo(1024);
        assertThat(spec.layers().get(0).rotation().frequencies()[0]).isEqualTo(1);
        assertThat(spec.layers().get(5).window()).isZero();
        assertThat(spec.layers().get(5).rotation().frequencies()[0]).isEqualTo(0.125f);
    }

    @ParameterizedTest
    @CsvSource({"'', 4096", "', \"sliding_window\": null', 0", "', \"sliding_window\": 7', 7"})
    void mistralSeesItsFirstVersionsWindowUnlessItsFileSaysOtherwise(String said, int window) throws IOException {
        String config = LLAMA.replace("\"llama\"", "\"mistral\"").formatted(said);
        assertThat(spec(config).layers().getFirst().window()).isEqualTo(window);
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu2", "quick_gelu", "mish"})
    void anActivationThatIsNotComputedIsALetter(String name) throws IOException {
        write(GEMMA.formatted(", \"hidden_activation\": \"" + name + "\""), gemma(new Random(5), "model.", "lm_head."));
        assertThatThrownBy(() -> logits(new int[] {1}))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'hidden_activation' is '" + name + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"silu", "relu", "gelu"})
    void theActivationIsTheOneThatTheFileNames(String name) throws IOException {
        write(GEMMA.formatted(""), gemma(new Random(5), "model.", "lm_head."));
        float[] gelu = logits(new int[] {1, 2, 3});
        Files.writeString(folder.resolve("config.json"), GEMMA.formatted(", \"hidden_activation\": \"" + name + "\""));
        assertThat(logits(new int[] {1, 2, 3})).isNotEqualTo(gelu);
    }

    @Test
    void gemmasOutputMatrixIsItsOwnWhereTheFileSaysSo() throws IOException {
        write(GEMMA.formatted(""), gemma(new Random(5), "model.", "lm_head."));
        float[] tied = logits(new int[] {1, 2, 3});
        Files.writeString(folder.resolve("config.json"), GEMMA.formatted(", \"tie_word_embeddings\": false"));
        assertThat(logits(new int[] {1, 2, 3})).isNotEqualTo(tied);
    }

    @ParameterizedTest
    @CsvSource({"language_model.model., language_model.lm_head.", "model.language_model., lm_head."})
    void theTextHalfOfAModelThatAlsoSeesComputesAsByItself(String half, String head) throws IOException {
        write(GEMMA.formatted(", \"tie_word_embeddings\": false"), gemma(new Random(5), "model.", "lm_head."));
        float[] alone = logits(new int[] {1, 2, 3});
        write(
                "{\"model_type\": \"gemma3\", \"text_config\": "
                        + GEMMA.formatted(", \"tie_word_embeddings\": false")
                        + "}",
                gemma(new Random(5), half, head).tensor("vision_tower.bias", new float[2], 2));
        assertThat(logits(new int[] {1, 2, 3})).isEqualTo(alone);
    }

    @Test
    void anEncoderIsALetter() {
        assertThatThrownBy(() -> spec(GEMMA.formatted(", \"use_bidirectional_attention\": true")))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("is an encoder");
    }

    @Test
    void aKindOfLayerThatIsNotComputedIsALetter() {
        assertThatThrownBy(
                        () -> spec(GEMMA.formatted(", \"layer_types\": [\"chunked_attention\", \"full_attention\"]")))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("layer 0: chunked_attention");
        assertThatThrownBy(() -> spec(GEMMA.formatted(", \"layer_types\": [\"full_attention\"]")))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("layer 1: missing");
    }

    @Test
    void ggufStretchesByAFactorWithoutAKind() throws IOException {
        Path file = TinyLlama.of(DType.F32).put("llama.rope.scale_linear", 4f).write(folder.resolve("linear.gguf"));
        assertThat(spec(file).layers().getFirst().rotation().frequencies()[0]).isEqualTo(0.25f);
    }

    @Test
    void ggufWithoutAWindowSeesEverything() throws IOException {
        GgufWriter writer =
                new GgufWriter().put("general.architecture", "gemma3").put("gemma3.vocab_size", 11);
        List.of("embedding_length", "feed_forward_length", "block_count", "attention.head_count", "context_length")
                .forEach(key -> writer.put("gemma3." + key, 2));
        Path file = writer.put("gemma3.attention.key_length", 4)
                .put("gemma3.attention.layer_norm_rms_epsilon", 1e-6f)
                .put("gemma3.rope.freq_base", 100f)
                .write(folder.resolve("full.gguf"));
        assertThat(spec(file).layers()).allSatisfy(layer -> {
            assertThat(layer.window()).isZero();
            assertThat(layer.rotation().frequencies()).containsExactly(1, 0.1f);
        });
    }

    @Test
    void ggufMaySayOfEachLayerWhetherItHasAWindow() throws IOException {
        Path file = new GgufWriter()
                .put("general.architecture", "gemma3")
                .put("gemma3.vocab_size", 11)
                .put("gemma3.embedding_length", 8)
                .put("gemma3.feed_forward_length", 8)
                .put("gemma3.block_count", 3)
                .put("gemma3.attention.head_count", 2)
                .put("gemma3.attention.layer_norm_rms_epsilon", 1e-6f)
                .put("gemma3.attention.sliding_window", 7)
                .put("gemma3.attention.sliding_window_pattern", List.of(true, false, true))
                .write(folder.resolve("each.gguf"));
        assertThat(spec(file).layers()).extracting(ModelSpec.Layer::window).containsExactly(7, 0, 7);
    }

    private Rotation llama(String more) throws IOException {
        return spec(LLAMA.formatted(more)).layers().getFirst().rotation();
    }

    private ModelSpec spec(String config) throws IOException {
        write(config, new SafetensorsWriter().tensor("none", new float[1], 1));
        return spec(folder);
    }

    private static ModelSpec spec(Path path) {
        try (Weights weights = WeightsFiles.open(path)) {
            return Architectures.of(weights.metadata()).spec(weights.metadata());
        }
    }

    private void write(String config, SafetensorsWriter weights) throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        weights.write(folder.resolve("model.safetensors"));
    }

    private float[] logits(int[] tokens) {
        try (Weights weights = WeightsFiles.open(folder);
                Kernels kernels = KernelChoice.open("reference", 1, line -> {});
                Model model = Architectures.build(weights, kernels)) {
            return model.forward(List.of(new Run(tokens, model.newCache(), Wanted.LAST)))
                    .getFirst()[0];
        }
    }

    private static SafetensorsWriter gemma(Random random, String half, String head) {
        SafetensorsWriter writer = new SafetensorsWriter();
        tensor(writer, random, half + "embed_tokens", 11, 8);
        tensor(writer, random, half + "norm", 8);
        tensor(writer, random, head.substring(0, head.length() - 1), 11, 8);
        for (int i = 0; i < 2; i++) {
            String layer = half + "layers." + i + ".";
            tensor(writer, random, layer + "self_attn.q_proj", 8, 8);
            tensor(writer, random, layer + "self_attn.k_proj", 4, 8);
            tensor(writer, random, layer + "self_attn.v_proj", 4, 8);
            tensor(writer, random, layer + "self_attn.o_proj", 8, 8);
            tensor(writer, random, layer + "self_attn.q_norm", 4);
            tensor(writer, random, layer + "self_attn.k_norm", 4);
            tensor(writer, random, layer + "mlp.gate_proj", 6, 8);
            tensor(writer, random, layer + "mlp.up_proj", 6, 8);
            tensor(writer, random, layer + "mlp.down_proj", 8, 6);
            for (String norm : List.of("input", "post_attention", "pre_feedforward", "post_feedforward")) {
                tensor(writer, random, layer + norm + "_layernorm", 8);
            }
        }
        return writer;
    }

    private static void tensor(SafetensorsWriter writer, Random random, String name, long... shape) {
        float[] values = new float[(int) (shape.length == 1 ? shape[0] : shape[0] * shape[1])];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.5f;
        }
        writer.tensor(name + ".weight", values, shape);
    }
}
