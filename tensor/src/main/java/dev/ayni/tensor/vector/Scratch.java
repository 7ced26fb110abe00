package dev.ayni.tensor.vector;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** Memory for intermediate results, which grows with need and begins at a line of the cache. Its contents are not kept. */
final class Scratch {
    private @Nullable Arena arena;
    private long address;
    private long bytes;

    /** Makes room for so many bytes. */
    void reserve(long wanted) {
        if (wanted > bytes) {
            free();
            arena = Arena.ofShared();
            address = arena.allocate(wanted, Native.LINE).address();
            bytes = wanted;
        }
    }

    long address() {
        return address;
    }

    void free() {
        if (arena != null) {
            arena.close();
            arena = null;
            bytes = 0;
        }
    }
}
