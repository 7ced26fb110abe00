package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is true of every family that writes, and what is special about some. */
class FamiliesTest {
    private static final int[] PROMPT = new Random(3).ints(40, 0, 61).toArray();

    /** LongRoPE whose texts are far from the seventeenth token on. */
    private static final String LONG = """
            , "original_max_position_embeddings": 16, "rope_scaling": {"type": "su",
              "short_factor": [1, 1, 1, 1, 1.5, 1.5, 1.5, 1.5], "long_factor": [2, 2, 2, 2, 3, 3, 4, 5]}""";

    @TempDir
    Path folder;

    private static Stream<String> families() {
        return Stream.of("qwen2", "qwen3", "gemma2", "phi3", "gpt2", "opt", "bloom", "muse_glimmer");
    }

    private TinyFamily tiny(String family) throws IOException {
        String more = switch (family) {
            case "qwen2", "qwen3" -> ", \"use_sliding_window\": true, \"sliding_window\": 8, \"max_window_layers\": 1";
            case "gemma2", "muse_glimmer" -> ", \"sliding_window\": 8, \"query_pre_attn_scalar\": 16";
            case "phi3" -> LONG;
            case "opt" -> ", \"ffn_dim\": 96";
            default -> "";
        };
        return TinyFamily.of(folder, family, more);
    }

    @ParameterizedTest
    @MethodSource("families")
    void aTextGivesTheSameBitsAloneInPartsBesideOthersAndByEachSetOfKernels(String family) throws IOException {
        Path model = tiny(family).publish(folder);
        float[][] alone;
        try (Opened opened = new Opened(model, "portable", 1)) {
            alone = opened.logits(PROMPT);
        }
        assertThat(alone[39]).isNotEqualTo(alone[38]);
        try (Opened opened = new Opened(model, "auto", 2)) {
            assertThat(opened.logits(PROMPT)).isDeepEqualTo(alone);
            KvCache cache = opened.model.newCache();
            cache.expect(PROMPT.length);
            List<float[]> inParts = new ArrayList<>();
            for (int from = 0; from < PROMPT.length; from += 13) {
                int[] part = Arrays.copyOfRange(PROMPT, from, Math.min(from + 13, PROMPT.length));
                Run other = new Run(new int[] {from, 2}, opened.model.newCache(), Wanted.LAST);
                inParts.addAll(List.of(opened.model
                        .forward(List.of(other, new Run(part, cache, Wanted.ALL)))
                        .get(1)));
            }
            assertThat(inParts.toArray(float[][]::new)).isDeepEqualTo(alone);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen3", "gemma2", "phi3", "gpt2", "bloom", "muse_glimmer"})
    void asGgufAModelComputesWhatItsPublishedFolderDoes(String family) throws IOException {
        TinyFamily tiny = family.startsWith("qwen") ? TinyFamily.of(folder, family, "") : tiny(family);
        GgufWriter writer = tiny.gguf();
        switch (family) {
            case "gemma2" -> writer.put("gemma2.attention.sliding_window", 8);
            case "phi3" ->
                writer.put("phi3.rope.scaling.original_context_length", 16)
                        .put("phi3.rope.scaling.attn_factor", (float) Math.sqrt(1 + Math.log(4) / Math.log(16)))
                        .tensor("rope_factors_short.weight", new float[] {1, 1, 1, 1, 1.5f, 1.5f, 1.5f, 1.5f}, 8)
                        .tensor("rope_factors_long.weight", new float[] {2, 2, 2, 2, 3, 3, 4, 5}, 8);
            case "muse_glimmer" -> {
                writer.put("muse-glimmer.attention.sliding_window", 8)
                        .put("muse-glimmer.attention.sliding_window_pattern", List.of(true, true, false))
                        .put("muse-glimmer.logit_scale", 0.19611613f)
                        .put("muse-glimmer.final_logit_softcapping", 20f);
                float[] factors = new float[16];
                float[] ones = new float[16];
                Arrays.fill(factors, 3.87f);
                Arrays.fill(ones, 1f);
                for (int i = 0; i < 3; i++) {
                    writer.tensor("blk." + i + ".attn_q_norm.weight", factors, 16);
                    writer.tensor("blk." + i + ".attn_k_norm.weight", ones, 16);
                }
            }
            default -> {}
        }
        float[][] published = logits(tiny.publish(folder), PROMPT);
        float[][] converted = logits(writer.write(folder.resolve("tiny.gguf")), PROMPT);
        for (int t = 0; t < PROMPT.length; t++) {
            assertThat(converted[t]).containsExactly(published[t], within(1e-4f));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "qwen2; , \"sliding_window\": 8; 0 0 0",
                "qwen2; , \"sliding_window\": 8, \"use_sliding_window\": true; 0 0 0",
                "qwen3; , \"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 2; 0 0 8",
                "qwen3; , \"use_sliding_window\": true, \"max_window_layers\": 0; 4096 4096 4096",
                "gemma2; , \"sliding_window\": 8; 8 0 8",
                "phi3; , \"sliding_window\": 8; 8 8 8",
                "phi3; , \"sliding_window\": null; 0 0 0",
                "muse_glimmer; , \"sliding_window\": 8; 8 8 0"
            })
    void layersSeeTheWindowThatTheFileSwitchesOn(String family, String said, String windows) throws IOException {
        try (Opened opened = new Opened(TinyFamily.of(folder, family, said).publish(folder), "portable", 1)) {
            assertThat(opened.model.spec().layers())
                    .extracting(layer -> String.valueOf(layer.window()))
                    .containsExactly(windows.split(" "));
        }
    }

    @Test
    void onlyGlimmersLayersWithAWindowTurn() throws IOException {
        try (Opened opened = new Opened(tiny("muse_glimmer").publish(folder), "portable", 1)) {
            assertThat(opened.model.spec().layers())
                    .extracting(ModelSpec.Layer::turns)
                    .containsExactly(true, true, false);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "gemma2; , \"attn_logit_softcapping\": null",
                "gemma2; , \"final_logit_softcapping\": 3.0",
                "gemma2; , \"query_pre_attn_scalar\": 100",
                "gpt2; , \"scale_attn_by_inverse_layer_idx\": true",
                "gpt2; , \"scale_attn_weights\": false",
                "gpt2; , \"activation_function\": \"relu\"",
                "opt; , \"ffn_dim\": 96, \"do_layer_norm_before\": false",
                "opt; , \"ffn_dim\": 96, \"_remove_final_layer_norm\": true",
                "opt; , \"ffn_dim\": 96, \"activation_function\": \"gelu\"",
                "bloom; , \"apply_residual_connection_post_layernorm\": true",
                "muse_glimmer; , \"sliding_window\": 8, \"query_pre_attn_scalar\": 16, \"qk_scale_factor\": 1.0",
                "muse_glimmer; , \"sliding_window\": 8, \"query_pre_attn_scalar\": 16, \"output_multiplier\": 1.0"
            })
    void whatTheFileSaysChangesWhatIsComputed(String family, String said) throws IOException {
        float[][] usual = logits(tiny(family).publish(folder.resolve("usual")), PROMPT);
        float[][] other = logits(TinyFamily.of(folder, family, said).publish(folder.resolve("other")), PROMPT);
        assertThat(other[39]).isNotEqualTo(usual[39]);
    }

    @Test
    void slopesAreAGeometricSeriesAndThenEverySecondOfAFinerOne() {
        assertThat(Bloom.slopes(4)).containsExactly(0x1p-2f, 0x1p-4f, 0x1p-6f, 0x1p-8f);
        assertThat(Bloom.slopes(6)).containsExactly(0x1p-2f, 0x1p-4f, 0x1p-6f, 0x1p-8f, 0x1p-1f, 0x1p-3f);
    }

    @Test
    void aFarTextIsReadWithTheLongFactorsFromItsBeginning() throws IOException {
        Path model = tiny("phi3").publish(folder);
        try (Opened opened = new Opened(model, "portable", 1)) {
            assertThat(opened.model.spec().near()).isEqualTo(16);
            int[] near = Arrays.copyOf(PROMPT, 16);
            int[] far = Arrays.copyOf(PROMPT, 17);
            assertThat(opened.logits(far)[15]).isNotEqualTo(opened.logits(near)[15]);
            assertThat(opened.logits(PROMPT)[15]).isEqualTo(opened.logits(far)[15]);
        }
    }

    @Test
    void aTextThatBecomesFarForgetsWhatWasReadOfIt() throws IOException {
        try (Opened opened = new Opened(tiny("phi3").publish(folder), "portable", 1)) {
            KvCache cache = opened.model.newCache();
            opened.model.forward(List.of(new Run(Arrays.copyOf(PROMPT, 10), cache, Wanted.NONE)));
            cache.expect(16);
            assertThat(cache.length()).isEqualTo(10);
            assertThat(cache.untilFar()).isEqualTo(6);
            cache.expect(17);
            assertThat(cache.isFar()).isTrue();
            assertThat(cache.length()).isZero();
            assertThat(cache.fork(0).isFar()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "bloom"})
    void matricesThatAreSortedWhenTheyAreReadMayBeOfSixteenBits(String family) throws IOException {
        TinyFamily tiny = tiny(family);
        float[][] whole = logits(tiny.publish(folder), PROMPT);
        for (DType type : List.of(DType.F16, DType.BF16)) {
            float[][] rounded = logits(tiny.publish(folder, type), PROMPT);
            for (int t = 0; t < PROMPT.length; t++) {
                assertThat(rounded[t]).isNotEqualTo(whole[t]).containsExactly(whole[t], within(0.15f));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "opt"})
    void whereLearnedPositionsEndIsALetter(String family) throws IOException {
        try (Opened opened = new Opened(tiny(family).publish(folder), "portable", 1)) {
            int[] most = new Random(1).ints(64, 0, 61).toArray();
            assertThat(opened.logits(most)).hasNumberOfRows(64);
            assertThatThrownBy(() -> opened.logits(Arrays.copyOf(most, 65)))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("beyond the first 64 positions")
                    .hasMessageContaining("65 are asked for");
        }
    }

    @Test
    void optAsGgufIsALetter() throws IOException {
        Path file = new GgufWriter().put("general.architecture", "opt").write(folder.resolve("opt.gguf"));
        assertThatThrownBy(() -> new Opened(file, "portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("safetensors only");
    }

    private static float[][] logits(Path model, int[] tokens) {
        try (Opened opened = new Opened(model, "portable", 1)) {
            return opened.logits(tokens);
        }
    }

    /** A model opened with kernels of its own. */
    private static final class Opened implements AutoCloseable {
        final Weights weights;
        final Kernels kernels;
        final Model model;

        Opened(Path file, String name, int threads) {
            weights = WeightsFiles.open(file);
            kernels = KernelChoice.open(name, threads, line -> {});
            model = Architectures.build(weights, kernels);
        }

        float[][] logits(int[] tokens) {
            return model.forward(List.of(new Run(tokens, model.newCache(), Wanted.ALL)))
                    .getFirst();
        }

        @Override
        public void close() {
            model.close();
            kernels.close();
            weights.close();
        }
    }
}
