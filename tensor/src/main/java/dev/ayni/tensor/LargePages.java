package dev.ayni.tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory for much data that is read from end to end, on pages as large as the system gives. */
public final class LargePages {
    /*
     * On pages of 4 KB a core that streams weights out of memory waits for the translation of each page's address, and its
     * prefetching stops at the page's end. Linux gives pages of 2 MB to memory that begins at a multiple of their size and
     * for which they were asked before it was first touched (madvise, Linux manual page 2; Documentation/admin-guide/mm/
     * transhuge.rst). Where it does not, the memory is as any other.
     */
    private static final Path LARGE_PAGE_BYTES = Path.of("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
    private static final long ALIGNMENT = 64;

    // the numbers of Linux, the same for x86-64 and aarch64 (asm-generic/mman-common.h, mman.h)
    private static final int READ_AND_WRITE = 1 | 2;
    private static final int PRIVATE_AND_ANONYMOUS = 2 | 0x20;
    private static final int MADV_HUGEPAGE = 14;

    private LargePages() {}

    /**
     * Zeroed memory that begins at a multiple of 64 bytes and lives as long as the arena. Its pages become resident when
     * they are first touched.
     *
     * @throws OutOfMemoryError if the system has no more
     */
    public static MemorySegment allocate(Arena arena, long bytes) {
        long large = Linux.LARGE_PAGE;
        if (large == 0 || bytes < large) {
            return arena.allocate(bytes, ALIGNMENT);
        }
        SystemCalls system = SystemCalls.HERE.orElseThrow();
        long wanted = (bytes + system.pageBytes() - 1) & -system.pageBytes();
        long mapped = system.map(wanted + large, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS);
        if (mapped == -1) {
            throw new OutOfMemoryError(
                    "No memory for %d bytes. Close other programs, or choose a smaller model.".formatted(bytes));
        }
        long first = (mapped + large - 1) & -large;
        if (first > mapped) {
            system.unmap(mapped, first - mapped);
        }
        long spare = mapped + large - first;
        if (spare > 0) {
            system.unmap(first + wanted, spare);
        }
        system.advise(first, wanted, MADV_HUGEPAGE);
        return MemorySegment.ofAddress(first).reinterpret(bytes, arena, all -> system.unmap(all.address(), wanted));
    }

    /** What is known of this machine, found when first needed. */
    private static final class Linux {
        /** The bytes of a large page; 0 where there are none, or no way to ask for them. */
        static final long LARGE_PAGE = largePage();

        private static long largePage() {
            if (!Files.isReadable(LARGE_PAGE_BYTES) || SystemCalls.HERE.isEmpty()) {
                return 0;
            }
            try {
                return Long.parseLong(Files.readString(LARGE_PAGE_BYTES).strip());
            } catch (IOException | NumberFormatException e) {
                return 0; // without the size there is nothing to align to
            }
        }
    }
}
