package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.SafetensorsFile;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small models whose logits PyTorch computed. */
class ReferenceModelsTest {
    private static final List<String> MODELS = List.of(
            "llama",
            "llama3.1",
            "llama-tied",
            "mistral",
            "mixtral",
            "llama4",
            "gemma3",
            "qwen2",
            "qwen3",
            "phi3",
            "gpt2",
            "opt",
            "bloom",
            "muse-glimmer");
    private static final List<String> KERNELS = List.of("reference", "portable", "auto");

    @ParameterizedTest
    @MethodSource("modelsAndKernels")
    void logitsAndGreedyTokensAreWhatPyTorchComputes(String name, String kernelsName) throws IOException {
        Path folder = Path.of(System.getProperty("ayni.shared"), "reference", "models", name);
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(Files.isDirectory(folder))
                    .as("%s is not there: PyTorch's results cannot be compared", folder)
                    .isTrue();
        }
        try (Weights weights = WeightsFiles.open(folder);
                Kernels kernels = KernelChoice.open(kernelsName, 2, line -> {});
                Model model = Architectures.build(weights, kernels);
                SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
            int[] prompt = ids(expected, "input_ids");
            int[] greedy = ids(expected, "greedy");
            int[] all = Arrays.copyOf(prompt, prompt.length + greedy.length - 1);
            System.arraycopy(greedy, 0, all, prompt.length, greedy.length - 1);
            float[][] logits = model.forward(List.of(new Run(all, model.newCache(), Wanted.ALL)))
                    .getFirst();
            MemorySegment wanted = expected.data("logits");
            double worst = 0;
            for (int t = 0; t < prompt.length; t++) {
                for (int v = 0; v < logits[t].length; v++) {
                    float value = wanted.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) t * logits[t].length + v);
                    worst = Math.max(worst, Math.abs(logits[t][v] - value));
                }
            }
            assertThat(worst).isLessThan(2e-4);
            for (int i = 0; i < greedy.length; i++) {
                assertThat(best(logits[prompt.length - 1 + i])).isEqualTo(greedy[i]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"llama", "llama3.1", "llama-tied", "mistral", "mixtral", "gemma3", "qwen2", "qwen3", "phi3"})
    void statesTimesTheOutputMatrixAreWhatPyTorchComputes(String name) throws IOException {
        Path folder = Path.of(System.getProperty("ayni.shared"), "reference", "models", name);
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(Files.isDirectory(folder))
                    .as("%s is not there: PyTorch's results cannot be compared", folder)
                    .isTrue();
        }
        try (Weights weights = WeightsFiles.open(folder);
                Kernels kernels = KernelChoice.open("auto", 2, line -> {});
                Model model = Architectures.build(weights, kernels);
                SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
            int[] prompt = ids(expected, "input_ids");
            float[][] states = model.forward(List.of(new Run(prompt, model.newCache(), Wanted.ALL_STATES)))
                    .getFirst();
            String head = weights.names().contains("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight";
            HostTensor output_VD = weights.tensor(head);
            int vocabulary = (int) output_VD.size(0);
            int width = (int) output_VD.size(1);
            MemorySegment wanted = expected.data("logits");
            double worst = 0;
            for (int t = 0; t < prompt.length; t++) {
                for (int v = 0; v < vocabulary; v++) {
                    double logit = 0;
                    for (int i = 0; i < width; i++) {
                        logit += (double) states[t][i]
                                * output_VD.data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) v * width + i);
                    }
                    float value = wanted.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) t * vocabulary + v);
                    worst = Math.max(worst, Math.abs(logit - value));
                }
            }
            assertThat(worst).isLessThan(2e-4);
        }
    }

    private static List<Arguments> modelsAndKernels() {
        return MODELS.stream()
                .flatMap(model -> KERNELS.stream().map(kernels -> Arguments.of(model, kernels)))
                .toList();
    }

    private static int best(float[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }

    private static int[] ids(SafetensorsFile file, String name) {
        MemorySegment data = file.data(name);
        int[] ids = new int[(int) (data.byteSize() / Long.BYTES)];
        Arrays.setAll(ids, i -> (int) data.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i));
        return ids;
    }
}
