package dev.ayni.tensor;

/** One way to compute, found by {@link java.util.ServiceLoader}; it may not work on this machine, and says why. */
public interface KernelProvider {
    /** The preference of kernels that judge others and are used only when they are named. */
    int JUDGE = -1;

    /** The name given to {@code --kernels}: reference, portable, vector, foreign. */
    String name();

    /** Higher is faster; the fastest that is ready is chosen unless the user names one. {@link #JUDGE}: never. */
    int preference();

    /**
     * Tries to start.
     *
     * @param threads how many threads are to compute, at least 1
     */
    Offer offer(int threads);

    /** What came of trying. */
    sealed interface Offer {
        record Ready(Kernels kernels) implements Offer {}

        record Unavailable(String why, String remedy) implements Offer {}
    }
}
