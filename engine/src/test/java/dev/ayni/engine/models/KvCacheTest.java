package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.PortableKernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KvCacheTest {
    private static final int[] TOKENS =
            new Random(3).ints(600, 0, TinyLlama.VOCABULARY).toArray();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(CacheType.class)
    void forksGoTheirOwnWaysAndLeaveEachOtherAlone(CacheType type) throws IOException {
        try (Weights weights = WeightsFiles.open(twoHeads());
                PortableKernels kernels = new PortableKernels(1);
                Model model = Architectures.build(weights, kernels, type)) {
            float[] inFull = last(model, model.newCache(), 0, 320);
            float[] other = last(model, model.newCache(), 0, 300, 500, 520);
            float[] early = last(model, model.newCache(), 0, 100, 550, 560);

            KvCache trunk = model.newCache();
            last(model, trunk, 0, 300); // a full page and some of another
            KvCache first = trunk.fork();
            KvCache second = trunk.fork();
            KvCache third = second.fork();
            assertThat(last(model, first, 500, 520)).isEqualTo(other);
            assertThat(last(model, second, 300, 320)).isEqualTo(inFull);
            third.rewind(100); // into the page that all share
            assertThat(last(model, third, 550, 560)).isEqualTo(early);
            assertThat(last(model, trunk, 300, 320)).isEqualTo(inFull);
            first.close();
            trunk.close();
            second.rewind(300);
            assertThat(last(model, second, 500, 520)).isEqualTo(other);
            second.close();
            third.rewind(100);
            assertThat(last(model, third, 550, 560)).isEqualTo(early);
            third.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"AUTO, F16, 256", "F32, F32, 512", "F16, F16, 256", "Q8_0, Q8_0, 136"})
    void keysAndValuesAreKeptAsAsked(CacheType type, DType kept, long bytesPerPosition) throws IOException {
        try (Weights weights = WeightsFiles.open(twoHeads());
                PortableKernels kernels = new PortableKernels(1);
                Model model = Architectures.build(weights, kernels, type);
                KvCache cache = model.newCache()) {
            assertThat(cache.type()).isEqualTo(kept);
            assertThat(cache.bytesPerPosition()).isEqualTo(bytesPerPosition);
            assertThat(model.spec().cacheBytes(257, type)).isEqualTo(512 * bytesPerPosition);
        }
    }

    @Test
    void blocksLoseLittleOfThePast() throws IOException {
        float[][] logits = new float[2][];
        for (CacheType type : List.of(CacheType.F32, CacheType.Q8_0)) {
            try (Weights weights = WeightsFiles.open(twoHeads());
                    PortableKernels kernels = new PortableKernels(1);
                    Model model = Architectures.build(weights, kernels, type)) {
                logits[type == CacheType.F32 ? 0 : 1] = last(model, model.newCache(), 0, 300);
            }
        }
        assertThat(logits[1])
                .isNotEqualTo(logits[0])
                .usingComparatorWithPrecision(0.2f)
                .containsExactly(logits[0]);
    }

    @Test
    void headsThatAreNoWholeBlocksAreRefusedByName() throws IOException {
        try (Weights weights = WeightsFiles.open(TinyLlama.write(folder, DType.Q8_0));
                PortableKernels kernels = new PortableKernels(1)) {
            assertThatThrownBy(() -> Architectures.build(weights, kernels, CacheType.Q8_0))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage(
                            "tiny has heads of width 16, and keys and values kept as q8_0 need a multiple of 32. Keep them as f16: --cache-type f16.");
        }
        assertThat(CacheType.of("q8_0")).isEqualTo(CacheType.Q8_0);
        assertThatThrownBy(() -> CacheType.of("q4_0"))
                .hasMessage("Keys and values cannot be kept as 'q4_0'. Types: auto, f32, f16, q8_0.");
    }

    /** A tiny model with heads of width 32. */
    private Path twoHeads() throws IOException {
        return TinyLlama.of(DType.Q8_0, 2, TinyLlama.VOCABULARY).write(folder.resolve("two-heads.gguf"));
    }

    /** The logits after the tokens of some ranges of {@link #TOKENS}, which follow what the cache remembers. */
    private static float[] last(Model model, KvCache cache, int... ranges) {
        float[] logits = {};
        for (int i = 0; i < ranges.length; i += 2) {
            int[] tokens = Arrays.copyOfRange(TOKENS, ranges[i], ranges[i + 1]);
            logits = model.forward(List.of(new Run(tokens, cache, Wanted.LAST))).getFirst()[0];
        }
        return logits;
    }
}
