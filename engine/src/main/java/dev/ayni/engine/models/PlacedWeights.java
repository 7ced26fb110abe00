package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The weights of one model in the layout of its kernels, asked for by their GGUF names whatever the file calls them. */
public final class PlacedWeights implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Rows that are turned to columns together. */
    private static final int TILE = 64;

    private static final String OUTPUT = "output.weight";

    private final Weights weights;
    private final Kernels kernels;
    private final WeightNames names;
    private final List<Tensor> placed = new ArrayList<>();
    private final Set<String> readInPlace = new HashSet<>();
    private final Arena arena = Arena.ofShared();

    PlacedWeights(Weights weights, Kernels kernels, WeightNames names) {
        this.weights = weights;
        this.kernels = kernels;
        this.names = names.fitting(weights.names());
    }

    /** What the files say of the model besides its numbers. */
    public Metadata metadata() {
        return weights.metadata();
    }

    public Kernels kernels() {
        return kernels;
    }

    private String fileName(String gguf) {
        return names.in(weights.metadata().dialect(), gguf);
    }

    public boolean has(String gguf) {
        return weights.names().contains(fileName(gguf));
    }

    /** Compares every weight's shape with what the family needs. */
    void check(List<WeightShape> shapes) {
        for (WeightShape wanted : shapes) {
            String name = fileName(wanted.name());
            if (!weights.names().contains(name)) {
                boolean left = wanted.name().equals(OUTPUT) && names.areBare();
                if (wanted.required() && !left) {
                    throw new WeightsException(
                            "%s has no weight '%s', which its family needs with the shape %s. The file is incomplete or made for another family; get it again or from another source."
                                    .formatted(weights.path(), name, Arrays.toString(wanted.shape())));
                }
                continue;
            }
            HostTensor found = weights.tensor(name);
            long[] shape = new long[found.rank()];
            Arrays.setAll(shape, found::size);
            if (!Arrays.equals(shape, wanted.shape())) {
                throw new WeightsException(
                        "%s: weight '%s' has the shape %s, and %s follows from the sizes that the file itself states. The file is broken; get it again."
                                .formatted(
                                        weights.path(), name, Arrays.toString(shape), Arrays.toString(wanted.shape())));
            }
        }
    }

    /** The weight as it lies in the file. */
    public HostTensor host(String gguf) {
        return weights.tensor(fileName(gguf));
    }

    /**
     * Gives back the memory that rows of a {@link #host} weight have taken, unless the kernels multiply with it where it
     * lies. It stays readable.
     */
    void forgetRows(String gguf) {
        String name = fileName(gguf);
        if (!readInPlace.contains(name)) {
            weights.forget(name);
        }
    }

    /** The weight placed for products. */
    public Tensor place(String gguf) {
        String name = fileName(gguf);
        Tensor tensor = place(weights.tensor(name));
        if (kernels.keeps(tensor)) {
            readInPlace.add(name);
        } else {
            weights.forget(name);
        }
        return tensor;
    }

    /**
     * The matrices of so many experts, and their biases where they have some: views of one stacked weight, {@code name +
     * "_exps"} of shape [experts, out, in], or each a weight of its own, {@code name + ".0"} and so on.
     */
    List<Linear> experts(String name, int count) {
        if (!has(name + "_exps.weight")) {
            return IntStream.range(0, count)
                    .mapToObj(e -> Linear.of(this, name + "." + e))
                    .toList();
        }
        Tensor all_EOI = place(name + "_exps.weight");
        Tensor bias_EO = vectorsIfThere(name + "_exps.bias");
        long out = all_EOI.size(1);
        long in = all_EOI.size(2);
        return IntStream.range(0, count)
                .mapToObj(e -> new Linear(
                        all_EOI.rows(e, e + 1L).reshape(out, in),
                        bias_EO == null ? null : bias_EO.rows(e, e + 1L).reshape(out)))
                .toList();
    }

    /**
     * The matrices of so many experts, and their biases where they have some, of a stack that holds more than them in turns or
     * one after the other: {@code name + ".columns"} of shape [experts, in, all], or in blocks of MXFP4 as OpenAI publishes
     * them, {@code name + ".blocks"} of shape [experts, all, in / 32, 16] with {@code ".scales"}; biases are {@code name +
     * ".bias"} of shape [experts, all]. They are copied row by row.
     *
     * @param out which of all numbers each expert's matrix gives
     */
    List<Linear> expertColumns(String name, int count, int in, Columns out) {
        try (Arena moment = Arena.ofShared()) {
            boolean blocks = has(name + ".blocks");
            long[] shape = {count, out.count(), in};
            HostTensor copy_EOI = blocks ? gatheredBlocks(name, moment, out, shape) : transposed(name, out, shape);
            Tensor all_EOI = place(copy_EOI);
            if (blocks && kernels.keeps(all_EOI)) {
                MemorySegment lasting =
                        arena.allocate(copy_EOI.data().byteSize(), 64).copyFrom(copy_EOI.data());
                placed.removeLast();
                kernels.release(all_EOI);
                all_EOI = place(new HostTensor(copy_EOI.type(), lasting, shape));
            }
            Tensor stack = all_EOI;
            float[] biases = has(name + ".bias") ? floats(name + ".bias") : new float[0];
            return IntStream.range(0, count)
                    .mapToObj(e -> {
                        float[] bias = new float[out.count()];
                        for (int i = 0; i < bias.length && biases.length > 0; i++) {
                            bias[i] = biases[e * (biases.length / count) + out.at(i)];
                        }
                        return new Linear(
                                stack.rows(e, e + 1L).reshape(out.count(), in),
                                biases.length == 0 ? null : place(bias));
                    })
                    .toList();
        }
    }

    /** Of a stack [experts, in, all] some columns as rows. */
    private HostTensor transposed(String name, Columns out, long[] shape_EOI) {
        HostTensor stored = host(name + ".columns");
        if (stored.type().quantized()) {
            throw new WeightsException(
                    "%s: weight '%s' is stored column by column as %s, and F32, F16 or BF16 was expected. The file was made by a tool that does not know this family; get it from another source."
                            .formatted(weights.path(), fileName(name + ".columns"), stored.type()));
        }
        boolean wide = stored.type() == DType.F32;
        long in = shape_EOI[2];
        long all = stored.size(2);
        MemorySegment from = stored.data();
        MemorySegment to = arena.allocate(stored.type().bytes(shape_EOI[0] * shape_EOI[1] * in), 64);
        IntStream.range(0, Math.toIntExact(shape_EOI[0])).parallel().forEach(e -> {
            for (long tile = 0; tile < in; tile += TILE) { // so many of the file's rows, whose lines stay in the cache
                for (int o = 0; o < out.count(); o++) {
                    for (long i = tile; i < Math.min(tile + TILE, in); i++) {
                        long source = (e * in + i) * all + out.at(o);
                        long target = ((long) e * out.count() + o) * in + i;
                        if (wide) {
                            to.setAtIndex(FLOAT, target, from.getAtIndex(FLOAT, source));
                        } else {
                            to.setAtIndex(SHORT, target, from.getAtIndex(SHORT, source));
                        }
                    }
                }
            }
        });
        weights.forget(fileName(name + ".columns"));
        return new HostTensor(stored.type(), to, shape_EOI);
    }

    /** Of blocks and scales some rows as blocks of GGML's type MXFP4: the scale first, values i and 16 + i in one byte. */
    private HostTensor gatheredBlocks(String name, Arena to, Columns out, long[] shape_EOI) {
        String blocksName = fileName(name + ".blocks");
        String scalesName = fileName(name + ".scales");
        long groups = shape_EOI[2] / 32;
        List<Long> shape = weights.stored(blocksName).shape();
        long all = shape.size() == 4 ? shape.get(1) : 0;
        MemorySegment blocks = weights.data(blocksName);
        MemorySegment scales = weights.data(scalesName);
        if (shape_EOI[2] % 32 != 0
                || !shape.equals(List.of(shape_EOI[0], all, groups, 16L))
                || out.at(out.count() - 1) >= all
                || scales.byteSize() != shape_EOI[0] * all * groups
                || blocks.byteSize() != 16 * scales.byteSize()) {
            throw new WeightsException(
                    "%s: '%s' has the shape %s, and [%d, %d or twice as many, %d, 16] with as many scales in '%s' was expected. The file is broken or was packed in another way; get it again."
                            .formatted(
                                    weights.path(), blocksName, shape, shape_EOI[0], out.count(), groups, scalesName));
        }
        int blockBytes = DType.MXFP4.blockBytes();
        MemorySegment packed = to.allocate(blockBytes * shape_EOI[0] * shape_EOI[1] * groups, 64);
        IntStream.range(0, Math.toIntExact(shape_EOI[0])).parallel().forEach(e -> {
            for (int o = 0; o < out.count(); o++) {
                for (long group = 0; group < groups; group++) {
                    long source = (e * all + out.at(o)) * groups + group;
                    long target = blockBytes * (((long) e * out.count() + o) * groups + group);
                    long first = blocks.get(LONG, 16 * source); // four bits each of values 0 to 15
                    long second = blocks.get(LONG, 16 * source + 8);
                    packed.set(ValueLayout.JAVA_BYTE, target, scales.get(ValueLayout.JAVA_BYTE, source));
                    packed.set(LONG, target + 1, inPairs(first, second));
                    packed.set(LONG, target + 9, inPairs(first >>> 32, second >>> 32));
                }
            }
        });
        weights.forget(blocksName);
        return new HostTensor(DType.MXFP4, packed, shape_EOI);
    }

    /** Eight values and eight others, four bits each, as eight bytes. */
    private static long inPairs(long low, long high) {
        return Long.expand(low, 0x0f0f_0f0f_0f0f_0f0fL) | Long.expand(high, 0xf0f0_f0f0_f0f0_f0f0L);
    }

    /**
     * The matrix that makes logits of states, which may be the embedding table; null for a model that was published without
     * it, to make vectors.
     *
     * @param tied whether the file says that it is the table
     */
    @Nullable
    Linear output(boolean tied) {
        if (!tied && has(OUTPUT)) {
            return new Linear(place(OUTPUT), null);
        }
        return tied || !names.areBare() ? new Linear(place("token_embd.weight"), null) : null;
    }

    /** A vector of a norm, a bias or the like as floats, whatever the file's type. */
    public float[] floats(String gguf) {
        HostTensor host = host(gguf);
        float[] floats = new float[Math.toIntExact(host.values())];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = value(host, i);
        }
        return floats;
    }

    /** A vector of a norm, a bias or the like, placed: F32, with {@code offset} added to each number. */
    public Tensor vector(String gguf, float offset) {
        float[] floats = floats(gguf);
        for (int i = 0; i < floats.length; i++) {
            floats[i] += offset;
        }
        return place(floats);
    }

    /** A vector of one number, which stands in no file, placed: F32. */
    Tensor filled(int length, float value) {
        float[] floats = new float[length];
        Arrays.fill(floats, value);
        return place(floats);
    }

    /** A vector that stands in no file, placed: F32. */
    Tensor place(float[] floats) {
        MemorySegment copy = arena.allocate(floats.length * (long) Float.BYTES, 64);
        MemorySegment.copy(floats, 0, copy, FLOAT, 0, floats.length);
        return place(new HostTensor(DType.F32, copy, floats.length));
    }

    public Tensor vector(String gguf) {
        return vector(gguf, 0);
    }

    /** Vectors one below the other, placed: F32; null where the file has none. */
    private @Nullable Tensor vectorsIfThere(String gguf) {
        return has(gguf) ? place(floats(gguf)).reshape(host(gguf).shape()) : null;
    }

    public @Nullable Tensor vectorIfThere(String gguf) {
        return has(gguf) ? vector(gguf) : null;
    }

    private float value(HostTensor host, long i) {
        MemorySegment data = host.data();
        return switch (host.type()) {
            case F32 -> data.getAtIndex(FLOAT, i);
            case F16 -> Float.float16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
            case BF16 -> Float.intBitsToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) << 16);
            default ->
                throw new WeightsException(
                        "%s: a vector of weights is stored as %s, and F32, F16 or BF16 was expected. The file was made by a tool that quantises what should stay exact; get it from another source."
                                .formatted(weights.path(), host.type()));
        };
    }

    public float @Nullable [] floatsIfThere(String gguf) {
        return has(gguf) ? floats(gguf) : null;
    }

    /**
     * A matrix that the file stores column by column, row by row in memory of its own.
     *
     * @throws WeightsException if its numbers share blocks, which lie along its rows
     */
    HostTensor transposed(String gguf) {
        HostTensor host = host(gguf);
        if (host.type().quantized()) {
            throw new WeightsException(
                    "%s: weight '%s' is stored column by column as %s, and F32, F16 or BF16 was expected. The file was made by a tool that does not know this family; get it from another source."
                            .formatted(weights.path(), fileName(gguf), host.type()));
        }
        long rows = host.size(1);
        long columns = host.size(0);
        MemorySegment from = host.data();
        MemorySegment to = arena.allocate(from.byteSize(), 64);
        boolean wide = host.type() == DType.F32;
        for (long tile = 0; tile < rows; tile += TILE) {
            for (long column = 0; column < columns; column++) {
                for (long row = tile; row < Math.min(tile + TILE, rows); row++) {
                    long source = column * rows + row;
                    long target = row * columns + column;
                    if (wide) {
                        to.setAtIndex(FLOAT, target, from.getAtIndex(FLOAT, source));
                    } else {
                        to.setAtIndex(SHORT, target, from.getAtIndex(SHORT, source));
                    }
                }
            }
        }
        weights.forget(fileName(gguf));
        return new HostTensor(host.type(), to, rows, columns);
    }

    /** Rows of a matrix in another order, in memory of its own: row i is the file's row {@code order[i]}. */
    HostTensor reordered(String gguf, int[] order) {
        HostTensor host = host(gguf);
        long bytes = host.type().bytes(host.size(1));
        MemorySegment to = arena.allocate(bytes * order.length, 64);
        for (int row = 0; row < order.length; row++) {
            MemorySegment.copy(host.data(), bytes * order[row], to, bytes * row, bytes);
        }
        weights.forget(fileName(gguf));
        return host.over(to, order.length, host.size(1));
    }

    /** A matrix that is no weight of the file by itself, as a part of one, placed. */
    Tensor place(HostTensor host) {
        Tensor tensor = kernels.place(host);
        placed.add(tensor);
        return tensor;
    }

    @Override
    public void close() {
        placed.forEach(kernels::release);
        arena.close();
    }
}
