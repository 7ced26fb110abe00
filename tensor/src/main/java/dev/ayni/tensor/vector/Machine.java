package dev.ayni.tensor.vector;

import dev.ayni.tensor.KernelProvider.Offer;

/** Whether this JVM on this machine turns the Vector API into vector instructions. */
final class Machine {
    private Machine() {}

    static Offer offer(int threads) {
        int bits = Native.F.vectorBitSize();
        if (bits < 128 || bits > 512) {
            return new Offer.Unavailable(
                    "the JVM's vectors have %d bits, and 128, 256 or 512 are needed".formatted(bits),
                    "use a processor with SSE4, AVX or NEON, and no JVM option that limits vectors");
        }
        return new Offer.Ready(new VectorKernels(threads));
    }
}
