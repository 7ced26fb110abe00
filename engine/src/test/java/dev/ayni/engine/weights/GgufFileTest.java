package dev.ayni.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GgufFileTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyTypeOfValueIsReadInEveryVersion(int version) throws IOException {
        Path file = new GgufWriter()
                .version(version)
                .put("u8", 0, 255)
                .put("i8", 1, -1)
                .put("u16", 2, 65535)
                .put("i16", 3, -2)
                .put("u32", 4, 0xFFFF_FFFFL)
                .put("i32", 5, -3)
                .put("f32", 1.5f)
                .put("flag", true)
                .put("text", "grüße 🌍")
                .put("u64", 10, Long.MAX_VALUE)
                .put("enormous", 10, -1L)
                .put("i64", 11, Long.MIN_VALUE)
                .put("f64", 0.1)
                .put("ints", new int[] {1, -2, 3})
                .put("floats", new float[] {0.5f, -0.25f})
                .put("flags", List.of(true, false))
                .put("texts", List.of("a", "", "ü"))
                .put("nothing", List.of())
                .put("nested", List.of(new int[] {1}, new int[] {2, 3}))
                .put("deeper", List.of(List.of(List.of("x", "y")), List.of()))
                .tensor("t", new float[] {1, 2, 3}, 3)
                .write(folder.resolve("all.gguf"));
        try (Weights weights = WeightsFiles.open(file)) {
            Metadata said = weights.metadata();
            assertThat(said.dialect()).isEqualTo(Metadata.Dialect.GGUF);
            assertThat(said.source()).isEqualTo(file.toString());
            assertThat(said.keys()).hasSize(20).startsWith("u8", "i8");
            assertThat(said.value("u8")).isEqualTo(255L);
            assertThat(said.value("i8")).isEqualTo(-1L);
            assertThat(said.value("u16")).isEqualTo(65535L);
            assertThat(said.value("i16")).isEqualTo(-2L);
            assertThat(said.value("u32")).isEqualTo(0xFFFF_FFFFL);
            assertThat(said.value("i32")).isEqualTo(-3L);
            assertThat(said.value("f32")).isEqualTo(1.5);
            assertThat(said.value("flag")).isEqualTo(true);
            assertThat(said.value("text")).isEqualTo("grüße 🌍");
            assertThat(said.value("u64")).isEqualTo(Long.MAX_VALUE);
            assertThat(said.value("enormous")).isEqualTo(0x1p64);
            assertThat(said.value("i64")).isEqualTo(Long.MIN_VALUE);
            assertThat(said.value("f64")).isEqualTo(0.1);
            assertThat(said.value("ints")).isEqualTo(List.of(1L, -2L, 3L));
            assertThat(said.value("floats")).isEqualTo(List.of(0.5, -0.25));
            assertThat(said.value("flags")).isEqualTo(List.of(true, false));
            assertThat(said.value("texts")).isEqualTo(List.of("a", "", "ü"));
            assertThat(said.value("nothing")).isEqualTo(List.of());
            assertThat(said.value("nested")).isEqualTo(List.of(List.of(1L), List.of(2L, 3L)));
            assertThat(said.value("deeper")).isEqualTo(List.of(List.of(List.of("x", "y")), List.of()));
            assertThat(said.value("absent")).isNull();
            assertThat(floats(weights.tensor("t"))).containsExactly(1, 2, 3);
        }
    }

    @Test
    void aTensorComesOutermostDimensionFirst() throws IOException {
        Path file = new GgufWriter()
                .tensor("matrix", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .tensor("cube", new float[24], 2, 3, 4)
                .tensor("blocks", DType.Q8_0, new byte[4 * 2 * 34], 4, 64)
                .write(folder.resolve("shapes.gguf"));
        try (Weights weights = WeightsFiles.open(file)) {
            assertThat(weights.names()).containsExactly("matrix", "cube", "blocks");
            HostTensor matrix = weights.tensor("matrix");
            assertThat(matrix.size(0)).isEqualTo(2);
            assertThat(matrix.size(1)).isEqualTo(3);
            assertThat(floats(matrix.rows(1, 2))).containsExactly(4, 5, 6);
            assertThat(weights.tensor("cube")).hasToString("F32[2, 3, 4]");
            assertThat(weights.tensor("blocks")).hasToString("Q8_0[4, 64]");
            assertThat(weights.stored("blocks")).isEqualTo(new StoredTensor("blocks", "Q8_0", List.of(4L, 64L), 272));
            assertThat(weights.bytes()).isEqualTo(file.toFile().length());
        }
    }

    @Test
    void whatStandsBesideAMatrixOfNvfp4MultipliesIt() throws IOException {
        byte[] ones = new byte[2 * DType.NVFP4.blockBytes()];
        Arrays.fill(ones, (byte) 0x22); // numbers 1
        for (int block = 0; block < 2; block++) {
            Arrays.fill(ones, 36 * block, 36 * block + 4, (byte) 0x38); // scales 1
        }
        GgufWriter sound = new GgufWriter()
                .tensor("all.weight", DType.NVFP4, ones, 2, 64)
                .tensor("all.scale", new float[] {0.5f}, 1)
                .tensor("experts.weight", DType.NVFP4, ones, 2, 1, 64)
                .tensor("experts.scale", new float[] {3, 4}, 2)
                .tensor("none.weight", DType.NVFP4, ones, 2, 64);
        try (Weights weights = WeightsFiles.open(sound.write(folder.resolve("nvfp4.gguf")))) {
            assertThat(Numbers.read(weights.tensor("all.weight"))).containsOnly(0.5f);
            float[] experts = Numbers.read(weights.tensor("experts.weight"));
            assertThat(Arrays.copyOf(experts, 64)).containsOnly(3);
            assertThat(Arrays.copyOfRange(experts, 64, 128)).containsOnly(4);
            assertThat(Numbers.read(weights.tensor("none.weight"))).containsOnly(1);
        }
        Path broken = new GgufWriter()
                .tensor("all.weight", DType.NVFP4, ones, 2, 64)
                .tensor("all.scale", new float[3], 3)
                .write(folder.resolve("broken.gguf"));
        try (Weights weights = WeightsFiles.open(broken)) {
            assertThatThrownBy(() -> weights.tensor("all.weight"))
                    .hasMessageContainingAll("'all.scale'", "F32[3]", "one number");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 32, 4096})
    void tensorsAreFoundAtEveryAlignment(int alignment) throws IOException {
        Path file = new GgufWriter()
                .put("general.alignment", alignment)
                .tensor("a", new float[] {1}, 1)
                .tensor("b", new float[] {2, 3}, 2)
                .write(folder.resolve("aligned.gguf"));
        try (Weights weights = WeightsFiles.open(file)) {
            assertThat(floats(weights.tensor("a"))).containsExactly(1);
            assertThat(floats(weights.tensor("b"))).containsExactly(2, 3);
        }
    }

    @Test
    void aTypeThatNothingComputesWithIsListedAndRefusedOnlyWhenAskedFor() throws IOException {
        Path file = new GgufWriter()
                .tensor("good", new float[] {1}, 1)
                .tensor("old", 4, new byte[64], 32)
                .tensor("double", 28, new byte[64], 8)
                .tensor("future", 4711, new byte[64], 8)
                .write(folder.resolve("types.gguf"));
        try (Weights weights = WeightsFiles.open(file)) {
            assertThat(floats(weights.tensor("good"))).containsExactly(1);
            assertThat(weights.stored("old").type()).isEqualTo("Q4_2");
            assertThat(weights.stored("double").shape()).containsExactly(8L);
            assertThatThrownBy(() -> weights.tensor("old"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContainingAll(file.toString(), "'old' is Q4_2", "Supported: F32, F16", "convert");
            assertThatThrownBy(() -> weights.tensor("double")).hasMessageContaining("'double' is F64");
            assertThatThrownBy(() -> weights.tensor("future")).hasMessageContaining("'future' is of ggml type 4711");
        }
    }

    @Test
    void aMissingTensorIsNamedWithItsMostSimilarOnes() throws IOException {
        Path file = new GgufWriter()
                .tensor("blk.0.attn_qkv.weight", new float[1], 1)
                .tensor("blk.0.attn_k.weight", new float[1], 1)
                .tensor("output_norm.weight", new float[1], 1)
                .write(folder.resolve("names.gguf"));
        try (Weights weights = WeightsFiles.open(file)) {
            assertThatThrownBy(() -> weights.tensor("blk.0.attn_q.weight"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContainingAll(
                            file.toString(),
                            "no tensor 'blk.0.attn_q.weight'",
                            "'blk.0.attn_k.weight', 'blk.0.attn_qkv.weight'");
            assertThatThrownBy(() -> weights.forget("x")).isInstanceOf(WeightsException.class);
        }
    }

    @Test
    void aFileWithAVocabularyOnlyIsAFile() throws IOException {
        Path file = new GgufWriter().put("general.architecture", "llama").write(folder.resolve("vocabulary.gguf"));
        try (Weights weights = WeightsFiles.open(file)) {
            assertThat(weights.names()).isEmpty();
            assertThat(weights.metadata().text("general.architecture")).isEqualTo("llama");
        }
    }

    @Test
    void whatIsForgottenCanBeReadAgain() throws IOException {
        float[] numbers = new float[100_000];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i;
        }
        Path file = new GgufWriter()
                .tensor("before", new float[] {7}, 1)
                .tensor("large", numbers, 1000, 100)
                .write(folder.resolve("large.gguf"));
        try (Weights weights = WeightsFiles.open(file)) {
            weights.forget("large");
            weights.forget("before");
            assertThat(floats(weights.tensor("large"))).isEqualTo(numbers);
            assertThat(floats(weights.tensor("before"))).containsExactly(7);
        }
    }

    @Test
    void aClosedFileCanBeClosedAgainAndNotRead() throws IOException {
        Path file = new GgufWriter()
                .put("texts", List.of("a"))
                .tensor("t", new float[] {1}, 1)
                .write(folder.resolve("closed.gguf"));
        Weights weights = WeightsFiles.open(file);
        HostTensor tensor = weights.tensor("t");
        weights.close();
        weights.close();
        assertThatThrownBy(() -> floats(tensor)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> weights.metadata().list("texts").getFirst()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void numbersBeyondFourGigabytesAreReached() throws IOException {
        Path file = folder.resolve("sparse.gguf");
        long rows = 1100;
        long columns = 1 << 20;
        byte[] header = new LittleEndian()
                .ascii("GGUF")
                .u32(3)
                .u64(1)
                .u64(0)
                .text("large")
                .u32(2)
                .u64(columns)
                .u64(rows)
                .u32(0)
                .u64(0)
                .pad(32)
                .toBytes();
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(header);
            out.setLength(header.length + 4 * rows * columns);
            out.seek(out.length() - 4);
            out.write(SafetensorsWriter.f32(7));
        }
        try (Weights weights = WeightsFiles.open(file)) {
            HostTensor last = weights.tensor("large").rows(rows - 1, rows);
            assertThat(last.data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, columns - 1))
                    .isEqualTo(7);
            assertThat(weights.bytes()).isGreaterThan(1L << 32);
            weights.forget("large");
        }
    }

    @Test
    void aSplitModelOpensFromAnyOfItsParts() throws IOException {
        split(3, Map.of());
        for (int i = 1; i <= 3; i++) {
            try (Weights weights = WeightsFiles.open(part(i, 3))) {
                assertThat(weights.names()).containsExactly("t0", "t1", "t2");
                assertThat(weights.metadata().text("general.architecture")).isEqualTo("llama");
                assertThat(floats(weights.tensor("t2"))).containsExactly(2);
                assertThat(weights.bytes())
                        .isEqualTo(part(1, 3).toFile().length()
                                + part(2, 3).toFile().length()
                                + part(3, 3).toFile().length());
            }
        }
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        split(3, Map.of());
        assertThat(part(2, 3).toFile().delete()).isTrue();
        assertThatThrownBy(() -> WeightsFiles.open(part(3, 3)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(part(3, 3).toString(), "one of 3 parts", "big-00002-of-00003.gguf");
    }

    @Test
    void aPartThatWasRenamedIsToldItsName() throws IOException {
        split(2, Map.of());
        Path renamed = folder.resolve("renamed.gguf");
        assertThat(part(2, 2).toFile().renameTo(renamed.toFile())).isTrue();
        assertThatThrownBy(() -> WeightsFiles.open(renamed))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("one of 2 parts", "-00001-of-00002.gguf");
    }

    @Test
    void partsOfDifferentModelsAreNotMixed() throws IOException {
        split(2, Map.of("split.tensors.count", 5));
        assertThatThrownBy(() -> WeightsFiles.open(part(1, 2)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("hold 2 tensors", "5 were promised");
        split(2, Map.of("split.no", 0));
        assertThatThrownBy(() -> WeightsFiles.open(part(1, 2)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("named as part 2 of 2", "says part 1 of 2");
    }

    /** Parts with one tensor each; the values go into every part, over what would be true. */
    private void split(int count, Map<String, Object> over) throws IOException {
        for (int i = 0; i < count; i++) {
            GgufWriter part = new GgufWriter()
                    .put("split.no", 2, i)
                    .put("split.count", 2, count)
                    .put("split.tensors.count", 5, count)
                    .tensor("t" + i, new float[] {i}, 1);
            if (i == 0) {
                part.put("general.architecture", "llama");
            }
            over.forEach(part::put);
            part.write(part(i + 1, count));
        }
    }

    private Path part(int number, int count) {
        return folder.resolve("big-%05d-of-%05d.gguf".formatted(number, count));
    }

    static float[] floats(HostTensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
}
