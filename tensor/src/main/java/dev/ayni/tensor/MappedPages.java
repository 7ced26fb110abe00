package dev.ayni.tensor;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

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
        if (!mapped.isMapped() || !mapped.isReadOnly() || Native.ADVISE.isEmpty()) {
            return false;
        }
        long first = -mapped.address() & (Native.PAGE_BYTES - 1);
        long bytes = (mapped.byteSize() - first) & -Native.PAGE_BYTES;
        if (bytes <= 0) {
            return false;
        }
        try {
            return (int) Native.ADVISE.get().invokeExact(mapped.asSlice(first, bytes), bytes, MADV_DONTNEED) == 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a native call throws no checked exception", e);
        }
    }

    /** libc's madvise and the size of a page, looked up when first needed, because the linker takes its time to start. */
    private static final class Native {
        static final Optional<MethodHandle> ADVISE;
        static final long PAGE_BYTES;

        static {
            Optional<MethodHandle> advise = Optional.empty();
            long pageBytes = 0;
            // on Windows there is no such call; the names are not even looked for, as the library behind them is
            // another
            if (!System.getProperty("os.name", "").startsWith("Windows")) {
                try {
                    Linker linker = Linker.nativeLinker();
                    Optional<MemorySegment> madvise = linker.defaultLookup().find("madvise");
                    Optional<MemorySegment> pageSize = linker.defaultLookup().find("getpagesize");
                    if (madvise.isPresent() && pageSize.isPresent()) {
                        pageBytes =
                                (int) linker.downcallHandle(pageSize.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT))
                                        .invokeExact();
                        advise = Optional.of(linker.downcallHandle(
                                madvise.get(),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT)));
                    }
                } catch (IllegalCallerException | UnsupportedOperationException e) {
                    advise = Optional.empty(); // native access is denied, or this platform has no linker
                } catch (Throwable e) {
                    throw new ExceptionInInitializerError(e);
                }
            }
            ADVISE = advise;
            PAGE_BYTES = pageBytes;
        }
    }
}
