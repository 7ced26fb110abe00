package dev.ayni.tensor.vector;

import dev.ayni.tensor.KernelProvider.Offer;

/** Whether this JVM on this machine turns the Vector API into vector instructions. */
final class Machine {
    /** Ten times {@link Math#fma} take longer than this where they are emulated, and a tenth where they are not. */
    private static final long EMULATED_NANOS = 3_000;

    private Machine() {}

    static Offer offer(int threads) {
        String mode = System.getProperty("java.vm.info", "");
        if (mode.contains("interpreted") || mode.contains("emulated-client")) {
            return new Offer.Unavailable(
                    "the JVM runs without its optimising compiler (%s)".formatted(mode),
                    "leave out -Xint, -client and -XX:TieredStopAtLevel");
        }
        int bits = Native.F.vectorBitSize();
        if (bits < 128 || bits > 512) {
            return new Offer.Unavailable(
                    "the JVM's vectors have %d bits, and 128, 256 or 512 are needed".formatted(bits),
                    "use a processor with AVX or NEON, and no JVM option that limits vectors");
        }
        if (fmaIsEmulated()) {
            return new Offer.Unavailable(
                    "this processor has no fused multiply-add, or the JVM was told not to use it",
                    "use a processor with FMA3 or NEON, and leave out -XX:-UseFMA and -XX:UseAVX=0");
        }
        return new Offer.Ready(VectorKernels.warmingUp(threads));
    }

    private static boolean fmaIsEmulated() {
        long fastest = Long.MAX_VALUE;
        float x = 0.1f;
        for (int trial = 0; trial < 50; trial++) {
            long start = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                x = Math.fma(x, 0.7f, 0.3f);
            }
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return fastest > EMULATED_NANOS || Float.isNaN(x);
    }
}
