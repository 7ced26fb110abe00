package dev.ayni.engine.machine;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * What bounds every model on this machine.
 *
 * @param bandwidth bytes a second that are read from memory: the bound of generating
 * @param multiplyRate operations a second, a product and its addition being two, of the kernels' matrix product over data
 *     that caches hold, with all threads: the bound of reading a prompt
 * @param multiplyRateOfOneThread likewise with one thread
 * @param type the type of the weights that are multiplied
 */
public record MachineLimits(double bandwidth, double multiplyRate, double multiplyRateOfOneThread, DType type) {
    private static final int WIDTH = 1024;
    private static final int TOKENS = 128;
    private static final int ROWS_OF_A_THREAD = 256; // with their activations they fit the cache of one core
    private static final double SECONDS = 1; // enough for the JVM to compile what it has to
    private static final int FEWEST = 3;

    /**
     * Measures both.
     *
     * @param kernels what multiplies, as {@link KernelChoice#open} takes it
     * @param threads how many threads read and multiply, at least 1
     * @param type the type of the weights that are multiplied
     * @throws dev.ayni.tensor.KernelsUnavailableException if there are no such kernels here
     */
    public static MachineLimits measure(String kernels, int threads, DType type) {
        double bandwidth = MemoryBandwidth.measure(threads);
        double all = multiplyRate(kernels, threads, type);
        return new MachineLimits(bandwidth, all, threads == 1 ? all : multiplyRate(kernels, 1, type), type);
    }

    /**
     * Operations a second of one product over data that caches hold, the best of a second's.
     *
     * @throws dev.ayni.tensor.KernelsUnavailableException if there are no such kernels here
     */
    public static double multiplyRate(String name, int threads, DType type) {
        long rows = (long) ROWS_OF_A_THREAD * threads;
        try (Arena arena = Arena.ofShared();
                Kernels kernels = KernelChoice.open(name, threads, line -> {})) {
            // an integer's value does not change how long it takes
            MemorySegment zeros = arena.allocate(type.bytes(rows * WIDTH), 64);
            Tensor weight = kernels.place(new HostTensor(type, zeros, rows, WIDTH));
            Tensor x = kernels.allocate(DType.F32, TOKENS, WIDTH);
            Tensor out = kernels.allocate(DType.F32, TOKENS, rows);
            double[] random = new SplittableRandom(1)
                    .doubles((long) TOKENS * WIDTH, -1, 1)
                    .toArray();
            float[] values = new float[random.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random[i];
            }
            kernels.write(MemorySegment.ofArray(values), x);
            long until = System.nanoTime() + (long) (SECONDS * 1e9);
            double best = 0;
            for (int i = 0; i < FEWEST || System.nanoTime() < until; i++) {
                long start = System.nanoTime();
                kernels.matmul(x, new Kernels.Product(out, weight));
                best = Math.max(best, 2.0 * rows * WIDTH * TOKENS * 1e9 / (System.nanoTime() - start));
            }
            return best;
        }
    }

    /** How fast is multiplied, in words. */
    public String multiplyRateText() {
        return "%s operations/s on %s weights (one thread: %s)"
                .formatted(billions(multiplyRate), type, billions(multiplyRateOfOneThread));
    }

    private static String billions(double number) {
        return "%.0f billion".formatted(number / 1e9);
    }
}
