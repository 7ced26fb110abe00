package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.Weights;
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

class KvCacheTest {
    private static final int[] TOKENS =
            new Random(3).ints(600, 0, TinyLlama.VOCABULARY).toArray();

    @TempDir
    private Path folder;

    @Test
    void forksGoTheirOwnWaysAndLeaveEachOtherAlone() throws IOException {
        try (Weights weights = WeightsFiles.open(TinyLlama.write(folder, DType.Q8_0));
                PortableKernels kernels = new PortableKernels(1);
                Model model = Architectures.build(weights, kernels)) {
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
