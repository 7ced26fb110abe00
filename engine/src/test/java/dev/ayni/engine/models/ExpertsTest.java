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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Mixtral made of {@link TinyLlama}: its feed-forward halves have experts instead. */
class ExpertsTest {
    private static final int EXPERTS = 5;
    private static final int[] PROMPT =
            new Random(3).ints(60, 0, TinyLlama.VOCABULARY).toArray();

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "Q4_0", "Q8_0"})
    void stackedExpertsAndThoseByThemselvesGiveTheSameBitsHoweverTheyAreComputed(DType type) throws IOException {
        float[][] expected = logits(file(type, true), "portable", 1, PROMPT.length);
        assertThat(expected).hasNumberOfRows(PROMPT.length);
        for (boolean stacked : new boolean[] {true, false}) {
            Path file = file(type, stacked);
            for (String kernels : List.of("portable", "vector", "auto")) {
                for (int step : new int[] {1, 7, PROMPT.length}) {
                    assertThat(logits(file, kernels, 2, step)).isDeepEqualTo(expected);
                }
            }
        }
    }

    @Test
    void aTokenGoesThroughTheExpertsThatItsRouterPrefers() throws IOException {
        Path file = file(DType.F32, true);
        float[][] usual = logits(file, "portable", 1, PROMPT.length);
        GgufWriter writer = mixtral(DType.F32, true);
        for (int layer = 0; layer < 2; layer++) { // a router that prefers none: the first two
            String name = "blk." + layer + ".ffn_gate_inp.weight";
            writer.without(name).tensor(name, new float[EXPERTS * 64], EXPERTS, 64);
        }
        float[][] other = logits(writer.write(folder.resolve("even.gguf")), "portable", 1, PROMPT.length);
        assertThat(Arrays.deepEquals(usual, other)).isFalse();
    }

    @Test
    void anExpertThatIsMissingIsNamed() throws IOException {
        Path file = mixtral(DType.F32, false).without("blk.1.ffn_up.3.weight").write(folder.resolve("missing.gguf"));
        assertThatThrownBy(() -> logits(file, "portable", 1, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no tensor 'blk.1.ffn_up.3.weight'");
    }

    @Test
    void aStackOfAnotherShapeIsNamed() throws IOException {
        Path file = mixtral(DType.F32, true)
                .without("blk.1.ffn_up_exps.weight")
                .tensor("blk.1.ffn_up_exps.weight", new float[4 * 96 * 64], 4, 96, 64)
                .write(folder.resolve("shape.gguf"));
        assertThatThrownBy(() -> logits(file, "portable", 1, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'blk.1.ffn_up_exps.weight' has the shape [4, 96, 64], and [5, 96, 64]");
    }

    private Path file(DType type, boolean stacked) throws IOException {
        return mixtral(type, stacked).write(folder.resolve(type + (stacked ? "-stacked.gguf" : "-single.gguf")));
    }

    private static GgufWriter mixtral(DType type, boolean stacked) {
        Random random = new Random(5);
        GgufWriter writer =
                TinyLlama.of(type).put("llama.expert_count", EXPERTS).put("llama.expert_used_count", 2);
        for (int layer = 0; layer < 2; layer++) {
            String name = "blk." + layer + ".";
            float[] router = new float[EXPERTS * 64];
            for (int i = 0; i < router.length; i++) {
                router[i] = (float) random.nextGaussian();
            }
            writer.tensor(name + "ffn_gate_inp.weight", router, EXPERTS, 64);
            for (String kind : List.of("ffn_gate", "ffn_up", "ffn_down")) {
                int rows = kind.equals("ffn_down") ? 64 : 96;
                int columns = 160 - rows;
                writer.without(name + kind + ".weight");
                byte[] all = numbers(random, type, EXPERTS * rows * columns);
                if (stacked) {
                    writer.tensor(name + kind + "_exps.weight", type, all, EXPERTS, rows, columns);
                    continue;
                }
                int bytes = all.length / EXPERTS;
                for (int e = 0; e < EXPERTS; e++) {
                    byte[] one = Arrays.copyOfRange(all, e * bytes, (e + 1) * bytes);
                    writer.tensor(name + kind + "." + e + ".weight", type, one, rows, columns);
                }
            }
        }
        return writer;
    }

    private static byte[] numbers(Random random, DType type, int count) {
        byte[] bytes = new byte[(int) type.bytes(count)];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (type == DType.F32) {
            for (int i = 0; i < count; i++) {
                buffer.putFloat(4 * i, (float) random.nextGaussian() * 0.15f);
            }
            return bytes;
        }
        random.nextBytes(bytes);
        for (int at = 0; at < bytes.length; at += type.blockBytes()) {
            buffer.putShort(at, Float.floatToFloat16(type == DType.Q8_0 ? 0.002f : 0.03f)); // the scale
        }
        return bytes;
    }

    /** The prompt's logits, so many tokens at a time. */
    private static float[][] logits(Path file, String name, int threads, int step) {
        try (Weights weights = WeightsFiles.open(file);
                Kernels kernels = KernelChoice.open(name, threads, line -> {});
                Model model = Architectures.build(weights, kernels)) {
            KvCache cache = model.newCache();
            List<float[]> rows = new ArrayList<>();
            for (int from = 0; from < PROMPT.length; from += step) {
                int[] part = Arrays.copyOfRange(PROMPT, from, Math.min(from + step, PROMPT.length));
                rows.addAll(List.of(
                        model.forward(List.of(new Run(part, cache, Wanted.ALL))).getFirst()));
            }
            return rows.toArray(float[][]::new);
        }
    }
}
