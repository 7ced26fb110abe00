package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The reference is near the portable kernels, and right in cases that can be told by hand. */
class ReferenceKernelsTest {
    private final Arena arena = Arena.ofShared();
    private final Kernels reference = new ReferenceKernels(2);
    private final Kernels portable = new PortableKernels(1);

    @AfterEach
    void close() {
        reference.close();
        portable.close();
        arena.close();
    }

    /** The error of quantised activations is about 1/254 of the largest of 32, so some thousandths of a product. */
    @ParameterizedTest
    @EnumSource
    void productsOfEveryTypeAreNearThePortableOnes(DType type) {
        HostTensor weight = Weights.random(arena, type, 50, 1280, 1);
        KernelsContractTest.Operation matmul = (in, out, k) -> k.matmul(in, new Kernels.Product(out, weight));
        float[] x = KernelsContractTest.activations(7 * 1280, 2);
        float[] expected = run(reference, x, new long[] {7, 1280}, new long[] {7, 50}, matmul);
        float[] got = run(portable, x, new long[] {7, 1280}, new long[] {7, 50}, matmul);
        assertThat(relativeError(expected, got)).isLessThan(type.quantized() ? 0.02 : 1e-6);
    }

    @Test
    void everyOtherOperationIsNearThePortableOne() {
        HostTensor weight = Weights.random(arena, DType.F16, 1, 64, 3).reshape(64);
        HostTensor other = Weights.random(arena, DType.F32, 5 * 6, 64, 4).reshape(5, 6, 64);
        float[] slopes = {0.5f, 0.25f, 0, 0.1f, 1, 2};
        HostTensor sinks = Weights.random(arena, DType.F32, 1, 6, 9).reshape(6);
        Rotation rotation = new Rotation(Rotation.Pairing.HALVES, new float[] {1f, 0.1f, 0.01f}, 1.1f);
        List<KernelsContractTest.Operation> operations = List.of(
                (in, out, k) -> k.rmsNorm(out, in, weight, 1e-5f),
                (in, out, k) -> k.layerNorm(out, in, weight, weight, 1e-5f),
                (in, out, k) -> k.gelu(copied(in, out, k)),
                (in, out, k) -> k.tanhGelu(copied(in, out, k)),
                (in, out, k) -> k.relu(copied(in, out, k)),
                (in, out, k) -> k.sigmoidMultiply(copied(in, out, k), other),
                (in, out, k) -> k.addBias(copied(in, out, k), weight),
                (in, out, k) -> k.rope(copied(in, out, k), new int[] {0, 9, 88, 777, 6666}, rotation),
                (in, out, k) -> k.siluMultiply(copied(in, out, k), other),
                (in, out, k) -> k.geluMultiply(copied(in, out, k), other),
                (in, out, k) -> k.clampedSwiglu(copied(in, out, k), other, 1.702f, 1.5f),
                (in, out, k) -> k.multiply(copied(in, out, k), other),
                (in, out, k) -> k.scale(copied(in, out, k), 3f),
                (in, out, k) -> k.softcap(copied(in, out, k), 2f),
                (in, out, k) -> attend(in, out, k, new Kernels.AttentionRule(0.3f, 0, 0)),
                (in, out, k) -> attend(in, out, k, new Kernels.AttentionRule(0.3f, 3, 5)),
                (in, out, k) -> attend(in, out, k, new Kernels.AttentionRule(0.3f, 0, 5).withSlopes(slopes)),
                (in, out, k) -> k.attendBothWays(
                        out, in, in, in, new int[] {5}, new Kernels.AttentionRule(0.3f, 0, 0).withSlopes(slopes)),
                (in, out, k) -> attend(in, out, k, new Kernels.AttentionRule(0.3f, 0, 0).withSection(2)),
                (in, out, k) -> attend(in, out, k, new Kernels.AttentionRule(0.3f, 0, 0).withSinks(sinks)),
                (in, out, k) ->
                        k.attendBothWays(out, in, in, in, new int[] {2, 3}, new Kernels.AttentionRule(0.3f, 0, 0)),
                (in, out, k) ->
                        k.attendBothWays(out, in, in, in, new int[] {5}, new Kernels.AttentionRule(0.3f, 2, 5)));
        float[] x = KernelsContractTest.activations(5 * 6 * 64, 5);
        long[] shape = {5, 6, 64};
        for (KernelsContractTest.Operation operation : operations) {
            float[] expected = run(reference, x, shape, shape, operation);
            float[] got = run(portable, x, shape, shape, operation);
            assertThat(relativeError(expected, got)).isLessThan(1e-6);
        }
    }

    @Test
    void aTokenThatSeesOnlyItselfAttendsToItsOwnValue() {
        float[] x = KernelsContractTest.activations(5 * 6 * 64, 5);
        long[] shape = {5, 6, 64};
        for (Kernels kernels : List.of(reference, portable)) {
            float[] out =
                    run(kernels, x, shape, shape, (in, o, k) -> attend(in, o, k, new Kernels.AttentionRule(1, 1, 0)));
            for (int head = 0; head < 6; head++) {
                for (int i = 0; i < 64; i++) {
                    float own =
                            x[2 * 6 * 64 + head / 3 * 64 + i]; // token 2; its first two heads are the keys and values
                    assertThat(out[(2 * 6 + head) * 64 + i]).isEqualTo(own);
                }
            }
        }
    }

    @Test
    void withSteepSlopesATokenSeesOnlyItself() {
        float[] x = KernelsContractTest.activations(5 * 6 * 64, 5);
        long[] shape = {5, 6, 64};
        Kernels.AttentionRule rule = new Kernels.AttentionRule(1, 0, 0).withSlopes(1e6f, 0, 1e6f, 0, 1e6f, 0);
        for (Kernels kernels : List.of(reference, portable)) {
            float[] out = run(kernels, x, shape, shape, (in, o, k) -> attend(in, o, k, rule));
            for (int head = 0; head < 6; head++) {
                float own = x[4 * 6 * 64 + head / 3 * 64];
                assertThat(out[(4 * 6 + head) * 64] == own).as("head %d", head).isEqualTo(head % 2 == 0);
            }
        }
    }

    private static Tensor copied(Tensor in, Tensor out, Kernels kernels) {
        kernels.add(out, in);
        return out;
    }

    /** Attends over the first two heads as keys and values. */
    private static void attend(Tensor in, Tensor out, Kernels kernels, Kernels.AttentionRule rule) {
        Tensor keys = kernels.allocate(DType.F32, 5, 2, 64);
        float[] all = Numbers.read(in);
        float[] firstTwo = new float[5 * 2 * 64];
        for (int t = 0; t < 5; t++) {
            System.arraycopy(all, t * 6 * 64, firstTwo, t * 2 * 64, 2 * 64);
        }
        kernels.write(MemorySegment.ofArray(firstTwo), keys);
        Tensor page = kernels.allocate(DType.F32, 2, 256, 64);
        Kernels.KvView view = new Kernels.KvView(List.of(page), List.of(page), 0, 5, 0);
        kernels.append(List.of(view), keys, keys);
        kernels.attend(out, in, List.of(view), rule);
        kernels.release(page);
        kernels.release(keys);
    }

    private static float[] run(
            Kernels kernels, float[] x, long[] in, long[] out, KernelsContractTest.Operation operation) {
        return KernelsContractTest.run(kernels, in, x, out, operation);
    }

    /** The length of the difference over the length of what was expected. */
    private static double relativeError(float[] expected, float[] got) {
        double difference = 0;
        double length = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(expected[i] - got[i], 2);
            length += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / length);
    }
}
