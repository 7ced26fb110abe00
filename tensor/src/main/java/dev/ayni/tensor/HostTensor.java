package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A tensor whose numbers lie densely, row after row, little-endian, in memory that Java can read. */
public final class HostTensor implements Tensor {
    private final DType type;
    private final long[] shape;
    private final MemorySegment data;

    /**
     * @param data exactly the bytes of the shape in that type
     * @throws IllegalArgumentException if data has another size
     */
    public HostTensor(DType type, MemorySegment data, long... shape) {
        this.type = type;
        this.shape = shape.clone();
        this.data = data;
        long bytes = type.bytes(values());
        if (bytes != data.byteSize()) {
            throw new IllegalArgumentException("A %s tensor of shape %s takes %d bytes, and %d were given"
                    .formatted(type, Arrays.toString(shape), bytes, data.byteSize()));
        }
    }

    @Override
    public DType type() {
        return type;
    }

    @Override
    public int rank() {
        return shape.length;
    }

    @Override
    public long size(int dimension) {
        return shape[dimension];
    }

    /** The numbers as stored. */
    public MemorySegment data() {
        return data;
    }

    @Override
    public long address() {
        return data.address();
    }

    @Override
    public HostTensor rows(long from, long to) {
        long[] fewer = shape.clone();
        fewer[0] = to - from;
        long rowBytes = type.bytes(values() / shape[0]);
        return new HostTensor(type, data.asSlice(from * rowBytes, (to - from) * rowBytes), fewer);
    }

    @Override
    public HostTensor reshape(long... other) {
        return new HostTensor(type, data, other);
    }

    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
