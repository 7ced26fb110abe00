package dev.ayni.tensor;

/**
 * How a block of one of GGML's formats reads: as integers with a scale for every 32 of them, which is what products of
 * quantised activations need. Layouts are those of ggml's {@code ggml-common.h}; the readers stand by family in {@link
 * SmallBlocks}, {@link KBlocks}, {@link CodebookBlocks}, {@link TernaryBlocks}, {@link BitBlocks}
 * and {@link GridBlocks}.
 */
public final class BlockFormat {
    /** What is added to the scaled integers. */
    public enum Minima {
        /** Nothing. */
        NONE,
        /** One number for the 32 values of a group. */
        GROUP,
        /** One number for each 16 values. */
        HALF
    }

    /** Reads the block that begins at {@code at} into the groups from {@code group} on. */
    interface Reader {
        void read(byte[] bytes, int at, UnpackedRow to, int group);
    }

    /** Values of half a group. */
    static final int HALF = Arithmetic.GROUP / 2;

    private final DType type;
    private final Minima minima;
    private final Reader reader;

    private BlockFormat(DType type, Minima minima, Reader reader) {
        this.type = type;
        this.minima = minima;
        this.reader = reader;
    }

    /**
     * The format of a type.
     *
     * @throws IllegalArgumentException if the type has no blocks
     */
    public static BlockFormat of(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " holds plain floats, not blocks");
            case Q4_0 -> new BlockFormat(type, Minima.NONE, SmallBlocks::q4_0);
            case Q4_1 -> new BlockFormat(type, Minima.GROUP, SmallBlocks::q4_1);
            case Q5_0 -> new BlockFormat(type, Minima.NONE, SmallBlocks::q5_0);
            case Q5_1 -> new BlockFormat(type, Minima.GROUP, SmallBlocks::q5_1);
            case Q8_0 -> new BlockFormat(type, Minima.NONE, SmallBlocks::q8_0);
            case Q2_K -> new BlockFormat(type, Minima.HALF, KBlocks::q2);
            case Q3_K -> new BlockFormat(type, Minima.NONE, KBlocks::q3);
            case Q4_K -> new BlockFormat(type, Minima.GROUP, KBlocks::q4);
            case Q5_K -> new BlockFormat(type, Minima.GROUP, KBlocks::q5);
            case Q6_K -> new BlockFormat(type, Minima.NONE, KBlocks::q6);
            case IQ4_NL -> new BlockFormat(type, Minima.NONE, CodebookBlocks::iq4nl);
            case IQ4_XS -> new BlockFormat(type, Minima.NONE, CodebookBlocks::iq4xs);
            case MXFP4 -> new BlockFormat(type, Minima.NONE, CodebookBlocks::mxfp4);
            case NVFP4 -> new BlockFormat(type, Minima.NONE, CodebookBlocks::nvfp4);
            case TQ1_0 -> new BlockFormat(type, Minima.NONE, TernaryBlocks::tq1);
            case TQ2_0 -> new BlockFormat(type, Minima.NONE, TernaryBlocks::tq2);
            case IQ2_XXS -> new BlockFormat(type, Minima.NONE, GridBlocks::iq2xxs);
            case IQ2_XS -> new BlockFormat(type, Minima.NONE, GridBlocks::iq2xs);
            case IQ2_S -> new BlockFormat(type, Minima.NONE, GridBlocks::iq2s);
            case IQ3_XXS -> new BlockFormat(type, Minima.NONE, GridBlocks::iq3xxs);
            case IQ3_S -> new BlockFormat(type, Minima.NONE, GridBlocks::iq3s);
            case IQ1_S -> new BlockFormat(type, Minima.NONE, GridBlocks::iq1s);
            case IQ1_M -> new BlockFormat(type, Minima.NONE, GridBlocks::iq1m);
            case Q1_0 -> new BlockFormat(type, Minima.NONE, BitBlocks::q1);
            case Q2_0 -> new BlockFormat(type, Minima.NONE, BitBlocks::q2);
        };
    }

    /** What is added to the scaled integers. */
    public Minima minima() {
        return minima;
    }

    /** Whether the second half of a group has a scale of its own. */
    public boolean twoScales() {
        return type == DType.NVFP4;
    }

    /**
     * Unpacks values that lie one block after the other.
     *
     * @param bytes whole blocks from {@code at} on
     * @param values how many values: whole blocks of them
     * @param to receives them from its first group on
     */
    public void unpack(byte[] bytes, int at, int values, UnpackedRow to) {
        int groups = type.blockValues() / Arithmetic.GROUP;
        for (int block = 0; block < values / type.blockValues(); block++) {
            reader.read(bytes, at + block * type.blockBytes(), to, block * groups);
        }
    }

    /**
     * Unpacks a row of a tensor, with its factor.
     *
     * @param bytes the row's
     * @param first the number of its first value in the whole tensor
     */
    public void unpack(HostTensor tensor, byte[] bytes, long first, int values, UnpackedRow to) {
        unpack(bytes, 0, values, to);
        to.times(tensor.factor(first));
    }

    /** The numbers that an unpacked row stands for: {@code d * w + n}, rounded after either operation. */
    public void dequantize(UnpackedRow row, int values, float[] to) {
        for (int first = 0; first < values; first += HALF) {
            boolean second = twoScales() && first % Arithmetic.GROUP != 0;
            float d = second ? row.n[first / HALF] : row.d[first / Arithmetic.GROUP];
            float n = switch (minima) {
                case NONE -> -0f; // unlike +0, leaves every number as it is
                case GROUP -> row.n[first / Arithmetic.GROUP * 2];
                case HALF -> row.n[first / HALF];
            };
            for (int i = first; i < first + HALF; i++) {
                to[i] = d * row.w[i] + n;
            }
        }
    }

    /** A binary16 number, widened. */
    static float f16(byte[] bytes, int at) {
        return Float.float16ToFloat((short) u16(bytes, at));
    }

    static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) | ((bytes[at + 1] & 0xff) << 8);
    }

    static int i32(byte[] bytes, int at) {
        return u16(bytes, at) | (u16(bytes, at + 2) << 16);
    }

    /** Bits {@code shift} to {@code shift + bits - 1} of a byte. */
    static int bits(byte b, int shift, int bits) {
        return ((b & 0xff) >> shift) & ((1 << bits) - 1);
    }
}
