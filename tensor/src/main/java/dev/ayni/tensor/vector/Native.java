package dev.ayni.tensor.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/** What all vector kernels share: the width of a vector on this machine. */
final class Native {
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    static final VectorSpecies<Short> S = ShortVector.SPECIES_PREFERRED;

    /** Shorts for one vector of ints. */
    static final VectorSpecies<Short> S_HALF =
            VectorSpecies.of(short.class, jdk.incubator.vector.VectorShape.forBitSize(I.vectorBitSize() / 2));

    /** Bytes for one vector of ints, or for two where that is less than the shortest vector. */
    static final VectorSpecies<Byte> B = VectorSpecies.of(
            byte.class, jdk.incubator.vector.VectorShape.forBitSize(Math.max(64, I.vectorBitSize() / 4)));

    /** How many floats fit a vector. */
    static final int WIDTH = F.length();

    static final int VECTOR_BYTES = 4 * WIDTH;

    private Native() {}
}
