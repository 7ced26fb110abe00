package dev.ayni.tensor;

import java.util.Arrays;

/**
 * Numbers of one type in a shape, outermost dimension first, as PyTorch writes it: a weight matrix is [out, in]. The
 * memory belongs to whoever made the tensor: a weight file, or a {@link Kernels}.
 */
public interface Tensor {
    DType type();

    /** The number of dimensions. */
    int rank();

    /** The size of one dimension; 0 is the outermost. */
    long size(int dimension);

    /** All sizes, outermost first; the caller's to keep. */
    default long[] shape() {
        long[] shape = new long[rank()];
        Arrays.setAll(shape, this::size);
        return shape;
    }

    /** The product of all sizes. */
    default long values() {
        long values = 1;
        for (int i = 0; i < rank(); i++) {
            values *= size(i);
        }
        return values;
    }

    /** Where its first number lies: the same for views that begin alike, and for no others. */
    long address();

    /** A view of rows {@code from} (included) to {@code to} (excluded) of the outermost dimension. */
    Tensor rows(long from, long to);

    /** A view of the same numbers in another shape of as many values. */
    Tensor reshape(long... shape);
}
