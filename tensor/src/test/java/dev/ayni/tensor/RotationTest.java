package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.tensor.Rotation.Pairing;
import org.junit.jupiter.api.Test;

/** Kernels keep a table of sines and cosines for each rotation: layers that turn alike must be one rotation to them. */
class RotationTest {
    private final Rotation rotation = new Rotation(Pairing.HALVES, new float[] {1, 0.5f}, 1);

    @Test
    void isTheSameAsOneWithTheSameAngles() {
        Rotation another = new Rotation(Pairing.HALVES, new float[] {1, 0.5f}, 1);
        assertThat(another).isEqualTo(rotation).hasSameHashCodeAs(rotation);
    }

    @Test
    void differsInPairingFrequenciesAndMagnitude() {
        assertThat(rotation)
                .isNotEqualTo(new Rotation(Pairing.NEIGHBOURS, new float[] {1, 0.5f}, 1))
                .isNotEqualTo(new Rotation(Pairing.HALVES, new float[] {1, 0.25f}, 1))
                .isNotEqualTo(new Rotation(Pairing.HALVES, new float[] {1}, 1))
                .isNotEqualTo(new Rotation(Pairing.HALVES, new float[] {1, 0.5f}, 2));
    }
}
