package dev.ayni.engine.weights;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The types of a value in GGUF's metadata; the ordinal is the number in the file. */
enum GgufType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(0),
    ARRAY(0),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private static final GgufType[] BY_NUMBER = values();

    private final int bytes;

    GgufType(int bytes) {
        this.bytes = bytes;
    }

    /** The bytes of one value; 0 where each value says its own length. */
    int bytes() {
        return bytes;
    }

    /** The type of that number; null for a number that no version of the format has. */
    static @Nullable GgufType of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    /** A value of fixed length as Long, Double or Boolean; what exceeds a long becomes the nearest Double. */
    Object read(ByteBuffer bytes, int at) {
        return switch (this) {
            case UINT8 -> (long) Byte.toUnsignedInt(bytes.get(at));
            case INT8 -> (long) bytes.get(at);
            case UINT16 -> (long) Short.toUnsignedInt(bytes.getShort(at));
            case INT16 -> (long) bytes.getShort(at);
            case UINT32 -> Integer.toUnsignedLong(bytes.getInt(at));
            case INT32 -> (long) bytes.getInt(at);
            case FLOAT32 -> (double) bytes.getFloat(at);
            case BOOL -> bytes.get(at) != 0;
            case INT64 -> bytes.getLong(at);
            case FLOAT64 -> bytes.getDouble(at);
            case UINT64 -> {
                long value = bytes.getLong(at);
                if (value >= 0) {
                    yield value;
                }
                yield ((value >>> 1) | (value & 1)) * 2.0;
            }
            case STRING, ARRAY -> throw new AssertionError(this + " has no fixed length");
        };
    }
}
