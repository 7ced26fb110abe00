package dev.ayni.engine.quantization;

import dev.ayni.engine.weights.GgufKeys;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.StoredTensor;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model as a GGUF file has it, wherever it comes from: what its head says, and its tensors by GGUF's names.
 *
 * @param keys those of the model itself; of types of tensors they say nothing
 * @param tensors in the order of their layers
 * @param remarks what the reader of the new file should know
 */
record Source(GgufKeys keys, Mixture.Facts facts, List<Tensor> tensors, List<String> remarks) {
    /**
     * One tensor.
     *
     * @param shape outermost dimension first
     * @param type what its numbers are, before they are written anew
     * @param asStored its bytes, where they can be copied as they are; null where its rows have to be read
     */
    record Tensor(
            String name,
            List<Long> shape,
            DType type,
            @Nullable MemorySegment asStored,
            Rows rows,
            Runnable forget) {
        long width() {
            return shape.getLast();
        }

        long height() {
            return shape.subList(0, shape.size() - 1).stream().reduce(1L, Math::multiplyExact);
        }
    }

    /** The numbers of a tensor, by any number of threads. */
    interface Rows {
        /** Reads a row of the innermost dimension; rows are counted through all outer ones. */
        void read(long row, float[] to);
    }

    /**
     * Opens a model.
     *
     * @param weights stay open as long as this
     * @throws WeightsException if it cannot be written as a GGUF file, or a tensor cannot be read
     */
    static Source of(Weights weights) throws IOException {
        return weights.metadata().dialect() == Dialect.GGUF ? ofGguf(weights) : FolderSource.of(weights);
    }

    private static Source ofGguf(Weights weights) {
        Metadata metadata = weights.metadata();
        List<Tensor> tensors = new ArrayList<>();
        for (String name : weights.names()) {
            HostTensor host = weights.tensor(name);
            StoredTensor stored = weights.stored(name);
            tensors.add(
                    new Tensor(name, stored.shape(), host.type(), host.data(), rows(host), () -> weights.forget(name)));
        }
        GgufKeys keys = GgufKeys.copyOf(metadata);
        List.of("split.no", "split.count", "split.tensors.count").forEach(keys::remove);
        String family = metadata.optionalText("general.architecture").orElse("");
        int heads = first(metadata, family + ".attention.head_count");
        int kvHeads = first(metadata, family + ".attention.head_count_kv");
        return new Source(
                keys,
                facts(
                        family,
                        first(metadata, family + ".block_count"),
                        heads,
                        kvHeads == 0 ? heads : kvHeads,
                        metadata.optionalInteger(family + ".expert_count").orElse(0),
                        tensors),
                inOrder(tensors),
                List.of());
    }

    /** A number, or the first of a list with one for each layer; 0 where there is none. */
    private static int first(Metadata metadata, String key) {
        if (metadata.value(key) instanceof List<?> each) {
            return !each.isEmpty() && each.getFirst() instanceof Long number ? Math.clamp(number, 0, 1 << 20) : 0;
        }
        return metadata.optionalInteger(key).orElse(0);
    }

    static Mixture.Facts facts(String family, int layers, int heads, int kvHeads, int experts, List<Tensor> tensors) {
        return new Mixture.Facts(
                family,
                layers,
                heads,
                kvHeads == 0 ? 0 : heads / kvHeads,
                experts,
                tensors.stream().noneMatch(tensor -> tensor.name().equals("output.weight")),
                (int) tensors.stream()
                        .filter(tensor -> Mixture.makesValues(tensor.name()))
                        .count());
    }

    /** By layer, what stands outside of them first, and then by name: llama.cpp's own order. */
    static List<Tensor> inOrder(List<Tensor> tensors) {
        return tensors.stream()
                .sorted(Comparator.comparingInt((Tensor tensor) -> Mixture.layerOf(tensor.name()))
                        .thenComparing(Tensor::name))
                .toList();
    }

    /** Rows as they lie in a tensor. */
    static Rows rows(HostTensor host) {
        int width = Math.toIntExact(host.size(host.rank() - 1));
        return (row, to) -> Numbers.read(host, row * width, width, to, 0);
    }
}
