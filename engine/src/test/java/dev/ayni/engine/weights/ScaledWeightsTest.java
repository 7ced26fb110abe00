package dev.ayni.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScaledWeightsTest {
    private static final int INPUTS = 128;
    private static final int OUTPUTS = 16;
    private static final int GROUPS = 4;

    @TempDir
    Path folder;

    private final Random random = new Random(5);
    private final SafetensorsWriter file = new SafetensorsWriter();

    @Test
    void floatsOfEightBitsAreMultipliedWithTheirFactor() throws IOException {
        // 1.75 * 2^0, -1.125 * 2^-3, the least number, the largest, 0
        byte[] numbers = {0x3f, (byte) 0xa1, 0x01, 0x7e, 0};
        float[] values = {1.875f, -0.140625f, 0x1p-9f, 448, 0};
        byte[] row = new byte[32];
        System.arraycopy(numbers, 0, row, 0, 5);
        file.tensor("a.weight", "F8_E4M3", row, 1, 32).tensor("a.weight_scale", new float[] {0.5f}, 1);
        try (Weights weights = open("{\"quant_method\":\"fp8\"}")) {
            assertThat(weights.names()).containsExactly("a.weight");
            assertThat(weights.stored("a.weight").type()).isEqualTo("F8_E4M3");
            float[] read = Numbers.read(weights.tensor("a.weight"));
            for (int i = 0; i < values.length; i++) {
                assertThat(read[i]).isEqualTo(values[i] / 2);
            }
        }
    }

    @Test
    void theOtherFloatsOfEightBitsAreTheUpperHalvesOfF16() throws IOException {
        byte[] row = new byte[32];
        random.nextBytes(row);
        for (int i = 0; i < 32; i++) {
            row[i] &= (byte) 0xbf; // finite
        }
        file.tensor("a.weight", "F8_E5M2", row, 2, 16);
        try (Weights weights = open("{}")) {
            float[] read = Numbers.read(weights.tensor("a.weight"));
            for (int i = 0; i < 32; i++) {
                assertThat(read[i]).isEqualTo(Float.float16ToFloat((short) (row[i] << 8)));
            }
        }
    }

    @Test
    void floatsOfFourBitsBecomeBlocksWithTheFactorOfTheMatrix() throws IOException {
        byte[] numbers = new byte[2 * 32];
        random.nextBytes(numbers);
        byte[] scales = {0x38, 0x40, 0x01, 0x7e, 0x08, 0x30, 0x00, 0x39}; // 1, 2, 2^-9, 448, 2^-6, 0.5, 0, 1.125
        float[] sizes = {1, 2, 0x1p-9f, 448, 0x1p-6f, 0.5f, 0, 1.125f};
        float[] e2m1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
        file.tensor("a.weight", "U8", numbers, 2, 32)
                .tensor("a.weight_scale", "F8_E4M3", scales, 2, 4)
                .tensor("a.weight_scale_2", new float[] {0.03f})
                .tensor("a.input_scale", new float[] {0.5f});
        try (Weights weights = open("{\"quant_method\":\"modelopt\",\"quant_algo\":\"NVFP4\"}")) {
            assertThat(weights.names()).containsExactly("a.weight");
            HostTensor tensor = weights.tensor("a.weight");
            assertThat(tensor.type()).isEqualTo(DType.NVFP4);
            assertThat(tensor.shape()).containsExactly(2, 64);
            float[] read = Numbers.read(tensor);
            for (int i = 0; i < read.length; i++) {
                int code = numbers[i / 2] >> i % 2 * 4 & 15;
                float value = (code < 8 ? 1 : -1) * e2m1[code % 8];
                assertThat(read[i]).isCloseTo(value * sizes[i / 16] * 0.03f, withinPercentage(1e-4));
            }
        }
    }

    @Test
    void scalesOfFourBitsThatDoNotFitGetALetter() throws IOException {
        file.tensor("a.weight", "U8", new byte[64], 2, 32)
                .tensor("a.weight_scale", "F8_E4M3", new byte[] {0, 0, 0, 0, 0, 0, 0, 0x7f}, 2, 4);
        assertThatThrownBy(() -> open("{}")).hasMessageContainingAll("a.weight_scale", "scale 7", "get them again");
    }

    @Test
    void eachBlockOfRowsAndColumnsMayHaveAFactorOfItsOwn() throws IOException {
        byte[] ones = new byte[3 * 5];
        java.util.Arrays.fill(ones, (byte) 0x38);
        file.tensor("a.weight", "F8_E4M3", ones, 3, 5)
                .tensor("a.weight_scale_inv", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        try (Weights weights = open("{\"quant_method\":\"fp8\",\"weight_block_size\":[2,2]}")) {
            assertThat(Numbers.read(weights.tensor("a.weight")))
                    .containsExactly(1, 1, 2, 2, 3, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6);
        }
    }

    @Test
    void integersWithAFactorForEachRowBecomeBlocks() throws IOException {
        byte[] numbers = new byte[2 * 32];
        random.nextBytes(numbers);
        file.tensor("a.weight", "I8", numbers, 2, 32).tensor("a.weight_scale", new float[] {0.25f, 2}, 2, 1);
        try (Weights weights = open("{\"quant_method\":\"compressed-tensors\"}")) {
            HostTensor tensor = weights.tensor("a.weight");
            assertThat(tensor.type()).isEqualTo(DType.Q8_0);
            float[] read = Numbers.read(tensor);
            for (int i = 0; i < 64; i++) {
                assertThat(read[i]).isEqualTo(numbers[i] * (i < 32 ? 0.25f : 2));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"symmetric", "zeros", "version 2", "order"})
    void gptqReadsAsWhatItsAuthorsCompute(String kind) throws IOException {
        int[][] q = integers(INPUTS, OUTPUTS, 16);
        int[][] zeros = integers(GROUPS, OUTPUTS, kind.equals("symmetric") ? 1 : 16);
        int stored = kind.equals("symmetric") ? 7 : 0;
        int[] words = new int[INPUTS / 8 * OUTPUTS];
        for (int i = 0; i < INPUTS; i++) {
            for (int o = 0; o < OUTPUTS; o++) {
                words[i / 8 * OUTPUTS + o] |= q[i][o] << 4 * (i % 8);
            }
        }
        int[] zeroWords = packed(zeros, stored, i -> i);
        int[] groups = new int[INPUTS];
        for (int i = 0; i < INPUTS; i++) {
            groups[i] = kind.equals("order") ? random.nextInt(GROUPS) : i / (INPUTS / GROUPS);
        }
        float[] scales = scales();
        file.tensor("a.qweight", "I32", bytes(words), INPUTS / 8, OUTPUTS)
                .tensor("a.qzeros", "I32", bytes(zeroWords), GROUPS, OUTPUTS / 8)
                .tensor("a.scales", DType.F16, scales, GROUPS, OUTPUTS)
                .tensor("a.g_idx", "I32", bytes(groups), INPUTS);
        String form = kind.equals("version 2") ? ",\"checkpoint_format\":\"gptq_v2\"" : "";
        try (Weights weights = open("{\"quant_method\":\"gptq\",\"bits\":4%s}".formatted(form))) {
            assertThat(weights.names()).containsExactly("a.weight");
            HostTensor tensor = weights.tensor("a.weight");
            assertThat(tensor.shape()).containsExactly(OUTPUTS, INPUTS);
            assertThat(tensor.type())
                    .isEqualTo(kind.equals("symmetric") ? DType.Q4_0 : kind.equals("order") ? DType.F16 : DType.Q5_0);
            float[] read = Numbers.read(tensor);
            for (int o = 0; o < OUTPUTS; o++) {
                for (int i = 0; i < INPUTS; i++) {
                    int zero = zeros[groups[i]][o] + stored + (kind.equals("version 2") ? 0 : 1);
                    assertThat(read[o * INPUTS + i]).isEqualTo((q[i][o] - zero) * scales[groups[i] * OUTPUTS + o]);
                }
            }
        }
    }

    @Test
    void awqReadsAsWhatItsAuthorsCompute() throws IOException {
        int[] order = {0, 2, 4, 6, 1, 3, 5, 7}; // the outputs of a word, from the lowest bits on
        int[][] q = integers(INPUTS, OUTPUTS, 16);
        int[][] zeros = integers(GROUPS, OUTPUTS, 16);
        float[] scales = scales();
        file.tensor("a.qweight", "I32", bytes(packed(q, 0, place -> order[place])), INPUTS, OUTPUTS / 8)
                .tensor("a.qzeros", "I32", bytes(packed(zeros, 0, place -> order[place])), GROUPS, OUTPUTS / 8)
                .tensor("a.scales", DType.F16, scales, GROUPS, OUTPUTS);
        try (Weights weights = open("{\"quant_method\":\"awq\",\"bits\":4,\"version\":\"gemm\"}")) {
            float[] read = Numbers.read(weights.tensor("a.weight"));
            for (int o = 0; o < OUTPUTS; o++) {
                for (int i = 0; i < INPUTS; i++) {
                    int group = i / (INPUTS / GROUPS);
                    assertThat(read[o * INPUTS + i])
                            .isEqualTo((q[i][o] - zeros[group][o]) * scales[group * OUTPUTS + o]);
                }
            }
        }
    }

    @Test
    void partsThatDoNotFitAndFormsThatAreNotReadAreLetters() throws IOException {
        file.tensor("a.weight", "F8_E4M3", new byte[32], 2, 16).tensor("a.weight_scale", new float[] {1, 2, 3}, 3);
        assertThatThrownBy(() -> open("{\"quant_method\":\"fp8\"}"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("a.weight_scale");

        SafetensorsWriter packed = new SafetensorsWriter()
                .tensor("b.qweight", "I32", new byte[64], 4, 4)
                .tensor("b.qzeros", "I32", new byte[8], 2, 1)
                .tensor("b.scales", new float[8], 2, 4);
        assertThatThrownBy(() -> open(packed, "{\"quant_method\":\"gptq\",\"bits\":4}"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("do not fit together");
        assertThatThrownBy(() -> open(packed, "{\"quant_method\":\"gptq\",\"bits\":3}"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("not read here");

        SafetensorsWriter astray = new SafetensorsWriter()
                .tensor("b.qweight", "I32", new byte[32], 1, 8)
                .tensor("b.qzeros", "I32", new byte[4], 1, 1)
                .tensor("b.scales", new float[8], 1, 8)
                .tensor("b.g_idx", "I32", bytes(0, 0, 0, 0, 0, 0, 0, 1), 8);
        assertThatThrownBy(() -> open(astray, "{\"quant_method\":\"gptq\",\"bits\":4}"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("input 7 is of group 1");
    }

    private Weights open(String settings) throws IOException {
        return open(file, settings);
    }

    private Weights open(SafetensorsWriter writer, String settings) throws IOException {
        Files.writeString(
                folder.resolve("config.json"), "{\"model_type\":\"llama\",\"quantization_config\":" + settings + "}");
        writer.write(folder.resolve("model.safetensors"));
        return WeightsFiles.open(folder);
    }

    private int[][] integers(int rows, int columns, int below) {
        int[][] integers = new int[rows][columns];
        for (int[] row : integers) {
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextInt(below);
            }
        }
        return integers;
    }

    /** Factors that F16 holds exactly, and their products with small integers too. */
    private float[] scales() {
        float[] scales = new float[GROUPS * OUTPUTS];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (1 + random.nextInt(31)) / 1024f;
        }
        return scales;
    }

    /** Eight columns a word; place p of it, from the lowest bits on, holds column {@code columnAt(p)} of the eight. */
    private static int[] packed(int[][] integers, int offset, IntUnaryOperator columnAt) {
        int columns = integers[0].length;
        int[] words = new int[integers.length * columns / 8];
        for (int row = 0; row < integers.length; row++) {
            for (int word = 0; word < columns / 8; word++) {
                for (int place = 0; place < 8; place++) {
                    int value = integers[row][8 * word + columnAt.applyAsInt(place)] + offset;
                    words[row * columns / 8 + word] |= value << 4 * place;
                }
            }
        }
        return words;
    }

    private static byte[] bytes(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            bytes.putInt(word);
        }
        return bytes.array();
    }
}
