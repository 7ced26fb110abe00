package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;

/** The pages of a mapped file, and the advice that an operating system takes about them. */
public final class MappedPages {
    // the same number on Linux (asm-generic/mman-common.h) and macOS (sys/mman.h)
    private static final int MADV_DONTNEED = 4;

    private MappedPages() {}

    /**
     * Takes the pages that lie wholly inside a read-only mapping of a file out of this process's resident memory; reading
     * them again brings them back from the file. A page at the edge, which other bytes share, stays. Any other memory is
     * left alone: what it holds would be lost.
     *
     * @param mapped a read-only mapped segment or a slice of one
     * @return whether the system was told; false where it has no such call, where this program may not call native code,
     *     where the memory is no such mapping, or where no whole page lies inside
     */
    public static boolean forget(MemorySegment mapped) {
        if (!mapped.isMapped() || !mapped.isReadOnly() || SystemCalls.HERE.isEmpty()) {
            return false;
        }
        SystemCalls system = SystemCalls.HERE.get();
        long first = -mapped.address() & (system.pageBytes() - 1);
        long bytes = (mapped.byteSize() - first) & -system.pageBytes();
        return bytes > 0 && system.advise(mapped.address() + first, bytes, MADV_DONTNEED);
    }
}
