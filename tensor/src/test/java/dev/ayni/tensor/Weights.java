package dev.ayni.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;

/** Weights made for tests: any bytes are valid blocks, once their scales are numbers of a usual size. */
public final class Weights {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Weights() {}

    /** A weight matrix of any type. */
    public static HostTensor random(Arena arena, DType type, int rows, int width, int seed) {
        Random random = new Random(seed);
        long values = (long) rows * width;
        MemorySegment data = arena.allocate(type.bytes(values), 64);
        switch (type) {
            case F32 -> {
                for (long i = 0; i < values; i++) {
                    data.set(ValueLayout.JAVA_FLOAT, 4 * i, (float) random.nextGaussian());
                }
            }
            case F16 -> {
                for (long i = 0; i < values; i++) {
                    data.set(SHORT, 2 * i, Float.floatToFloat16((float) random.nextGaussian()));
                }
            }
            case BF16 -> {
                for (long i = 0; i < values; i++) {
                    data.set(SHORT, 2 * i, (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >> 16));
                }
            }
            default -> {
                byte[] bytes = new byte[(int) data.byteSize()];
                random.nextBytes(bytes);
                MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
                for (long block = 0; block < values / type.blockValues(); block++) {
                    for (int at : scales(type)) {
                        short scale = Float.floatToFloat16((float) random.nextGaussian() / 64);
                        data.set(SHORT, block * type.blockBytes() + at, scale);
                    }
                    if (type == DType.IQ1_M) { // its factor's highest bits: about 2^-6
                        long last = block * type.blockBytes() + 54;
                        data.set(SHORT, last, (short) (data.get(SHORT, last) & 0xfff | 0x2000));
                    }
                    if (type == DType.MXFP4) {
                        data.set(ValueLayout.JAVA_BYTE, block * type.blockBytes(), (byte) (115 + random.nextInt(10)));
                    }
                }
            }
        }
        return new HostTensor(type, data, rows, width);
    }

    /** Where binary16 factors stand in a block. */
    private static int[] scales(DType type) {
        return switch (type) {
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
            case TQ1_0 -> new int[] {52};
            case TQ2_0 -> new int[] {64};
            case F32, F16, BF16, MXFP4, NVFP4, IQ1_M -> new int[0];
            case Q4_0, Q5_0, Q8_0, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ1_S, IQ4_NL, IQ4_XS, Q1_0, Q2_0 ->
                new int[] {0};
        };
    }
}
