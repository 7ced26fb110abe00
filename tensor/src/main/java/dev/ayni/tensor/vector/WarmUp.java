package dev.ayni.tensor.vector;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Tensor;
import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Computes a little of everything on a thread of its own while a model is loaded. Vector code that the JVM has not compiled
 * yet is a hundred times slower, and would be met by the first prompt.
 */
final class WarmUp implements AutoCloseable {
    private static final int TOKENS = 8;
    private static final int WIDTH = 1024;

    /** How often, and how long at most, a piece is repeated. */
    private static final int REPEATS = 100;

    private static final long NANOS = 500_000_000;

    private final Set<DType> seen = Collections.synchronizedSet(EnumSet.noneOf(DType.class));
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread worker = new Thread(work, "ayni-warm-up");
        worker.setDaemon(true);
        return worker;
    });
    private volatile boolean closed;

    WarmUp() {
        thread.execute(() -> {
            try (VectorKernels kernels = new VectorKernels(1)) {
                repeat(() -> allButProducts(kernels, 1));
                repeat(() -> allButProducts(kernels, TOKENS));
            }
        });
    }

    /** Products with weights of a type will be needed. */
    void products(DType type) {
        if (!seen.add(type)) {
            return;
        }
        thread.execute(() -> {
            try (VectorKernels kernels = new VectorKernels(1);
                    Arena arena = Arena.ofConfined()) {
                long bytes = type.bytes(2L * Layout.ROWS * WIDTH);
                HostTensor zeros =
                        new HostTensor(type, arena.allocate(bytes, NativeMemory.LINE), 2L * Layout.ROWS, WIDTH);
                Tensor weight = kernels.place(zeros);
                repeat(() -> product(kernels, weight, 1));
                repeat(() -> product(kernels, weight, TOKENS));
                repeat(() -> product(kernels, weight, TOKENS / 2));
                kernels.release(weight);
            }
        });
    }

    private void repeat(Runnable piece) {
        long start = System.nanoTime();
        for (int i = 0; i < REPEATS && !closed && System.nanoTime() - start < NANOS; i++) {
            piece.run();
        }
    }

    private static void product(Kernels kernels, Tensor weight, int tokens) {
        Tensor x = kernels.allocate(DType.F32, tokens, WIDTH);
        Tensor out = kernels.allocate(DType.F32, tokens, 2L * Layout.ROWS);
        float[] values = new float[tokens * WIDTH];
        for (int i = 0; i < values.length; i++) {
            // not zeros, which are quantised another way; and some groups are loud
            values[i] = (i % 7 - 3f) * (i / Arithmetic.GROUP % 8 == 0 ? 4 : 1);
        }
        kernels.write(MemorySegment.ofArray(values), x);
        kernels.matmul(x, new Kernels.Product(out, weight));
        kernels.release(x);
        kernels.release(out);
    }

    private static void allButProducts(Kernels kernels, int tokens) {
        int heads = 4;
        int width = 64;
        int[] positions = new int[tokens];
        Arrays.setAll(positions, i -> i);
        Rotation rotation = new Rotation(Rotation.Pairing.NEIGHBOURS, new float[width / 2], 1f);
        Tensor x = kernels.allocate(DType.F32, tokens, (long) heads * width);
        Tensor y = kernels.allocate(DType.F32, tokens, (long) heads * width);
        Tensor one = kernels.allocate(DType.F32, (long) heads * width);
        Tensor page = kernels.allocate(DType.F16, 1, Kernels.KvView.PAGE, width);
        Tensor k = kernels.allocate(DType.F32, tokens, 1, width);
        List<Kernels.KvView> views = List.of(new Kernels.KvView(List.of(page), List.of(page), 0, tokens, 24));
        kernels.rmsNorm(y, x, one, 1f);
        kernels.rope(x.reshape(tokens, heads, width), positions, rotation);
        kernels.append(views, k, k);
        kernels.attend(
                y.reshape(tokens, heads, width),
                x.reshape(tokens, heads, width),
                views,
                new Kernels.AttentionRule(1f, 0, 0f));
        kernels.siluMultiply(x, y);
        Tensor x_TNH = x.reshape(tokens, heads, width);
        kernels.attendBothWays(
                y.reshape(tokens, heads, width),
                x_TNH,
                x_TNH,
                x_TNH,
                new int[] {tokens},
                new Kernels.AttentionRule(1f, 0, 0f));
        kernels.layerNorm(y, x, one, one, 1f);
        kernels.gelu(y);
        kernels.add(x, y);
        for (Tensor tensor : List.of(x, y, one, page, k)) {
            kernels.release(tensor);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.shutdown();
        boolean interrupted = false;
        while (!thread.isTerminated()) {
            try {
                thread.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
