package dev.ayni.tensor.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/** What all vector kernels share: the width of a vector on this machine, and native memory as one segment. */
final class Native {
    /*
     * Kernels take addresses as long and read through one segment that covers everything. An address is first cut to 47
     * bits, which changes nothing and lets the compiler see that no bound can be crossed: the checks are gone from the
     * loops, a factor of two. Offsets from it are written as products of the loop's counter for the same reason.
     */
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    static final long MASK = 0x7fff_ffff_ffffL;

    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    static final VectorSpecies<Short> S = ShortVector.SPECIES_PREFERRED;

    /** Shorts for one vector of ints. */
    static final VectorSpecies<Short> S_HALF =
            VectorSpecies.of(short.class, jdk.incubator.vector.VectorShape.forBitSize(I.vectorBitSize() / 2));

    /** How many floats fit a vector. */
    static final int WIDTH = F.length();

    static final int VECTOR_BYTES = 4 * WIDTH;

    /** Sixteen floats, a cache line: one vector of 512 bit, two of 256, four of 128. */
    static final int LINE = 64;

    static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LE);

    private Native() {}
}
