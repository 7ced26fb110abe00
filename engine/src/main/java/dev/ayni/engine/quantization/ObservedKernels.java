package dev.ayni.engine.quantization;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.ExpertProduct;
import dev.ayni.tensor.Kernels.Product;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Kernels that compute as others do, and note of each matrix how large the columns of what it is multiplied with are. Which
 * tensor is which matrix they know by where its numbers lie: in the file, and once they are placed.
 */
final class ObservedKernels {
    /**
     * A matrix, or that of one expert.
     *
     * @param names what it is called; two where one stack holds two matrices of each expert
     * @param experts of how many expert's matrices the name speaks
     */
    record Matrix(List<String> names, int expert, int experts) {
        Matrix(String name) {
            this(List.of(name), 0, 1);
        }
    }

    private static final class Sums {
        final double[][] squares;
        final long[] rows;

        Sums(int experts, int columns) {
            squares = new double[experts][columns];
            rows = new long[experts];
        }
    }

    private final Kernels kernels;
    private final Map<Long, Matrix> byAddress;
    private final Map<Long, Matrix> byPlace = new HashMap<>();
    private final Map<String, Sums> sums = new TreeMap<>();

    /** @param byAddress the matrices to observe, and stacks of them, by the address of their first number in the file */
    ObservedKernels(Kernels kernels, Map<Long, Matrix> byAddress) {
        this.kernels = kernels;
        this.byAddress = new HashMap<>(byAddress);
    }

    /** What a model is built with instead. Closing it closes the kernels. */
    Kernels kernels() {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    Object result = call(method, arguments);
                    if (method.getName().equals("place") && result instanceof Tensor placed) {
                        placed((Tensor) arguments[0], placed);
                    }
                    return result;
                });
    }

    private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getName().equals("matmul") && arguments != null) {
            Tensor[] matrices =
                    Arrays.stream((Product[]) arguments[1]).map(Product::w_OI).toArray(Tensor[]::new);
            observe((Tensor) arguments[0], matrices);
        } else if (method.getName().equals("expertMatmul") && arguments != null) {
            observe((Tensor) arguments[0], (int[]) arguments[1], (ExpertProduct[]) arguments[2]);
        }
        try {
            return method.invoke(kernels, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void placed(Tensor host, Tensor placed) {
        Matrix matrix =
                host instanceof HostTensor known && known.data().isNative() ? byAddress.get(known.address()) : null;
        if (matrix == null) {
            return;
        }
        if (placed.rank() < 3) {
            byPlace.put(placed.address(), matrix);
            return;
        }
        int experts = Math.toIntExact(placed.size(0));
        for (int e = 0; e < experts; e++) {
            byPlace.put(placed.rows(e, e + 1L).address(), new Matrix(matrix.names(), e, experts));
        }
    }

    private void observe(Tensor x_RI, int[] starts, ExpertProduct[] products) {
        for (int e = 0; e < starts.length - 1; e++) {
            if (starts[e] < starts[e + 1]) {
                int expert = e;
                Tensor[] matrices = Arrays.stream(products)
                        .map(product -> product.w_E().get(expert))
                        .toArray(Tensor[]::new);
                observe(x_RI.rows(starts[e], starts[e + 1]), matrices);
            }
        }
    }

    private void observe(Tensor x_TI, Tensor[] matrices) {
        Set<Matrix> observed = new HashSet<>();
        for (Tensor matrix : matrices) {
            Matrix known = byPlace.get(matrix.address());
            if (known != null) {
                observed.add(known);
            }
        }
        if (observed.isEmpty() || x_TI.type() != DType.F32) {
            return;
        }
        int columns = Math.toIntExact(x_TI.size(1));
        float[] x = new float[Math.toIntExact(x_TI.values())];
        kernels.read(x_TI, MemorySegment.ofArray(x));
        double[] squares = new double[columns];
        for (int i = 0; i < x.length; i++) {
            squares[i % columns] += (double) x[i] * x[i];
        }
        for (Matrix matrix : observed) {
            for (String name : matrix.names()) {
                Sums sum = sums.computeIfAbsent(name, _ -> new Sums(matrix.experts(), columns));
                sum.rows[matrix.expert()] += x_TI.size(0);
                for (int i = 0; i < columns; i++) {
                    sum.squares[matrix.expert()][i] += squares[i];
                }
            }
        }
    }

    /** What was noted so far. */
    Map<String, ImportanceMatrix.Entry> entries() {
        Map<String, ImportanceMatrix.Entry> entries = new TreeMap<>();
        sums.forEach((name, sum) -> {
            int columns = sum.squares[0].length;
            float[] squares = new float[sum.rows.length * columns];
            float[] counts = new float[sum.rows.length];
            for (int i = 0; i < squares.length; i++) {
                squares[i] = (float) sum.squares[i / columns][i % columns];
            }
            for (int e = 0; e < counts.length; e++) {
                counts[e] = sum.rows[e];
            }
            entries.put(name, new ImportanceMatrix.Entry(squares, counts));
        });
        return entries;
    }
}
