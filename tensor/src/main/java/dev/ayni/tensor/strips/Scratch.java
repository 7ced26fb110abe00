package dev.ayni.tensor.strips;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** Memory for intermediate results, which grows with need and begins at a line of the cache. Its contents are not kept. */
public final class Scratch {
    private @Nullable Arena arena;
    private long address;
    private long bytes;

    /** Makes room for so many bytes. */
    public void reserve(long wanted) {
        if (wanted > bytes) {
            free();
            arena = Arena.ofShared();
            address = arena.allocate(wanted, NativeMemory.LINE).address();
            bytes = wanted;
        }
    }

    public long address() {
        return address;
    }

    public void free() {
        if (arena != null) {
            arena.close();
            arena = null;
            bytes = 0;
        }
    }
}
