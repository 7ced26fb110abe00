package dev.ayni.tensor;

/** The arithmetic that {@code docs/arithmetic.md} specifies. */
public final class Arithmetic {
    /** Same number, same bits. It changes with any bit of any result, and is recorded with every run. */
    public static final int VERSION = 1;

    /** Values that share one scale when activations are quantised, and one step of the chain. */
    public static final int GROUP = 32;

    /** Values after which the chain starts anew. */
    public static final int SEGMENT = 1024;

    /** Accumulators of a laned sum. */
    public static final int LANES = 16;

    private Arithmetic() {}
}
