package dev.ayni.tensor;

import org.jspecify.annotations.Nullable;

/**
 * Makes blocks of one of GGML's formats of floats: what {@link BlockFormat} reads. The choice of scales is that of ggml's
 * {@code ggml-quants.c}, so that files are as good as those of {@code llama-quantize}: without importance, blocks of the
 * formats of 32 values and of the ternary ones are equal to the byte to those of the Python package {@code gguf}; those of
 * the others lie as near to the floats or nearer. The quantisers stand by family in {@link SmallQuantizers}, {@link
 * KQuantizers}, {@link CodebookQuantizers} and {@link TernaryQuantizers}. They keep nothing: any number of threads may use
 * one.
 */
public final class BlockQuantizer {
    /** Makes the blocks of one row. */
    interface Writer {
        /** Makes them; the parameters are those of {@link BlockQuantizer#quantize}. */
        void write(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at);
    }

    private final DType type;
    private final Writer writer;

    private BlockQuantizer(DType type, Writer writer) {
        this.type = type;
        this.writer = writer;
    }

    /** Whether blocks of a type can be made here, and F32, F16 and BF16 written. */
    public static boolean makes(DType type) {
        return writer(type) != null;
    }

    /**
     * The quantiser of a type; those of F32, F16 and BF16 round to nearest, ties to even.
     *
     * @throws IllegalArgumentException if nothing makes this type
     */
    public static BlockQuantizer of(DType type) {
        Writer writer = writer(type);
        if (writer == null) {
            throw new IllegalArgumentException("Nothing makes %s of floats, it is only read".formatted(type));
        }
        return new BlockQuantizer(type, writer);
    }

    private static @Nullable Writer writer(DType type) {
        return switch (type) {
            case F32 -> SmallQuantizers::f32;
            case F16 -> SmallQuantizers::f16;
            case BF16 -> SmallQuantizers::bf16;
            case Q4_0 -> SmallQuantizers::q4_0;
            case Q4_1 -> SmallQuantizers::q4_1;
            case Q5_0 -> SmallQuantizers::q5_0;
            case Q5_1 -> SmallQuantizers::q5_1;
            case Q8_0 -> SmallQuantizers::q8_0;
            case Q2_K -> KQuantizers::q2;
            case Q3_K -> KQuantizers::q3;
            case Q4_K -> KQuantizers::q4;
            case Q5_K -> KQuantizers::q5;
            case Q6_K -> KQuantizers::q6;
            case IQ4_NL -> CodebookQuantizers::iq4nl;
            case IQ4_XS -> CodebookQuantizers::iq4xs;
            case MXFP4 -> CodebookQuantizers::mxfp4;
            case TQ1_0 -> TernaryQuantizers::tq1;
            case TQ2_0 -> TernaryQuantizers::tq2;
            case IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ1_S, IQ1_M, NVFP4, Q1_0, Q2_0 -> null;
        };
    }

    /** What it makes. */
    public DType type() {
        return type;
    }

    /**
     * Quantises one row of a matrix.
     *
     * @param x holds the row's values from {@code first} on, all finite
     * @param count how many: whole blocks of them
     * @param importance for each of the row's values, how much the square of its error weighs (not negative); null weighs
     *     them as ggml does without an importance matrix. Formats that have no use for it leave it aside.
     * @param to receives {@code type().bytes(count)} bytes from {@code at} on
     */
    public void quantize(float[] x, int first, int count, float @Nullable [] importance, byte[] to, int at) {
        assert count % type.blockValues() == 0 : count;
        writer.write(x, first, count, importance, to, at);
    }

    static void putHalf(byte[] to, int at, float value) {
        putShort(to, at, Float.floatToFloat16(value));
    }

    static void putShort(byte[] to, int at, int bits) {
        to[at] = (byte) bits;
        to[at + 1] = (byte) (bits >> 8);
    }

    static void putInt(byte[] to, int at, int bits) {
        putShort(to, at, bits);
        putShort(to, at + 2, bits >> 16);
    }
}
