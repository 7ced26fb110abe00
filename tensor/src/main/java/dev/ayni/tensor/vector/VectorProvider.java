package dev.ayni.tensor.vector;

import dev.ayni.tensor.KernelProvider;

/** Offers kernels with the Vector API, where the JVM was started with it and compiles it to vector instructions. */
public final class VectorProvider implements KernelProvider {
    @Override
    public String name() {
        return "vector";
    }

    @Override
    public int preference() {
        return 10;
    }

    @Override
    public Offer offer(int threads) {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return new Offer.Unavailable(
                    "the JVM was started without the Vector API", "add --add-modules jdk.incubator.vector");
        }
        return Machine.offer(threads);
    }
}
