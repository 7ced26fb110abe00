package dev.ayni.engine.generation;

/**
 * How much a model may hold and do at the same time.
 *
 * @param cacheBytes how much memory the keys and values of all conversations may take together, those kept for later
 *     requests included; a single request that needs more gets it. 0: as much as sixteen whole contexts take, but at most a
 *     quarter of the memory that is free when the model is opened, and one context at least
 * @param running how many answers are drawn side by side; what is beyond waits
 * @param waiting how many requests may wait; what is beyond is refused
 */
public record Capacity(long cacheBytes, int running, int waiting) {
    /** So many whole contexts are held at most where nobody says how much memory conversations may take. */
    private static final int MOST_CONTEXTS = 16;

    /** By the memory that is free; up to 64 answers side by side, and 512 requests that wait. */
    public static final Capacity USUAL = new Capacity(0, 64, 512);

    public Capacity {
        if (cacheBytes < 0) {
            throw new IllegalArgumentException(
                    "The memory for keys and values is %d bytes; it must be 0 (by the memory that is free) or more."
                            .formatted(cacheBytes));
        }
        if (running < 1 || waiting < 1) {
            throw new IllegalArgumentException(
                    "%d answers side by side and %d requests that wait are allowed; both numbers must be 1 or more."
                            .formatted(running, waiting));
        }
    }

    /**
     * How much memory the conversations of one model usually take of what there is: what sixteen whole contexts take, but a
     * quarter of it at most, and one context at least.
     *
     * @param contextBytes that one whole context takes
     * @param memoryBytes that there are
     */
    public static long usualCacheBytes(long contextBytes, long memoryBytes) {
        return Math.max(contextBytes, Math.min(MOST_CONTEXTS * contextBytes, memoryBytes / 4));
    }

    public Capacity withCacheBytes(long other) {
        return new Capacity(other, running, waiting);
    }

    public Capacity withRunning(int other) {
        return new Capacity(cacheBytes, other, waiting);
    }

    public Capacity withWaiting(int other) {
        return new Capacity(cacheBytes, running, other);
    }
}
