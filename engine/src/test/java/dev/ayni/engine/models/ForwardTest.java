package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardTest {
    private static final int[] PROMPT =
            new Random(3).ints(300, 0, TinyLlama.VOCABULARY).toArray();

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "Q4_0", "Q8_0"})
    void aPromptGivesTheSameBitsAloneInABatchInPartsAndWithAnyNumberOfThreads(DType type) throws IOException {
        Path file = TinyLlama.write(folder, type);
        float[][] alone;
        try (Opened one = new Opened(file, "portable", 1)) {
            alone = one.model.forward(List.of(one.run(PROMPT, Wanted.ALL))).getFirst();
        }
        assertThat(alone).hasNumberOfRows(PROMPT.length);
        for (String kernels : List.of("portable", "auto")) {
            for (int threads : new int[] {1, 2}) {
                try (Opened opened = new Opened(file, kernels, threads)) {
                    assertThat(inABatchOfSeven(opened)).isDeepEqualTo(alone);
                    assertThat(inParts(opened)).isDeepEqualTo(alone);
                }
            }
        }
    }

    /** The prompt fourth among six other conversations, each with a past of its own length. */
    private static float[][] inABatchOfSeven(Opened opened) {
        List<Run> batch = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            if (i == 3) {
                batch.add(opened.run(PROMPT, Wanted.ALL));
            } else {
                Run other = opened.run(Arrays.copyOfRange(PROMPT, 5 * i, 40 * i + 1 + 5 * i), Wanted.NONE);
                opened.model.forward(List.of(other));
                batch.add(new Run(new int[] {i, 2 * i}, other.cache(), Wanted.LAST));
            }
        }
        return opened.model.forward(batch).get(3);
    }

    private static float[][] inParts(Opened opened) {
        KvCache cache = opened.model.newCache();
        List<float[]> rows = new ArrayList<>();
        int from = 0;
        for (int length : new int[] {1, 1, 7, 120, 128, 43}) {
            int[] part = Arrays.copyOfRange(PROMPT, from, from + length);
            rows.addAll(List.of(opened.model
                    .forward(List.of(new Run(part, cache, Wanted.ALL)))
                    .getFirst()));
            from += length;
        }
        return rows.toArray(float[][]::new);
    }

    @Test
    void aRewoundConversationGoesOnAsIfItHadNeverSaidMore() throws IOException {
        try (Opened opened = new Opened(TinyLlama.write(folder, DType.Q4_0), "auto", 2)) {
            KvCache cache = opened.model.newCache();
            float[][] once = opened.model
                    .forward(List.of(new Run(PROMPT, cache, Wanted.ALL)))
                    .getFirst();
            cache.rewind(260);
            cache.trim();
            int[] rest = Arrays.copyOfRange(PROMPT, 260, PROMPT.length);
            float[][] again = opened.model
                    .forward(List.of(new Run(rest, cache, Wanted.ALL)))
                    .getFirst();
            assertThat(again).isDeepEqualTo(Arrays.copyOfRange(once, 260, PROMPT.length));
        }
    }

    @Test
    void factorsOfFrequenciesThatDoNotFitAreALetter() throws IOException {
        Path file = TinyLlama.of(DType.F32)
                .tensor("rope_freqs.weight", new float[] {1, 1, 1}, 3)
                .write(folder.resolve("factors.gguf"));
        assertThatThrownBy(() -> new Opened(file, "portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'rope_freqs.weight' has the shape [3], and [8]");
    }

    @Test
    void onlyWantedLogitsComeBack() throws IOException {
        try (Opened opened = new Opened(TinyLlama.write(folder, DType.F32), "auto", 1)) {
            List<float[][]> results = opened.model.forward(List.of(
                    opened.run(PROMPT, Wanted.NONE), opened.run(PROMPT, Wanted.LAST), opened.run(PROMPT, Wanted.ALL)));
            assertThat(results.get(0)).isEmpty();
            assertThat(results.get(1)).hasNumberOfRows(1);
            assertThat(results.get(1)[0]).isEqualTo(results.get(2)[PROMPT.length - 1]);
        }
    }

    @Test
    void statesAndLogitsOfOneBatchAreThoseOfEachAlone() throws IOException {
        try (Opened opened = new Opened(TinyLlama.write(folder, DType.Q4_0), "auto", 2)) {
            List<Wanted> wanted = List.of(Wanted.ALL_STATES, Wanted.LAST, Wanted.NONE, Wanted.LAST_STATE, Wanted.ALL);
            List<float[][]> together = opened.model.forward(
                    wanted.stream().map(what -> opened.run(PROMPT, what)).toList());
            for (int i = 0; i < wanted.size(); i++) {
                assertThat(together.get(i))
                        .isDeepEqualTo(opened.model
                                .forward(List.of(opened.run(PROMPT, wanted.get(i))))
                                .getFirst());
            }
            assertThat(together.get(3)[0]).isEqualTo(together.get(0)[PROMPT.length - 1]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"blk.1.ffn_down.weight", "output.weight"})
    void aNumberThatIsNotFiniteIsBlamedOnItsLayer(String name) throws IOException {
        boolean inLayer = name.startsWith("blk");
        float[] damaged = new float[inLayer ? 64 * 96 : 97 * 64];
        damaged[5] = Float.NaN;
        Path file = TinyLlama.of(DType.F32)
                .without(name)
                .tensor(name, damaged, inLayer ? 64 : 97, inLayer ? 96 : 64)
                .write(folder.resolve("damaged.gguf"));
        try (Opened opened = new Opened(file, "portable", 1)) {
            KvCache cache = opened.model.newCache();
            assertThatThrownBy(() -> opened.model.forward(List.of(new Run(new int[] {1, 2}, cache, Wanted.LAST))))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining(inLayer ? "Layer 2 of 2" : "output matrix");
            assertThat(cache.length()).isZero();
        }
    }

    @Test
    void aMissingWeightIsNamed() throws IOException {
        Path file = without("blk.1.attn_k.weight");
        assertThatThrownBy(() -> new Opened(file, "portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no weight 'blk.1.attn_k.weight'")
                .hasMessageContaining("[32, 64]");
    }

    @Test
    void aWeightOfAnotherShapeIsNamed() throws IOException {
        Path file = TinyLlama.of(DType.F32)
                .without("blk.0.ffn_up.weight")
                .tensor("blk.0.ffn_up.weight", new float[64 * 95], 95, 64)
                .write(folder.resolve("shape.gguf"));
        assertThatThrownBy(() -> new Opened(file, "portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'blk.0.ffn_up.weight' has the shape [95, 64], and [96, 64]");
    }

    @Test
    void aFamilyThatIsNotComputedIsALetter() throws IOException {
        Path file = new GgufWriter().put("general.architecture", "rwkv7").write(folder.resolve("other.gguf"));
        assertThatThrownBy(() -> new Opened(file, "portable", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'rwkv7'")
                .hasMessageContaining("llama, mistral, ");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 1 << 30})
    void sizesThatMakeNoSenseAreALetter(int heads) throws IOException {
        Path file =
                TinyLlama.of(DType.F32).put("llama.attention.head_count", heads).write(folder.resolve("heads.gguf"));
        assertThatThrownBy(() -> new Opened(file, "portable", 1)).isInstanceOf(WeightsException.class);
    }

    private Path without(String name) throws IOException {
        return TinyLlama.of(DType.F32).without(name).write(folder.resolve("missing.gguf"));
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

        Run run(int[] tokens, Wanted wanted) {
            return new Run(tokens, model.newCache(), wanted);
        }

        @Override
        public void close() {
            model.close();
            kernels.close();
            weights.close();
        }
    }
}
