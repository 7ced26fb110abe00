package dev.ayni.engine.models;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of several runs, one after another, on their way through the layers, and the memory that this takes. */
final class Batch implements AutoCloseable {
    private final Kernels kernels;
    private final List<Run> runs;
    private final int[] ids_T;
    private final int[] positions_T;
    private final Map<String, Tensor> activations = new HashMap<>();

    Batch(Kernels kernels, List<Run> runs) {
        this.kernels = kernels;
        this.runs = runs;
        int size = runs.stream().mapToInt(run -> run.tokens().length).sum();
        ids_T = new int[size];
        positions_T = new int[size];
        int row = 0;
        for (Run run : runs) {
            run.cache().reserve(run.tokens().length);
            for (int i = 0; i < run.tokens().length; i++, row++) {
                ids_T[row] = run.tokens()[i];
                positions_T[row] = run.cache().length() + i;
            }
        }
    }

    /** The token of each row. */
    int[] ids() {
        return ids_T;
    }

    /** The position of each row in its own conversation. */
    int[] positions() {
        return positions_T;
    }

    /** The activation of this name, [T, ...]: made at first use, then the same for every layer. */
    Tensor activation(String name, long... shapeOfRow) {
        return activations.computeIfAbsent(name, n -> {
            long[] shape = new long[shapeOfRow.length + 1];
            shape[0] = ids_T.length;
            System.arraycopy(shapeOfRow, 0, shape, 1, shapeOfRow.length);
            return kernels.allocate(DType.F32, shape);
        });
    }

    /** Turns the heads of each row by its position: those of near texts in one way, those of far ones in another. */
    void turn(Tensor x_TNH, Rotation near, @Nullable Rotation far) {
        if (far == null || runs.stream().noneMatch(run -> run.cache().isFar())) {
            kernels.rope(x_TNH, positions_T, near);
            return;
        }
        int row = 0;
        for (Run run : runs) {
            int end = row + run.tokens().length;
            int[] positions = Arrays.copyOfRange(positions_T, row, end);
            kernels.rope(x_TNH.rows(row, end), positions, run.cache().isFar() ? far : near);
            row = end;
        }
    }

    /** The pasts of all runs in one layer. */
    List<KvView> views(int layer) {
        List<KvView> views = new ArrayList<>(runs.size());
        int row = 0;
        for (Run run : runs) {
            views.add(run.cache().view(layer, row, run.tokens().length));
            row += run.tokens().length;
        }
        return views;
    }

    /** The rows of {@code x_TD} whose logits are wanted, or whose states are, together; null if there are none. */
    @Nullable
    Tensor wanted(Tensor x_TD, boolean logits) {
        int count = runs.stream()
                .filter(run -> run.wanted().isLogits() == logits)
                .mapToInt(Run::rows)
                .sum();
        if (count == 0) {
            return null;
        }
        if (count == ids_T.length) {
            return x_TD;
        }
        Tensor rows = kernels.allocate(DType.F32, count, x_TD.size(1));
        activations.put(logits ? "logits" : "states", rows);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(x_TD.size(1) * Float.BYTES);
            int row = 0;
            int to = 0;
            for (Run run : runs) {
                int rowsOfRun = run.wanted().isLogits() == logits ? run.rows() : 0;
                for (int i = run.tokens().length - rowsOfRun; i < run.tokens().length; i++, to++) {
                    kernels.read(x_TD.rows(row + i, row + i + 1), copy);
                    kernels.write(copy, rows.rows(to, to + 1));
                }
                row += run.tokens().length;
            }
        }
        return rows;
    }

    /** The new tokens belong to their pasts from now on. */
    void advance() {
        runs.forEach(run -> run.cache().advance(run.tokens().length));
    }

    @Override
    public void close() {
        activations.values().forEach(kernels::release);
    }
}
