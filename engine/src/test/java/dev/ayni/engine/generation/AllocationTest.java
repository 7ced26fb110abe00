package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.TinyLlama;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.KernelsUnavailableException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a generated token costs in Java objects, with the kernels that make none themselves. */
class AllocationTest {
    private static final int VOCABULARY = 30_000; // a row of logits takes 120 kB
    private static final int TOKENS = 100;
    private static final long MOST_BYTES = 20_000;

    @TempDir
    private Path folder;

    @Test
    void aTokenMakesNoNewRowOfLogits() throws IOException {
        Path file = TinyLlama.of(DType.Q8_0, 4, VOCABULARY).write(folder.resolve("many-tokens.gguf"));
        try (Weights weights = WeightsFiles.open(file);
                Kernels kernels = foreign();
                Model model = Architectures.build(weights, kernels);
                Generator generator = new Generator(model, TinyLlama.CONTEXT, Set.of(), Drafting.NONE);
                Generation generation = generator.start(new int[] {1, 2, 3}, greedy())) {
            generate(generation, TOKENS); // the JVM loads what it needs
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getTotalThreadAllocatedBytes();
            generate(generation, TOKENS);
            assertThat((threads.getTotalThreadAllocatedBytes() - before) / TOKENS)
                    .isLessThan(MOST_BYTES);
        }
    }

    private static Kernels foreign() {
        try {
            return KernelChoice.open("foreign", 1, line -> {});
        } catch (KernelsUnavailableException e) {
            assumeTrue(false, "skipped, because this build has no kernels in C: " + e.getMessage());
            throw e;
        }
    }

    private static Settings greedy() {
        return new Settings(Sampling.GREEDY, Limits.NONE, -1);
    }

    private static void generate(Generation generation, int tokens) {
        int wanted = generation.generated() + tokens;
        while (generation.generated() < wanted) {
            assertThat(generation.next()).isNotInstanceOf(Step.Ended.class);
        }
    }
}
