package dev.ayni.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

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
                HostTensor host = (HostTensor) tensor;
                // a factor holds for one part alone: what is read may reach over several
                long part = host.factors().length == 1 ? first + count : host.values() / host.size(0);
                for (int done = 0; done < count; ) {
                    long from = first + done;
                    int next = (int) Math.min(count - done, part - from % part);
                    format.unpack(host, bytes(tensor, from, next), from, next, unpacked);
                    float[] values = new float[next];
                    format.dequantize(unpacked, next, values);
                    System.arraycopy(values, 0, to, at + done, next);
                    done += next;
                }
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
     * ties to even, to Q8_0 as whole blocks, quantised like activations.
     *
     * @throws IllegalArgumentException if the tensor is neither F32 nor F16 nor Q8_0
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
            case Q8_0 -> writeBlocks(from, at, count, data, DType.Q8_0.bytes(first));
            default ->
                throw new IllegalArgumentException(
                        "Results are F32, cache pages F32, F16 or Q8_0; this tensor is %s".formatted(tensor));
        }
    }

    private static void writeBlocks(float[] from, int at, int count, MemorySegment to, long place) {
        int[] q = new int[count];
        float[] x = Arrays.copyOfRange(from, at, at + count);
        for (int first = 0; first < count; first += Arithmetic.GROUP) {
            to.set(SHORT, place, Float.floatToFloat16(Arithmetic.quantize(x, q, first)));
            for (int i = 0; i < Arithmetic.GROUP; i++) {
                to.set(ValueLayout.JAVA_BYTE, place + 2 + i, (byte) q[first + i]);
            }
            place += DType.Q8_0.blockBytes();
        }
    }
}
