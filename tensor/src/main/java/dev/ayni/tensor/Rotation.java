package dev.ayni.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding: which numbers of a head form a pair, and by which angle a pair turns at each position
 * (RoFormer, Su et al. 2021). The angle of pair i at position p is {@code (float) p * frequencies[i]} in float; its sine
 * and cosine are StrictMath's, rounded to float and multiplied with {@code magnitude}.
 *
 * @param pairing which two numbers turn together
 * @param frequencies radians a position, one for each pair; twice as many leading numbers of a head turn, the rest stay
 * @param magnitude what sine and cosine are multiplied with; 1 except for scalings that also change attention's sharpness
 */
@SuppressWarnings("ArrayRecordComponent") // shared by all layers, never changed
public record Rotation(Pairing pairing, float[] frequencies, float magnitude) {
    /** Which two numbers of a head form pair i, of n pairs. */
    public enum Pairing {
        /** (2 i, 2 i + 1), as in GGUF files of the Llama family. */
        NEIGHBOURS,
        /** (i, i + n), as Hugging Face stores them. */
        HALVES;

        /** Where the first number of pair i stands in a head. */
        public int first(int i) {
            return this == NEIGHBOURS ? 2 * i : i;
        }

        /** Where the second number of pair i of so many stands in a head. */
        public int second(int i, int pairs) {
            return this == NEIGHBOURS ? 2 * i + 1 : i + pairs;
        }
    }

    /** Whether the angles are the same, so that all layers that turn alike share one table of them. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Rotation(var itsPairing, var itsFrequencies, var itsMagnitude)
                && pairing == itsPairing
                && Arrays.equals(frequencies, itsFrequencies)
                && Float.compare(magnitude, itsMagnitude) == 0;
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(frequencies) + pairing.ordinal();
    }
}
