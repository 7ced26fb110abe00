package dev.ayni.tensor.strips;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Native memory as one segment, read and written at addresses. */
public final class NativeMemory {
    /*
     * Kernels take addresses as long and read through one segment that covers everything. An address is first cut to 47
     * bits, which changes nothing and lets the compiler see that no bound can be crossed: the checks are gone from the
     * loops, a factor of two. Offsets from it are written as products of the loop's counter for the same reason.
     */
    /** All of it. */
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** The bits that an address of a program can have. */
    public static final long MASK = 0x7fff_ffff_ffffL;

    /** Sixteen floats, a cache line: one vector of 512 bit, two of 256, four of 128. */
    public static final int LINE = 64;

    /** The order of bytes in block formats, and on every machine that has fast kernels. */
    public static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LE);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LE);
    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LE);

    private NativeMemory() {}
}
