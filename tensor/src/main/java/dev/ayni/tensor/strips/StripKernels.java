package dev.ayni.tensor.strips;

import dev.ayni.tensor.HostKernels;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Tensor;

/** Kernels for which quantised weights are copied into strips, and plain floats used where they lie. */
public abstract class StripKernels extends HostKernels {
    protected StripKernels(int threads) {
        super(threads);
    }

    /** A copy of a quantised weight in strips. */
    protected abstract PackedTensor pack(HostTensor weight);

    @Override
    public Tensor place(Tensor host) {
        HostTensor tensor = (HostTensor) host;
        if (tensor.type().quantized()) {
            return pack(tensor);
        }
        if (tensor.data().isNative()) {
            return tensor;
        }
        Tensor copy = allocate(tensor.type(), tensor.shape());
        write(tensor.data(), copy);
        return copy;
    }

    @Override
    public boolean keeps(Tensor placed) {
        return placed instanceof HostTensor && super.keeps(placed);
    }

    @Override
    public void release(Tensor tensor) {
        if (tensor instanceof PackedTensor packed) {
            packed.free();
        } else {
            super.release(tensor);
        }
    }
}
