package dev.ayni.tensor.strips;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A quantised weight in strips of sixteen rows, as {@link Layout} says. */
public final class PackedTensor implements Tensor {
    private final DType type;
    private final long[] shape;
    private final Layout layout;
    private final MemorySegment data;
    private final @Nullable Arena owner;
    private final int firstRow;

    /**
     * @param firstRow the row of the strips at which this tensor begins
     * @param owner what frees the memory; null for a view
     */
    public PackedTensor(
            DType type, Layout layout, MemorySegment data, int firstRow, @Nullable Arena owner, long... shape) {
        this.type = type;
        this.layout = layout;
        this.data = data;
        this.firstRow = firstRow;
        this.owner = owner;
        this.shape = shape.clone();
    }

    public Layout layout() {
        return layout;
    }

    /** The row of the strips at which this tensor begins. */
    public int firstRow() {
        return firstRow;
    }

    public int width() {
        return Math.toIntExact(shape[shape.length - 1]);
    }

    public int height() {
        return Math.toIntExact(values() / width());
    }

    public int groups() {
        return width() / Arithmetic.GROUP;
    }

    /** Where a strip begins. */
    public long strip(int strip) {
        return data.address() + strip * layout.stripBytes(groups());
    }

    public void free() {
        if (owner != null) {
            owner.close();
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

    /** Of a row within a strip, a place within the strip's memory. */
    @Override
    public long address() {
        return strip(firstRow / Layout.ROWS) + firstRow % Layout.ROWS;
    }

    @Override
    public PackedTensor rows(long from, long to) {
        long[] fewer = shape.clone();
        fewer[0] = to - from;
        int rowsOfOne = Math.toIntExact(height() / shape[0]);
        int first = Math.toIntExact(firstRow + from * rowsOfOne);
        return new PackedTensor(type, layout, data, first, null, fewer);
    }

    @Override
    public PackedTensor reshape(long... other) {
        if (other[other.length - 1] != width()) {
            throw new IllegalArgumentException("%s lies in memory by rows of %d values, and the shape %s has others; "
                            .formatted(this, width(), Arrays.toString(other))
                    + "reshape the weight before it is placed");
        }
        return new PackedTensor(type, layout, data, firstRow, null, other);
    }

    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
