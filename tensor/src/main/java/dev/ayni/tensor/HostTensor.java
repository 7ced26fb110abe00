package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A tensor whose numbers lie densely, row after row, little-endian, in memory that Java can read. */
public final class HostTensor implements Tensor {
    private final DType type;
    private final long[] shape;
    private final MemorySegment data;
    private final float[] factors;

    /**
     * @param data exactly the bytes of the shape in that type
     * @throws IllegalArgumentException if data has another size
     */
    public HostTensor(DType type, MemorySegment data, long... shape) {
        this(type, data, new float[] {1}, shape);
    }

    private HostTensor(DType type, MemorySegment data, float[] factors, long... shape) {
        this.factors = factors;
        this.type = type;
        this.shape = shape.clone();
        this.data = data;
        long bytes = type.bytes(values());
        if (bytes != data.byteSize()) {
            throw new IllegalArgumentException("A %s tensor of shape %s takes %d bytes, and %d were given"
                    .formatted(type, Arrays.toString(shape), bytes, data.byteSize()));
        }
    }

    /**
     * A tensor of the same bytes, whose numbers are each multiplied with a factor: one for all, or one for each part along the
     * outermost dimension. It multiplies the scales of blocks.
     *
     * @throws IllegalArgumentException if the type has no such factors, as NVFP4 alone has them, or they are of another number
     */
    public HostTensor times(float... by) {
        if (type != DType.NVFP4 || (by.length != 1 && by.length != shape[0])) {
            throw new IllegalArgumentException("%s cannot be multiplied with %d factors".formatted(this, by.length));
        }
        return new HostTensor(type, data, by.clone(), shape);
    }

    /** A tensor of the same type and with the same factors, of other bytes, as if its rows were in another order. */
    public HostTensor over(MemorySegment bytes, long... other) {
        return new HostTensor(type, bytes, factors, other);
    }

    /** The factors: one for all, or one for each part along the outermost dimension. */
    public float[] factors() {
        return factors.clone();
    }

    /** What a value, counted over the whole tensor, is multiplied with. */
    public float factor(long value) {
        return factors.length == 1 ? factors[0] : factors[(int) (value / (values() / shape[0]))];
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
        float[] kept = factors.length == 1 ? factors : Arrays.copyOfRange(factors, (int) from, (int) to);
        return new HostTensor(type, data.asSlice(from * rowBytes, (to - from) * rowBytes), kept, fewer);
    }

    @Override
    public HostTensor reshape(long... other) {
        if (factors.length > 1 && other[0] != shape[0]) {
            throw new IllegalArgumentException(
                    "%s has a factor for each part and cannot become %s".formatted(this, Arrays.toString(other)));
        }
        return new HostTensor(type, data, factors, other);
    }

    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
