package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BlockQuantizerTest {
    private static final int WIDTH = 512;

    static Stream<DType> made() {
        return Arrays.stream(DType.values()).filter(BlockQuantizer::makes);
    }

    @Test
    void blocksAreThoseOfTheReferenceQuantizerToTheByte() throws IOException {
        Map<String, ByteBuffer> reference = BlockFormatTest.reference();
        ByteBuffer input = Objects.requireNonNull(reference.get("quantize.input"));
        float[] x = new float[input.remaining() / 4];
        input.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(x);
        Set<DType> compared = EnumSet.noneOf(DType.class);
        for (DType type : DType.values()) {
            ByteBuffer expected = reference.get("quantize." + type);
            if (expected == null) {
                continue;
            }
            byte[] blocks = new byte[expected.remaining()];
            expected.get(0, blocks);
            assertThat(quantized(type, x, null)).as(type.name()).isEqualTo(blocks);
            compared.add(type);
        }
        assertThat(compared).hasSizeGreaterThanOrEqualTo(10);
    }

    /** How much of a row's mean square is lost, at most: what a few bits a value can hold of a normal distribution. */
    private static double mostLost(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> 1e-5;
            case Q8_0 -> 1e-4;
            case Q6_K -> 5e-4;
            case Q5_0, Q5_1, Q5_K -> 2e-3;
            case Q4_0, Q4_1, Q4_K, IQ4_NL, IQ4_XS -> 1e-2;
            case MXFP4, Q3_K -> 4e-2;
            case Q2_K -> 0.1;
            default -> 0.7; // ternary: made for models that were trained so
        };
    }

    @ParameterizedTest
    @MethodSource("made")
    void whatIsReadAgainIsNearTheFloats(DType type) {
        float[] x = normal(8 * WIDTH);
        assertThat(lost(type, x, null, null)).isLessThan(mostLost(type));
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"})
    void whatIsImportantLosesLessAtTheCostOfTheRest(DType type) {
        float[] x = normal(8 * WIDTH);
        float[] importance = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            importance[i] = i % 8 == 0 ? 100 : 0.1f;
        }
        assertThat(lost(type, x, importance, importance)).isLessThan(lost(type, x, null, importance));
    }

    @ParameterizedTest
    @MethodSource("made")
    void zerosStayZerosAndNothingElseIsWritten(DType type) {
        byte[] to = new byte[(int) type.bytes(WIDTH) + 2];
        Arrays.fill(to, (byte) 0x5a);
        BlockQuantizer.of(type).quantize(new float[WIDTH], 0, WIDTH, null, to, 1);
        assertThat(to[0]).isEqualTo((byte) 0x5a);
        assertThat(to[to.length - 1]).isEqualTo((byte) 0x5a);
        byte[] blocks = Arrays.copyOfRange(to, 1, to.length - 1);
        float[] read = Numbers.read(new HostTensor(type, MemorySegment.ofArray(blocks), WIDTH));
        for (float value : read) {
            assertThat(value).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("made")
    void rowsOfAnySizeOfNumberAreReadAgainAsNumbers(DType type) {
        for (float size : new float[] {1e-30f, 1e-12f, 1e-6f, 1, 1e3f}) {
            float[] x = normal(WIDTH);
            for (int i = 0; i < WIDTH; i++) {
                x[i] = i < 32 ? -size : i < 64 ? size * i : x[i] * size;
            }
            byte[] blocks = quantized(type, x, null);
            for (float value : Numbers.read(new HostTensor(type, MemorySegment.ofArray(blocks), WIDTH))) {
                assertThat(value).isFinite();
            }
        }
    }

    @Test
    void floatsRoundToTheNearestTiesToEven() {
        float[] x = {1 + 0x1p-8f, 1 + 0x3p-8f, 1 + 0x1.0002p-8f, Float.MAX_VALUE};
        byte[] bf16 = quantized(DType.BF16, x, null);
        assertThat(Numbers.read(new HostTensor(DType.BF16, MemorySegment.ofArray(bf16), 4)))
                .containsExactly(1, 1 + 0x1p-6f, 1 + 0x1p-7f, Float.POSITIVE_INFINITY);
    }

    @Test
    void aTypeThatIsOnlyReadSaysSo() {
        Arrays.stream(DType.values())
                .filter(type -> !BlockQuantizer.makes(type))
                .forEach(type -> assertThatThrownBy(() -> BlockQuantizer.of(type))
                        .hasMessageContaining(type.name())
                        .hasMessageContaining("only read"));
    }

    /** The share of the weighed squares that errors have. */
    private static double lost(DType type, float[] x, float @Nullable [] importance, float @Nullable [] weights) {
        byte[] blocks = quantized(type, x, importance);
        float[] read = Numbers.read(new HostTensor(type, MemorySegment.ofArray(blocks), x.length));
        double error = 0;
        double squares = 0;
        for (int i = 0; i < x.length; i++) {
            double w = weights == null ? 1 : weights[i % WIDTH];
            error += w * (read[i] - x[i]) * (read[i] - x[i]);
            squares += w * x[i] * x[i];
        }
        return error / squares;
    }

    private static byte[] quantized(DType type, float[] x, float @Nullable [] importance) {
        byte[] to = new byte[(int) type.bytes(x.length)];
        int width = importance == null ? x.length : importance.length;
        for (int row = 0; row < x.length; row += width) {
            BlockQuantizer.of(type).quantize(x, row, width, importance, to, (int) type.bytes(row));
        }
        return to;
    }

    private static float[] normal(int count) {
        Random random = new Random(11);
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = 0.02f * (float) random.nextGaussian();
        }
        return x;
    }
}
