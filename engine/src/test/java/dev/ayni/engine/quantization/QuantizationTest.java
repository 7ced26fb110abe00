package dev.ayni.engine.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.engine.ModelFiles;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.models.TinyFamily;
import dev.ayni.engine.models.TinyLlama;
import dev.ayni.engine.quantization.Quantization.Listener;
import dev.ayni.engine.quantization.Quantization.Order;
import dev.ayni.engine.quantization.Quantization.Result;
import dev.ayni.engine.quantization.Quantization.Written;
import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.PortableKernels;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationTest {
    private static final int[] TOKENS =
            new Random(3).ints(30, 0, TinyLlama.VOCABULARY).toArray();

    @TempDir
    Path folder;

    private final List<String> remarks = new ArrayList<>();

    @Test
    void aFolderOfLlamaBecomesAFileThatComputesTheSame() throws IOException {
        Path model = TinyFolder.llama(
                folder.resolve("llama"),
                ",\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,\"original_max_position_embeddings\":32}");

        quantize(model, "llama.gguf", FileType.F32);

        assertNear(logits(model), logits(folder.resolve("llama.gguf")), 1e-4f);
        assertThat(remarks).anyMatch(remark -> remark.contains("no tokenizer"));
    }

    @Test
    void aFolderOfGemma3BecomesAFileThatComputesTheSame() throws IOException {
        Path model = TinyFolder.gemma3(folder.resolve("gemma3"));

        quantize(model, "gemma3.gguf", FileType.F32);

        assertNear(logits(model), logits(folder.resolve("gemma3.gguf")), 1e-5f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama3.1",
                "llama-tied",
                "mistral",
                "mixtral",
                "qwen2",
                "qwen3",
                "gemma3",
                "phi3",
                "gpt2",
                "bloom",
                "muse-glimmer"
            })
    void referenceFoldersBecomeFilesThatComputeTheSame(String name) throws IOException {
        Path model = Path.of(System.getProperty("ayni.shared", "../../shared"), "reference/models", name);
        Assumptions.assumeTrue(Files.exists(model), () -> "no reference model at " + model.toAbsolutePath());

        quantize(model, "file.gguf", FileType.F32);

        assertNear(logits(model), logits(folder.resolve("file.gguf")), 1e-4f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "bloom", "muse_glimmer"})
    void whatLiesOtherwiseInAFolderComesToLieAsInGgufFiles(String family) throws IOException {
        Path model = TinyFamily.of(folder, family, ", \"sliding_window\": 8").publish(folder.resolve(family));

        quantize(model, "file.gguf", FileType.F32);

        assertNear(logits(model), logits(folder.resolve("file.gguf")), 1e-4f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "gpt2; , \"scale_attn_by_inverse_layer_idx\": true; scales its scores otherwise",
                "gpt2; , \"activation_function\": \"silu\"; activates by silu",
                "bloom; , \"apply_residual_connection_post_layernorm\": true; goes around its norms",
                "muse_glimmer; , \"post_norm_eps\": 0.001; adds another number",
                "muse_glimmer; , \"layer_rope_theta\": [1.0, 1.0, 1.0]; turns positions in layers that see everything",
                "qwen2; , \"use_sliding_window\": true, \"sliding_window\": 8, \"max_window_layers\": 1; sees 8 positions back",
                "qwen3; , \"hidden_act\": \"gelu\"; activates by gelu",
                "opt; , \"ffn_dim\": 96; there are no GGUF files of it"
            })
    void whatNoGgufFileCanSayIsALetter(String family, String said, String letter) throws IOException {
        Path model = TinyFamily.of(folder, family, said).publish(folder.resolve(family));

        assertThatThrownBy(() -> quantize(model, "file.gguf", FileType.F32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(letter)
                .hasMessageContaining("Use the folder as it is.");
        assertThat(folder.resolve("file.gguf")).doesNotExist();
    }

    @Test
    void aFolderOfAFamilyThatIsNotKnownHereSaysWhichAre() throws IOException {
        Path model = TinyFolder.llama(folder.resolve("llama"), "");
        Files.writeString(
                model.resolve("config.json"),
                Files.readString(model.resolve("config.json")).replace("llama", "bert"));

        assertThatThrownBy(() -> quantize(model, "bert.gguf", FileType.F16)).isInstanceOf(WeightsException.class);
        assertThat(folder.resolve("bert.gguf")).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "Q8_0", "Q5_1", "Q4_0", "IQ4_NL", "Q4_K_M", "Q2_K"})
    void whatIsQuantizedComputesNearlyTheSame(FileType type) throws IOException {
        Path model = TinyLlama.write(folder, DType.F32);

        Result result = quantize(model, "small.gguf", type);

        float[][] before = logits(model);
        float[][] after = logits(folder.resolve("small.gguf"));
        double error = 0;
        double squares = 0;
        for (int t = 0; t < before.length; t++) {
            for (int i = 0; i < before[t].length; i++) {
                error += Math.pow(after[t][i] - before[t][i], 2);
                squares += Math.pow(before[t][i], 2);
            }
        }
        assertThat(error / squares).isPositive().isLessThan(0.3); // random weights make much of small errors
        assertThat(result.bytes()).isLessThan(Files.size(model)).isEqualTo(Files.size(folder.resolve("small.gguf")));
    }

    @Test
    void aFileIsTheSameWithAnyNumberOfThreads() throws IOException {
        Path model = TinyLlama.write(folder, DType.F32);
        try (Weights weights = WeightsFiles.open(model)) {
            Quantization.write(weights, folder.resolve("1.gguf"), new Order(FileType.Q4_1, false, 1, null), heard());
            Quantization.write(weights, folder.resolve("3.gguf"), new Order(FileType.Q4_1, false, 3, null), heard());
        }
        assertThat(folder.resolve("1.gguf")).hasSameBinaryContentAs(folder.resolve("3.gguf"));
    }

    @Test
    void keysAndTheVocabularyStayAsTheyWere() throws IOException {
        Path model = TinyLlama.withVocabulary(DType.F32)
                .put("general.alignment", 64)
                .put("test.double", 0.1)
                .put("test.long", 1L << 40)
                .put("test.lists", List.of(List.of(1, 2), List.of(3)))
                .write(folder.resolve("model.gguf"));

        quantize(model, "half.gguf", FileType.F16);

        assertThat(keys(folder.resolve("half.gguf")))
                .containsAllEntriesOf(keys(model))
                .containsEntry("general.file_type", "1")
                .containsEntry("general.quantization_version", "2");
        Tokenizer before = ModelFiles.tokenizer(model);
        Tokenizer after = ModelFiles.tokenizer(folder.resolve("half.gguf"));
        assertThat(after.encode("Hello!!", false)).isEqualTo(before.encode("Hello!!", false));
    }

    @Test
    void aFileOfTheFirstVersionIsWrittenInTheThird() throws IOException {
        Path model = TinyLlama.withVocabulary(DType.F32).version(1).write(folder.resolve("old.gguf"));

        quantize(model, "new.gguf", FileType.F32);

        assertThat(keys(folder.resolve("new.gguf"))).containsAllEntriesOf(keys(model));
        assertThat(logits(folder.resolve("new.gguf"))).isDeepEqualTo(logits(model));
    }

    @Test
    void whatEndsTooSoonLeavesWhatWasThere() throws IOException {
        Path model = TinyLlama.write(folder, DType.F32);
        Path target = Files.writeString(folder.resolve("target.gguf"), "what was there");
        Listener impatient = new Listener() {
            @Override
            public void remark(String text) {}

            @Override
            public void written(Written last, long bytes, long total) {
                if (bytes > total / 2) {
                    assertThat(folder.resolve("target.gguf.partial")).exists();
                    throw new IllegalStateException("enough");
                }
            }
        };
        try (Weights weights = WeightsFiles.open(model)) {
            assertThatThrownBy(() ->
                            Quantization.write(weights, target, new Order(FileType.Q8_0, false, 2, null), impatient))
                    .hasMessage("enough");
        }
        assertThat(target).hasContent("what was there");
        assertThat(folder.resolve("target.gguf.partial")).doesNotExist();
    }

    @Test
    void theModelItselfIsNotWrittenOver() throws IOException {
        Path model = TinyLlama.write(folder, DType.F32);
        byte[] before = Files.readAllBytes(model);

        assertThatThrownBy(() -> quantize(model, model.getFileName().toString(), FileType.Q8_0))
                .hasMessageContaining("is the model itself");
        assertThat(model).hasBinaryContent(before);
    }

    @Test
    void aFolderThatIsNotThereOrAPlaceThatIsAFolderIsALetter() throws IOException {
        Path model = TinyLlama.write(folder, DType.F32);
        Files.createDirectory(folder.resolve("inner"));

        assertThatThrownBy(() -> quantize(model, "missing/model.gguf", FileType.Q8_0))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("there is no folder");
        assertThatThrownBy(() -> quantize(model, "inner", FileType.Q8_0))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("is a folder");
    }

    @Test
    void numbersThatNoBlockHoldsAreALetterThatNamesTheTensor() throws IOException {
        for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 1e20f}) {
            float[] numbers = new float[64 * 64];
            numbers[3000] = bad;
            Path model = TinyLlama.of(DType.F32)
                    .without("blk.1.attn_q.weight")
                    .tensor("blk.1.attn_q.weight", numbers, 64, 64)
                    .write(folder.resolve("bad.gguf"));

            assertThatThrownBy(() -> quantize(model, "small.gguf", FileType.Q4_0))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("blk.1.attn_q.weight")
                    .hasMessageContaining("row 46");
            assertThat(folder.resolve("small.gguf")).doesNotExist();
        }
    }

    @Test
    void aModelThatIsQuantizedAlreadyIsQuantizedWithARemark() throws IOException {
        Path model = TinyLlama.write(folder, DType.Q8_0);

        quantize(model, "floats.gguf", FileType.F16);
        assertThat(remarks).isEmpty();
        quantize(model, "again.gguf", FileType.Q4_0);
        assertThat(remarks).singleElement().asString().contains("quantised already");
    }

    @Test
    void anImportanceMatrixIsReadAsItWasWrittenAndChangesTheBlocks() throws IOException {
        Path model = TinyLlama.write(folder, DType.F32);
        float[] sums = new float[64];
        for (int i = 0; i < 64; i++) {
            sums[i] = i < 4 ? 3000 : 3;
        }
        Map<String, ImportanceMatrix.Entry> entries = new TreeMap<>();
        for (String name : List.of("blk.0.attn_q.weight", "blk.1.ffn_up.weight")) {
            entries.put(name, new ImportanceMatrix.Entry(sums, new float[] {30}));
        }
        Path file = folder.resolve("model.imatrix.gguf");
        new ImportanceMatrix(entries, "made.gguf", List.of("text.txt"), 5, 512).write(file);

        ImportanceMatrix read = ImportanceMatrix.read(file);

        assertThat(read.names()).containsExactly("blk.0.attn_q.weight", "blk.1.ffn_up.weight");
        assertThat(read.chunks()).isEqualTo(5);
        assertThat(read.of("blk.0.attn_q.weight", 64, 1)).startsWith(100, 100, 100, 100, 0.1f);
        assertThatThrownBy(() -> read.of("blk.0.attn_q.weight", 96, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("another model");
        quantize(model, "plain.gguf", FileType.Q4_0);
        try (Weights weights = WeightsFiles.open(model)) {
            Quantization.write(
                    weights, folder.resolve("weighed.gguf"), new Order(FileType.Q4_0, false, 2, read), heard());
        }
        try (Weights plain = WeightsFiles.open(folder.resolve("plain.gguf"));
                Weights weighed = WeightsFiles.open(folder.resolve("weighed.gguf"))) {
            assertThat(weighed.tensor("blk.0.attn_q.weight")
                            .data()
                            .mismatch(plain.tensor("blk.0.attn_q.weight").data()))
                    .isNotEqualTo(-1);
            assertThat(weighed.tensor("blk.0.attn_k.weight")
                            .data()
                            .mismatch(plain.tensor("blk.0.attn_k.weight").data()))
                    .isEqualTo(-1);
            assertThat(weighed.metadata().text("quantize.imatrix.dataset")).isEqualTo("text.txt");
        }
    }

    @Test
    void whatMattersIsMeasuredWhileTheModelReads() throws IOException {
        Path model = TinyLlama.withVocabulary(DType.F32).write(folder.resolve("model.gguf"));
        String text = "abcdefgh".repeat(150);
        List<Integer> read = new ArrayList<>();
        try (Weights weights = WeightsFiles.open(model)) {
            ImportanceMatrix matrix = ImportanceMeasurement.of(
                    weights, new PortableKernels(1), text, "text.txt", 2, (done, all) -> read.add(done));

            assertThat(matrix.chunks()).isEqualTo(2);
            assertThat(read).containsExactly(1, 2);
            assertThat(matrix.names())
                    .contains("blk.0.attn_q.weight", "blk.1.attn_output.weight", "blk.1.ffn_down.weight")
                    .hasSize(14);
            // what the first matrices are multiplied with comes out of a norm whose weights are ones
            float[] squares = Objects.requireNonNull(matrix.of("blk.0.attn_q.weight", 64, 1));
            assertThat(IntStream.range(0, 64)
                            .mapToDouble(i -> squares[i])
                            .average()
                            .getAsDouble())
                    .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-3));
            assertThatThrownBy(() -> ImportanceMeasurement.of(
                            weights, new PortableKernels(1), "too short", "text.txt", 0, (done, all) -> {}))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("at least 512");
        }
    }

    @Test
    void aModelComparedWithItselfIsNoWorseAndOneOfFewerBitsIs() throws IOException {
        Path model = TinyLlama.withVocabulary(DType.F32).write(folder.resolve("model.gguf"));
        quantize(model, "small.gguf", FileType.Q4_0);
        Tokenizer tokenizer = ModelFiles.tokenizer(model);
        String text = "abcdefgh".repeat(70);
        try (Weights floats = WeightsFiles.open(model);
                Weights blocks = WeightsFiles.open(folder.resolve("small.gguf"));
                Kernels kernels = new PortableKernels(1);
                Model before = Architectures.build(floats, kernels);
                Model after = Architectures.build(blocks, kernels)) {
            Comparison same = Comparison.of(before, before, tokenizer, text, 0, (done, all) -> {});
            assertThat(same.perplexityAfter()).isEqualTo(same.perplexityBefore());
            assertThat(same.largestDivergence()).isZero();
            assertThat(same.sameBest()).isEqualTo(1);
            assertThat(same.predictions()).isEqualTo(255);
            Comparison other = Comparison.of(before, after, tokenizer, text, 0, (done, all) -> {});
            assertThat(other.perplexityBefore()).isEqualTo(same.perplexityBefore());
            assertThat(other.divergence()).isPositive().isLessThan(other.largestDivergence());
            assertThat(other.divergence99()).isLessThanOrEqualTo(other.largestDivergence());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatMattersInExpertsIsCountedForEach(boolean stacked) throws IOException {
        Path model = experts(stacked).write(folder.resolve("model.gguf"));
        try (Weights weights = WeightsFiles.open(model)) {
            ImportanceMatrix matrix = ImportanceMeasurement.of(
                    weights,
                    KernelChoice.open("auto", 2, line -> {}),
                    "abcdefgh".repeat(150),
                    "text.txt",
                    1,
                    (done, all) -> {});
            for (String part : List.of("gate", "up", "down")) {
                ImportanceMatrix.Entry entry =
                        Objects.requireNonNull(matrix.entry("blk.1.ffn_" + part + "_exps.weight"));
                assertThat(entry.counts()).hasSize(4);
                // each token goes through two of the four
                assertThat(IntStream.range(0, 4)
                                .mapToDouble(e -> entry.counts()[e])
                                .sum())
                        .isEqualTo(2 * ImportanceMeasurement.CHUNK);
                int width = part.equals("down") ? 96 : 64;
                assertThat(entry.sums()).hasSize(4 * width);
                for (int e = 0; e < 4; e++) {
                    int from = e * width;
                    double sum = IntStream.range(from, from + width)
                            .mapToDouble(i -> entry.sums()[i])
                            .sum();
                    assertThat(sum > 0).isEqualTo(entry.counts()[e] > 0);
                }
            }
            assertThat(matrix.names())
                    .noneMatch(name -> name.matches("blk.0.ffn_up.*weight") && !name.contains("exps"));
        }
    }

    private static GgufWriter experts(boolean stacked) {
        Random random = new Random(5);
        GgufWriter writer =
                TinyLlama.withVocabulary(DType.F32).put("llama.expert_count", 4).put("llama.expert_used_count", 2);
        for (int layer = 0; layer < 2; layer++) {
            String name = "blk." + layer + ".";
            writer.tensor(name + "ffn_gate_inp.weight", normal(random, 4 * 64), 4, 64);
            for (String kind : List.of("ffn_gate", "ffn_up", "ffn_down")) {
                int rows = kind.equals("ffn_down") ? 64 : 96;
                writer.without(name + kind + ".weight");
                if (stacked) {
                    writer.tensor(name + kind + "_exps.weight", normal(random, 4 * 64 * 96), 4, rows, 160 - rows);
                } else {
                    for (int e = 0; e < 4; e++) {
                        writer.tensor(name + kind + "." + e + ".weight", normal(random, 64 * 96), rows, 160 - rows);
                    }
                }
            }
        }
        return writer;
    }

    private static float[] normal(Random random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = 0.15f * (float) random.nextGaussian();
        }
        return numbers;
    }

    @Test
    void anOlderImportanceMatrixIsReadToo() throws IOException {
        ByteBuffer file = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        byte[] name = "blk.0.attn_q.weight".getBytes(StandardCharsets.UTF_8);
        file.putInt(1).putInt(name.length).put(name).putInt(4).putInt(3);
        file.putFloat(8).putFloat(2).putFloat(0); // mean squares times four chunks
        file.putInt(4).putInt(5).put("a.txt".getBytes(StandardCharsets.UTF_8));
        byte[] whole = Arrays.copyOf(file.array(), file.position());
        Path path = Files.write(folder.resolve("imatrix.dat"), whole);

        ImportanceMatrix read = ImportanceMatrix.read(path);

        assertThat(read.of("blk.0.attn_q.weight", 3, 1)).containsExactly(2, 0.5f, 0);
        assertThat(read.chunks()).isEqualTo(4);
        for (int bytes = 0; bytes < whole.length - 13; bytes++) {
            Path cut = Files.write(folder.resolve("cut.dat"), Arrays.copyOf(whole, bytes));
            assertThatThrownBy(() -> ImportanceMatrix.read(cut))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("no importance matrix");
        }
    }

    @Test
    void aFileThatIsNoImportanceMatrixIsALetter() throws IOException {
        Path model = TinyLlama.write(folder, DType.F32);
        assertThatThrownBy(() -> ImportanceMatrix.read(model))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no importance matrix");
    }

    private Result quantize(Path model, String target, FileType type) throws IOException {
        try (Weights weights = WeightsFiles.open(model)) {
            return Quantization.write(weights, folder.resolve(target), new Order(type, false, 2, null), heard());
        }
    }

    private Listener heard() {
        return new Listener() {
            @Override
            public void remark(String text) {
                remarks.add(text);
            }

            @Override
            public void written(Written last, long bytes, long total) {
                assertThat(bytes).isPositive().isLessThan(total);
            }
        };
    }

    private static Map<String, String> keys(Path file) {
        try (Weights weights = WeightsFiles.open(file)) {
            Map<String, String> keys = new TreeMap<>();
            weights.metadata()
                    .keys()
                    .forEach(key ->
                            keys.put(key, String.valueOf(weights.metadata().value(key))));
            return keys;
        }
    }

    private static float[][] logits(Path path) {
        try (Weights weights = WeightsFiles.open(path);
                Kernels kernels = new PortableKernels(1);
                Model model = Architectures.build(weights, kernels);
                var cache = model.newCache()) {
            int[] tokens = Arrays.stream(TOKENS)
                    .map(token -> token % model.spec().vocabulary())
                    .toArray();
            return model.forward(List.of(new Run(tokens, cache, Wanted.ALL))).getFirst();
        }
    }

    private static void assertNear(float[][] expected, float[][] found, float most) {
        assertThat(found).hasNumberOfRows(expected.length);
        for (int t = 0; t < expected.length; t++) {
            assertThat(found[t]).containsExactly(expected[t], org.assertj.core.data.Offset.offset(most));
        }
    }
}
