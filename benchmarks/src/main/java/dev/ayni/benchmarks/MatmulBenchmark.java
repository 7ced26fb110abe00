package dev.ayni.benchmarks;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.Product;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How much faster is the vector set than the portable one, in decoding (one token) and in prefill? Their results are
 * compared, to the bit, before anything is measured.
 *
 * <p>Run, after {@code mvn -Dquick -DskipTests package dependency:build-classpath -Dmdep.outputFile=target/cp -pl benchmarks
 * -am}: {@code java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp
 * benchmarks/target/classes:$(cat benchmarks/target/cp) org.openjdk.jmh.Main MatmulBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MatmulBenchmark {
    private static final int ROWS = 2048;
    private static final int WIDTH = 2048;

    @Param({"portable", "vector"})
    String set = "portable";

    @Param({"Q4_0", "Q8_0", "Q4_K", "Q6_K", "BF16"})
    DType type = DType.Q4_0;

    @Param({"1", "64"})
    int tokens = 1;

    /** One set's kernels with the same weights and activations as any other's. */
    private record Case(Kernels kernels, Tensor x_TI, Tensor w_OI, Tensor out_TO) implements AutoCloseable {
        static Case of(String set, DType type, int tokens, Arena arena) {
            Kernels kernels = KernelChoice.open(set, 1, line -> {});
            Random random = new Random(1);
            Tensor x = kernels.allocate(DType.F32, tokens, WIDTH);
            float[] activations = new float[tokens * WIDTH];
            for (int i = 0; i < activations.length; i++) {
                activations[i] = (float) random.nextGaussian();
            }
            kernels.write(MemorySegment.ofArray(activations), x);
            return new Case(
                    kernels,
                    x,
                    kernels.place(RandomWeights.matrix(arena, type, ROWS, WIDTH)),
                    kernels.allocate(DType.F32, tokens, ROWS));
        }

        float[] multiply() {
            kernels.matmul(x_TI, new Product(out_TO, w_OI));
            float[] out = new float[(int) out_TO.values()];
            kernels.read(out_TO, MemorySegment.ofArray(out));
            return out;
        }

        @Override
        public void close() {
            kernels.close();
        }
    }

    private final Arena arena = Arena.ofShared();
    private Case measured = Case.of("portable", DType.Q4_0, 1, arena);

    @Setup(Level.Trial)
    public void prepareAndCompare() {
        measured.close();
        measured = Case.of(set, type, tokens, arena);
        try (Case portable = Case.of("portable", type, tokens, arena)) {
            if (!Arrays.equals(measured.multiply(), portable.multiply())) {
                throw new IllegalStateException(set + " does not give portable's bits: do not measure, mend it");
            }
        }
    }

    @Benchmark
    public void matmul() {
        measured.kernels.matmul(measured.x_TI, new Product(measured.out_TO, measured.w_OI));
    }

    @TearDown(Level.Trial)
    public void close() {
        measured.close();
        arena.close();
    }
}
