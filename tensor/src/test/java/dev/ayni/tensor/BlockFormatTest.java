package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockFormatTest {
    private static final Pattern ENTRY =
            Pattern.compile("\"([A-Z0-9_a-z]+)\\.([A-Z0-9_a-z]+)\":\\{[^}]*\"data_offsets\":\\[(\\d+),(\\d+)\\]");

    /** The bytes of {@code <TYPE>.blocks}, {@code <TYPE>.values} and {@code quantize.<TYPE>} in a safetensors file. */
    static Map<String, ByteBuffer> reference() throws IOException {
        Path file =
                Path.of(System.getProperty("ayni.shared", "../../shared"), "reference/quantized-blocks.safetensors");
        if (!"true".equals(System.getenv("CI"))) {
            Assumptions.assumeTrue(Files.exists(file), () -> "no reference blocks at " + file.toAbsolutePath());
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = Math.toIntExact(bytes.getLong(0));
        String header = new String(bytes.array(), 8, headerBytes, StandardCharsets.UTF_8).replace(" ", "");
        Map<String, ByteBuffer> tensors = new TreeMap<>();
        Matcher entry = ENTRY.matcher(header);
        while (entry.find()) {
            int from = Integer.parseInt(entry.group(3));
            int to = Integer.parseInt(entry.group(4));
            tensors.put(
                    entry.group(1) + "." + entry.group(2),
                    bytes.slice(8 + headerBytes + from, to - from).order(ByteOrder.LITTLE_ENDIAN));
        }
        return tensors;
    }

    @Test
    void everyReferenceBlockDequantizesToTheReferenceValues() throws IOException {
        Map<String, ByteBuffer> reference = reference();
        int types = 0;
        int unequalInAll = 0;
        for (DType type : DType.values()) {
            ByteBuffer blocks = reference.get(type + ".blocks");
            ByteBuffer expected = reference.get(type + ".values");
            if (blocks == null || expected == null) {
                continue;
            }
            types++;
            int count = expected.remaining() / 4;
            byte[] bytes = new byte[blocks.remaining()];
            blocks.get(bytes);
            float[] values = Numbers.read(new HostTensor(type, MemorySegment.ofArray(bytes), count));
            int equal = 0;
            for (int i = 0; i < count; i++) {
                equal += values[i] == expected.getFloat(4 * i) ? 1 : 0; // an integer has one zero: -0 equals 0
            }
            System.out.printf("%-8s %5d equal, %d unequal%n", type, equal, count - equal);
            unequalInAll += count - equal;
        }
        System.out.printf("%d types, %d values unequal%n", types, unequalInAll);
        assertThat(types).isGreaterThanOrEqualTo(21);
        assertThat(unequalInAll).isZero();
    }

    /** The sums of section 3 are exact in a float only below 2^24. */
    @ParameterizedTest
    @EnumSource
    void noProductOfAGroupCanExceedAnExactFloat(DType type) {
        if (!type.quantized()) {
            assertThatThrownBy(() -> BlockFormat.of(type)).hasMessageContaining("plain floats");
            return;
        }
        byte[] bytes = new byte[(int) type.bytes(4096)];
        UnpackedRow row = new UnpackedRow(4096);
        Random random = new Random(5);
        for (int round = 0; round < 50; round++) {
            random.nextBytes(bytes);
            if (round < 2) {
                Arrays.fill(bytes, (byte) (round == 0 ? 0x80 : 0xff));
            }
            BlockFormat.of(type).unpack(bytes, 0, 4096, row);
            for (int group = 0; group < row.d.length; group++) {
                long largest = 0;
                for (int i = 0; i < 32; i++) {
                    largest += 127L * Math.abs(row.w[32 * group + i]);
                }
                assertThat(largest).isLessThan(1 << 24);
            }
        }
    }

    /** A block whose bytes are 37 i + 11, with the given ones put in place of some. */
    private static float[] read(DType type, int... placeAndByte) {
        byte[] bytes = new byte[type.blockBytes()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (37 * i + 11);
        }
        for (int i = 0; i < placeAndByte.length; i += 2) {
            bytes[placeAndByte[i]] = (byte) placeAndByte[i + 1];
        }
        return Numbers.read(new HostTensor(type, MemorySegment.ofArray(bytes), type.blockValues()));
    }

    @Test
    void blocksOfIq1mReadAsThePythonPackageGgufReadsThem() {
        float[] values = read(DType.IQ1_M, 55, (37 * 55 + 11) & 0x0f | 0x20);
        assertThat(Arrays.copyOf(values, 4))
                .containsExactly(
                        -0.05046844482421875f, 0.35327911376953125f, -0.05046844482421875f, -0.05046844482421875f);
        assertThat(Arrays.copyOfRange(values, 250, 253))
                .containsExactly(-0.9733200073242188f, -0.10814666748046875f, 0.7570266723632812f);
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        assertThat(sum).isEqualTo(66.7913818359375);
    }

    @Test
    void blocksOfNvfp4ReadAsThePythonPackageGgufReadsThem() {
        float[] values = read(DType.NVFP4);
        assertThat(Arrays.copyOf(values, 5))
                .containsExactly(-0.12890625f, 0.04296875f, -0.0107421875f, -0.0859375f, 0.0322265625f);
        assertThat(Arrays.copyOfRange(values, 16, 20)).containsExactly(3, -1, 0.25f, 2);
        assertThat(Arrays.copyOfRange(values, 32, 36)).containsExactly(-78, 26, -6.5f, -52);
        assertThat(Arrays.copyOfRange(values, 60, 64)).containsExactly(-320, -960, -1920, 160);
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        assertThat(sum).isEqualTo(11524.7734375);

        // E4M3's NaN is 0, a number below the normal ones, a top bit that counts for nothing, and the largest
        float[] odd = read(DType.NVFP4, 0, 0x7f, 1, 0x07, 2, 0x80 | 0x38, 3, 0xff);
        assertThat(Arrays.copyOf(odd, 16)).containsOnly(0, -0f);
        assertThat(Arrays.copyOfRange(odd, 16, 19)).containsExactly(0.08203125f, -0.02734375f, 0.0068359375f);
        assertThat(Arrays.copyOfRange(odd, 32, 35)).containsExactly(-6, 2, -0.5f);
        assertThat(Arrays.copyOfRange(odd, 48, 51)).containsExactly(2880, -960, 240);
    }

    @Test
    void aFactorMultipliesEachPartOfATensorAndOfItsRows() {
        byte[] bytes = new byte[4 * DType.NVFP4.blockBytes()];
        new Random(3).nextBytes(bytes);
        HostTensor plain = new HostTensor(DType.NVFP4, MemorySegment.ofArray(bytes), 2, 2, 64);
        HostTensor twice = plain.times(2, 0.5f);
        float[] values = Numbers.read(plain);
        float[] multiplied = Numbers.read(twice);
        for (int i = 0; i < values.length; i++) {
            assertThat(multiplied[i]).isEqualTo(values[i] * (i < 128 ? 2 : 0.5f));
        }
        assertThat(Numbers.read(twice.rows(1, 2).reshape(2, 64))).isEqualTo(Arrays.copyOfRange(multiplied, 128, 256));
        assertThatThrownBy(() -> plain.times(1, 2, 3)).hasMessageContaining("3 factors");
        assertThatThrownBy(() -> new HostTensor(DType.Q4_0, MemorySegment.ofArray(new byte[18]), 32).times(2))
                .hasMessageContaining("Q4_0");
    }

    @Test
    void blocksOfOneAndTwoBitsReadInTheirOrder() {
        float[] one = read(DType.Q1_0, 0, 0, 1, 0x38, 2, 0b1010_0001, 17, 0x80); // d is 0.5
        assertThat(Arrays.copyOf(one, 8)).containsExactly(0.5f, -0.5f, -0.5f, -0.5f, -0.5f, 0.5f, -0.5f, 0.5f);
        assertThat(one[127]).isEqualTo(0.5f);
        assertThat(one[126]).isEqualTo(-0.5f);
        float[] two = read(DType.Q2_0, 0, 0, 1, 0x38, 2, 0b11_10_01_00, 17, 0x40);
        assertThat(Arrays.copyOf(two, 4)).containsExactly(-0.5f, 0, 0.5f, 1);
        assertThat(two[63]).isZero();
        assertThat(two[62]).isEqualTo(-0.5f);
    }
}
