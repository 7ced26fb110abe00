package dev.ayni.tensor.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.KernelProvider;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is special in the kernels in C; that they equal the portable ones is tested with all others. */
class ForeignKernelsTest {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    /** The set that the provider offers, or no test where it has none. */
    private static Kernels open(int threads) {
        Offer offer = new ForeignProvider().offer(threads);
        assumeThat(offer).isInstanceOf(Offer.Ready.class);
        return ((Offer.Ready) offer).kernels();
    }

    @Test
    void theNameSaysTheInstructionSet() {
        for (KernelProvider provider : ForeignProvider.ofEachInstructionSet()) {
            try (Kernels kernels = ((Offer.Ready) provider.offer(1)).kernels()) {
                assertThat(kernels.name()).matches("foreign, (AVX-512 VNNI|AVX-VNNI|AVX2|NEON)");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"Q4_0, 0, 40", "Q4_0, 3, 21", "Q6_K, 16, 48", "F16, 5, 33", "Q3_K, 47, 48", "Q8_0, 31, 33"})
    void rowsOfAPlacedWeightAreAWeight(DType type, int from, int to) {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = open(2);
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
                Kernels kernels = open(1);
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

    /** More tokens than are quantised together. */
    @Test
    void aLongBatchEqualsItsTokens() {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = open(2);
                Kernels portable = new PortableKernels(2)) {
            HostTensor weight = Weights.random(arena, DType.Q4_K, 20, 256, 8);
            Tensor placed = kernels.place(weight);
            assertThat(product(kernels, placed, 1100, 20)).isEqualTo(product(portable, weight, 1100, 20));
            kernels.release(placed);
        }
    }

    /** With one key/value head and several threads, pages are attended side by side and merged. */
    @ParameterizedTest
    @CsvSource({"700, 0, F16", "1500, 0, Q8_0", "1500, 300, F16", "1500, 300, Q8_0", "255, 0, F16", "256, 1, Q8_0"})
    void attentionCutByPagesEqualsPortable(int past, int window, DType type) {
        try (Kernels kernels = open(4);
                Kernels portable = new PortableKernels(1)) {
            assertThat(attention(kernels, past, window, type)).isEqualTo(attention(portable, past, window, type));
        }
    }

    private static float[] attention(Kernels kernels, int past, int window, DType type) {
        int heads = 4;
        int width = 64;
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (int page = 0; page * 256 <= past; page++) {
            keys.add(kernels.allocate(type, 1, 256, width));
            values.add(kernels.allocate(type, 1, 256, width));
        }
        Random random = new Random(1);
        Tensor k = tensor(kernels, random, past + 1, 1, width);
        Tensor v = tensor(kernels, random, past + 1, 1, width);
        Tensor q = tensor(kernels, random, 1, heads, width);
        Tensor out = kernels.allocate(DType.F32, 1, heads, width);
        kernels.append(List.of(new Kernels.KvView(keys, values, 0, past + 1, 0)), k, v);
        kernels.attend(
                out,
                q,
                List.of(new Kernels.KvView(keys, values, 0, 1, past)),
                new Kernels.AttentionRule(0.125f, window, 0f));
        return Numbers.read(out);
    }

    private static Tensor tensor(Kernels kernels, Random random, long... shape) {
        Tensor tensor = kernels.allocate(DType.F32, shape);
        float[] values = new float[(int) tensor.values()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        kernels.write(MemorySegment.ofArray(values), tensor);
        return tensor;
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
                Kernels kernels = open(1)) {
            Tensor packed = kernels.place(Weights.random(arena, DType.Q4_0, 32, 64, 1));
            Tensor plain = kernels.place(Weights.random(arena, DType.F16, 32, 64, 1));
            assertThat(kernels.keeps(packed)).isFalse();
            assertThat(kernels.keeps(plain)).isTrue();
            kernels.release(packed);
        }
    }

    @Test
    void aNamedInstructionSetIsTakenOrRefusedWithTheOnesThereAre() throws Exception {
        open(1).close();
        assertThat(offerOfAnotherJvm(List.of(classes()), "-Dayni.foreign=sse2"))
                .contains("ayni.foreign asks for 'sse2', and this machine has [");
        if (System.getProperty("os.arch").equals("amd64")) {
            assertThat(offerOfAnotherJvm(List.of(classes()), "-Dayni.foreign=avx2"))
                    .contains("foreign, AVX2");
        }
    }

    @Test
    void aBuildWithoutTheLibrarySaysHowToGetIt(@TempDir Path folder) throws Exception {
        Path bare = folder.resolve("classes");
        try (Stream<Path> files = Files.walk(classes())) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                Path copy = bare.resolve(classes().relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        assertThat(offerOfAnotherJvm(List.of(bare)))
                .contains("this build has no C kernels for ")
                .contains("install a C compiler");
    }

    /** As in an installed Ayni: the library comes out of a jar, and leaves nothing behind. */
    @Test
    void theLibraryIsLoadedFromAJar(@TempDir Path folder) throws Exception {
        open(1).close();
        Path jar = folder.resolve("tensor.jar");
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
                        "--create",
                        "--file=" + jar,
                        "-C",
                        classes().toString(),
                        ".")
                .start();
        assertThat(process.waitFor()).isZero();
        assertThat(offerOfAnotherJvm(List.of(jar), "-Djava.io.tmpdir=" + temporary))
                .contains("foreign, ");
        assertThat(temporary).isEmptyDirectory();
    }

    private static String offerOfAnotherJvm(List<Path> classPath, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(options));
        List<String> places =
                new ArrayList<>(classPath.stream().map(Path::toString).toList());
        places.add(folder(Asked.class).toString());
        command.addAll(List.of("-cp", String.join(":", places), Asked.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static Path classes() {
        return folder(ForeignProvider.class);
    }

    private static Path folder(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    /** Prints what the provider answers, in a JVM of its own. */
    static final class Asked {
        public static void main(String[] arguments) {
            switch (new ForeignProvider().offer(1)) {
                case Offer.Ready(Kernels kernels) -> {
                    System.out.println(kernels.name());
                    kernels.close();
                }
                case Offer.Unavailable(String why, String remedy) -> System.out.println(why + ": " + remedy);
            }
        }
    }
}
