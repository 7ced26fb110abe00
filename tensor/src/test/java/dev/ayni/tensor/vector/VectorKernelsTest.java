package dev.ayni.tensor.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.KernelProvider.Offer;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Numbers;
import dev.ayni.tensor.PortableKernels;
import dev.ayni.tensor.Tensor;
import dev.ayni.tensor.Weights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is special in the vector kernels; that they equal the portable ones is tested with all others. */
class VectorKernelsTest {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    /** The build runs the contract test again with narrower vectors; this shows that they were. */
    @Test
    void vectorsHaveTheWidthThatTheBuildAskedFor() {
        String asked = System.getProperty("ayni.vectorBits", "");
        try (Kernels kernels = new VectorKernels(1)) {
            assertThat(kernels.name()).matches("vector, \\d+ bit").contains(asked);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void aPlacedTableEmbedsLikeTheFile(DType type) {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = new VectorKernels(1)) {
            int width = 1280;
            HostTensor table = Weights.random(arena, type, 37, width, 5);
            int[] ids = {0, 36, 17, 17};
            float[] fromFile = embed(kernels, table, ids, width);
            Tensor placed = kernels.place(table);
            assertThat(embed(kernels, placed, ids, width)).isEqualTo(fromFile);
            kernels.release(placed);
        }
    }

    private static float[] embed(Kernels kernels, Tensor table, int[] ids, int width) {
        Tensor out = kernels.allocate(DType.F32, ids.length, width);
        kernels.embed(out, table, ids);
        float[] result = Numbers.read(out);
        kernels.release(out);
        return result;
    }

    @ParameterizedTest
    @CsvSource({"Q4_0, 0, 40", "Q4_0, 3, 21", "Q6_K, 16, 48", "F16, 5, 33", "Q3_K, 47, 48"})
    void rowsOfAPlacedWeightAreAWeight(DType type, int from, int to) {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = new VectorKernels(2);
                Kernels portable = new PortableKernels(1)) {
            HostTensor weight = Weights.random(arena, type, 48, 1280, 6);
            Tensor placed = kernels.place(weight);
            for (int tokens : new int[] {1, 9}) {
                assertThat(product(kernels, placed.rows(from, to), tokens, to - from))
                        .isEqualTo(product(portable, weight.rows(from, to), tokens, to - from));
            }
            kernels.release(placed);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
    void scalesThatAreNotNumbersGoTheirOwnWay(DType type) {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = new VectorKernels(1);
                Kernels portable = new PortableKernels(1)) {
            for (short scale : new short[] {0x7c00, (short) 0xfc00, 0x7e00, 0x0001, (short) 0x83ff, (short) 0x8000}) {
                HostTensor weight = Weights.random(arena, type, 20, 512, 7);
                weight.data().set(SHORT, type == DType.Q6_K ? 208 : 0, scale);
                Tensor placed = kernels.place(weight);
                for (int tokens : new int[] {1, 3}) {
                    assertThat(product(kernels, placed, tokens, 20)).isEqualTo(product(portable, weight, tokens, 20));
                }
                kernels.release(placed);
            }
        }
    }

    private static float[] product(Kernels kernels, Tensor weight, int tokens, int rows) {
        int width = (int) weight.size(1);
        float[] values = new float[tokens * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 37 % 101 - 50) / 7f;
        }
        Tensor x = kernels.allocate(DType.F32, tokens, width);
        kernels.write(MemorySegment.ofArray(values), x);
        Tensor out = kernels.allocate(DType.F32, tokens, rows);
        kernels.matmul(x, new Kernels.Product(out, weight));
        float[] result = Numbers.read(out);
        kernels.release(x);
        kernels.release(out);
        return result;
    }

    @Test
    void quantisedWeightsNeedTheFileNoMoreAndPlainOnesDo() {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = new VectorKernels(1)) {
            Tensor packed = kernels.place(Weights.random(arena, DType.Q4_0, 32, 64, 1));
            Tensor plain = kernels.place(Weights.random(arena, DType.F16, 32, 64, 1));
            assertThat(kernels.keeps(packed)).isFalse();
            assertThat(kernels.keeps(plain)).isTrue();
            kernels.release(packed);
        }
    }

    @Test
    void aJvmWithoutTheVectorApiIsToldWhatToAdd() throws Exception {
        assertThat(offerOfAnotherJvm())
                .contains("without the Vector API")
                .contains("--add-modules jdk.incubator.vector");
    }

    @Test
    void aJvmThatOnlyInterpretsIsTurnedDown() throws Exception {
        assertThat(offerOfAnotherJvm("--add-modules", "jdk.incubator.vector", "-Xint"))
                .contains("optimising compiler")
                .contains("-Xint");
    }

    private static String offerOfAnotherJvm(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", folder(VectorProvider.class) + ":" + folder(Asked.class), Asked.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static String folder(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString();
    }

    /** Prints what the provider answers, in a JVM of its own. */
    static final class Asked {
        public static void main(String[] arguments) {
            switch (new VectorProvider().offer(1)) {
                case Offer.Ready(Kernels kernels) -> System.out.println(kernels.name());
                case Offer.Unavailable(String why, String remedy) -> System.out.println(why + ": " + remedy);
            }
        }
    }
}
