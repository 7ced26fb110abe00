package dev.ayni.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The types a number in a weight file or in memory can have: plain floats, or GGML's block formats, in which a block of
 * values shares scales. The name is GGML's; the number is its identifier in GGUF files.
 */
public enum DType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    BF16(30, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ1_M(29, 256, 56),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36),
    Q1_0(41, 128, 18),
    Q2_0(42, 64, 18);

    private final int ggmlId;
    private final int blockValues;
    private final int blockBytes;

    DType(int ggmlId, int blockValues, int blockBytes) {
        this.ggmlId = ggmlId;
        this.blockValues = blockValues;
        this.blockBytes = blockBytes;
    }

    /** The identifier in GGUF files. */
    public int ggmlId() {
        return ggmlId;
    }

    /** How many values share a block; 1 for plain floats. */
    public int blockValues() {
        return blockValues;
    }

    /** How many bytes a block takes. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether values are stored in blocks with scales, so that products quantise their activations. */
    public boolean quantized() {
        return blockValues > 1;
    }

    /**
     * The bytes that so many values take.
     *
     * @throws ArithmeticException if the values are not whole blocks, or the bytes exceed a long
     */
    public long bytes(long values) {
        if (values % blockValues != 0) {
            throw new ArithmeticException(
                    "%d values are not whole blocks of %s, which hold %d each".formatted(values, name(), blockValues));
        }
        return Math.multiplyExact(values / blockValues, (long) blockBytes);
    }

    /** All names, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }
}
