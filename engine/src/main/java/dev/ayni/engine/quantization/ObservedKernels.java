package dev.ayni.engine.quantization;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.Product;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Kernels that compute as others do, and note of each matrix how large the columns of what it is multiplied with are. Which
 * tensor is which matrix they know by where its numbers lie in the file.
 */
final class ObservedKernels {
    private static final class Sums {
        final double[] squares;
        long rows;

        Sums(int columns) {
            squares = new double[columns];
        }
    }

    private final Kernels kernels;
    private final Map<Long, String> nameByAddress;
    private final Map<Tensor, String> nameByPlaced = new IdentityHashMap<>();
    private final Map<String, Sums> sums = new TreeMap<>();

    /** @param nameByAddress the matrices to observe, by the address of their first number in the file */
    ObservedKernels(Kernels kernels, Map<Long, String> nameByAddress) {
        this.kernels = kernels;
        this.nameByAddress = new HashMap<>(nameByAddress);
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
            observe((Tensor) arguments[0], (Product[]) arguments[1]);
        }
        try {
            return method.invoke(kernels, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void placed(Tensor host, Tensor placed) {
        String name = host instanceof HostTensor known && known.data().isNative()
                ? nameByAddress.get(known.data().address())
                : null;
        if (name != null) {
            nameByPlaced.put(placed, name);
        }
    }

    private void observe(Tensor x_TI, Product[] products) {
        Set<String> names = Arrays.stream(products)
                .map(product -> nameByPlaced.get(product.w_OI()))
                .filter(name -> name != null)
                .collect(Collectors.toSet());
        if (names.isEmpty() || x_TI.type() != DType.F32) {
            return;
        }
        int columns = Math.toIntExact(x_TI.size(1));
        float[] x = new float[Math.toIntExact(x_TI.values())];
        kernels.read(x_TI, MemorySegment.ofArray(x));
        double[] squares = new double[columns];
        for (int i = 0; i < x.length; i++) {
            squares[i % columns] += (double) x[i] * x[i];
        }
        for (String name : names) {
            Sums sum = sums.computeIfAbsent(name, _ -> new Sums(columns));
            sum.rows += x_TI.size(0);
            for (int i = 0; i < columns; i++) {
                sum.squares[i] += squares[i];
            }
        }
    }

    /** What was noted so far. */
    Map<String, ImportanceMatrix.Entry> entries() {
        Map<String, ImportanceMatrix.Entry> entries = new TreeMap<>();
        sums.forEach((name, sum) -> {
            float[] squares = new float[sum.squares.length];
            for (int i = 0; i < squares.length; i++) {
                squares[i] = (float) sum.squares[i];
            }
            entries.put(name, new ImportanceMatrix.Entry(squares, new float[] {sum.rows}));
        });
        return entries;
    }
}
