package dev.ayni.tensor;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The C library's calls about pages of memory; looked up when first needed, because the linker takes its time to start. */
final class SystemCalls {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** Absent where the system has no such call, or this program may not call native code. */
    static final Optional<SystemCalls> HERE = lookUp();

    private final long pageBytes;
    private final MethodHandle madvise;
    private final MethodHandle mmap;
    private final MethodHandle munmap;

    private SystemCalls(long pageBytes, MethodHandle madvise, MethodHandle mmap, MethodHandle munmap) {
        this.pageBytes = pageBytes;
        this.madvise = madvise;
        this.mmap = mmap;
        this.munmap = munmap;
    }

    /** The size of a page of memory. */
    long pageBytes() {
        return pageBytes;
    }

    /** Whether the system took the advice about so many bytes from an address on. */
    boolean advise(long address, long bytes, int advice) {
        try {
            return (int) madvise.invokeExact(address, bytes, advice) == 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The address of fresh zeroed pages that only this process sees; -1: there are none. */
    long map(long bytes, int protection, int flags) {
        try {
            return (long) mmap.invokeExact(0L, bytes, protection, flags, -1, 0L);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Gives pages back. */
    void unmap(long address, long bytes) {
        try {
            int result = (int) munmap.invokeExact(address, bytes);
            assert result == 0 : "munmap of %d bytes failed".formatted(bytes);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case Error error -> throw error;
            case RuntimeException runtime -> runtime;
            default -> throw new AssertionError("a native call throws no checked exception", e);
        };
    }

    private static Optional<SystemCalls> lookUp() {
        // Windows has no such calls; the names are not even looked for, as the library behind them is another
        if (System.getProperty("os.name", "").startsWith("Windows")) {
            return Optional.empty();
        }
        try {
            Linker linker = Linker.nativeLinker();
            Optional<MemorySegment> getpagesize = linker.defaultLookup().find("getpagesize");
            Optional<MemorySegment> madvise = linker.defaultLookup().find("madvise");
            Optional<MemorySegment> mmap = linker.defaultLookup().find("mmap");
            Optional<MemorySegment> munmap = linker.defaultLookup().find("munmap");
            if (getpagesize.isEmpty() || madvise.isEmpty() || mmap.isEmpty() || munmap.isEmpty()) {
                return Optional.empty();
            }
            int pageBytes = (int) linker.downcallHandle(getpagesize.get(), FunctionDescriptor.of(INT))
                    .invokeExact();
            return Optional.of(new SystemCalls(
                    pageBytes,
                    linker.downcallHandle(madvise.get(), FunctionDescriptor.of(INT, WORD, WORD, INT)),
                    linker.downcallHandle(mmap.get(), FunctionDescriptor.of(WORD, WORD, WORD, INT, INT, INT, WORD)),
                    linker.downcallHandle(munmap.get(), FunctionDescriptor.of(INT, WORD, WORD))));
        } catch (IllegalCallerException | UnsupportedOperationException e) {
            return Optional.empty(); // native access is denied, or this platform has no linker
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }
}
