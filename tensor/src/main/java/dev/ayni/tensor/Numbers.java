package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers of a tensor in Java memory, whatever their type: every type reads as floats, and plain ones are written. */
public final class Numbers {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Numbers() {}

    /**
     * Reads values {@code first} to {@code first + count - 1}, counted over the whole tensor, into {@code to} from index
     * {@code at} on. Values in blocks are read as whole blocks.
     */
    public static void read(Tensor tensor, long first, int count, float[] to, int at) {
        MemorySegment data = ((HostTensor) tensor).data();
        DType type = tensor.type();
        switch (type) {
            case F32 -> MemorySegment.copy(data, FLOAT, 4 * first, to, at, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    to[at + i] = Float.float16ToFloat(data.get(SHORT, 2 * (first + i)));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    to[at + i] = Float.intBitsToFloat(data.get(SHORT, 2 * (first + i)) << 16);
                }
            }
            default -> {
                BlockFormat format = BlockFormat.of(type);
                UnpackedRow unpacked = new UnpackedRow(count);
                format.unpack(bytes(tensor, first, count), 0, count, unpacked);
                float[] values = new float[count];
                format.dequantize(unpacked, count, values);
                System.arraycopy(values, 0, to, at, count);
            }
        }
    }

    /** All of a tensor's numbers. */
    public static float[] read(Tensor tensor) {
        int count = Math.toIntExact(tensor.values());
        float[] values = new float[count];
        read(tensor, 0, count, values, 0);
        return values;
    }

    /** The bytes of values {@code first} to {@code first + count - 1}, which are whole blocks. */
    static byte[] bytes(Tensor tensor, long first, int count) {
        byte[] bytes = new byte[Math.toIntExact(tensor.type().bytes(count))];
        copyBytes(tensor, first, count, bytes);
        return bytes;
    }

    static void copyBytes(Tensor tensor, long first, int count, byte[] to) {
        DType type = tensor.type();
        MemorySegment data = ((HostTensor) tensor).data();
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, type.bytes(first), to, 0, Math.toIntExact(type.bytes(count)));
    }

    /**
     * Writes {@code count} numbers from index {@code at} on to values {@code first} and following; to F16 rounded to nearest,
     * ties to even.
     *
     * @throws IllegalArgumentException if the tensor is neither F32 nor F16
     */
    public static void write(float[] from, int at, int count, Tensor tensor, long first) {
        MemorySegment data = ((HostTensor) tensor).data();
        switch (tensor.type()) {
            case F32 -> MemorySegment.copy(from, at, data, FLOAT, 4 * first, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    data.set(SHORT, 2 * (first + i), Float.floatToFloat16(from[at + i]));
                }
            }
            default ->
                throw new IllegalArgumentException(
                        "Results and cache pages are F32 or F16; this tensor is %s".formatted(tensor));
        }
    }
}
