package dev.ayni.engine.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keys and values for the head of a GGUF file, as they will be written; in the order in which they were put. */
public final class GgufKeys {
    private final Map<String, byte[]> values = new LinkedHashMap<>();

    /** No keys yet. */
    public GgufKeys() {}

    /**
     * All keys of a GGUF file, with the types that they have there.
     *
     * @throws IllegalArgumentException if the metadata is not of a GGUF file
     */
    public static GgufKeys copyOf(Metadata metadata) {
        if (!(metadata instanceof GgufMetadata gguf)) {
            throw new IllegalArgumentException("%s is no GGUF file".formatted(metadata.source()));
        }
        GgufKeys keys = new GgufKeys();
        gguf.values().forEach((key, value) -> keys.values.put(key, encoded(typeOf(gguf, key), value)));
        return keys;
    }

    private static GgufType typeOf(GgufMetadata gguf, String key) {
        GgufType type = gguf.types().get(key);
        if (type == null) {
            throw new IllegalStateException("No type is known of the key '%s'".formatted(key));
        }
        return type;
    }

    /** A text. */
    public GgufKeys text(String key, String value) {
        return put(key, GgufType.STRING, value);
    }

    /** A whole number from 0 on, of 32 bits. */
    public GgufKeys number(String key, long value) {
        return put(key, GgufType.UINT32, value);
    }

    /** A number, as a float. */
    public GgufKeys real(String key, double value) {
        return put(key, GgufType.FLOAT32, value);
    }

    public GgufKeys flag(String key, boolean value) {
        return put(key, GgufType.BOOL, value);
    }

    public GgufKeys texts(String key, List<String> values) {
        Bytes to = array(GgufType.STRING, values.size());
        values.forEach(to::text);
        return raw(key, to);
    }

    public GgufKeys integers(String key, int... values) {
        Bytes to = array(GgufType.INT32, values.length);
        for (int value : values) {
            to.int32(value);
        }
        return raw(key, to);
    }

    public GgufKeys reals(String key, float... values) {
        Bytes to = array(GgufType.FLOAT32, values.length);
        for (float value : values) {
            to.int32(Float.floatToRawIntBits(value));
        }
        return raw(key, to);
    }

    public GgufKeys flags(String key, boolean... values) {
        Bytes to = array(GgufType.BOOL, values.length);
        for (boolean value : values) {
            to.write(value ? 1 : 0);
        }
        return raw(key, to);
    }

    public GgufKeys bytes(String key, byte... values) {
        Bytes to = array(GgufType.UINT8, values.length);
        to.writeBytes(values);
        return raw(key, to);
    }

    /** Takes a key out, if it is there. */
    public GgufKeys remove(String key) {
        values.remove(key);
        return this;
    }

    /** How many bytes a tensor's place is a multiple of: "general.alignment", or 32. */
    int alignment() {
        byte[] stated = values.get("general.alignment");
        return stated == null
                ? 32
                : ByteBuffer.wrap(stated).order(ByteOrder.LITTLE_ENDIAN).getInt(Integer.BYTES);
    }

    int count() {
        return values.size();
    }

    void writeTo(Bytes to) {
        values.forEach((key, value) -> {
            to.text(key);
            to.writeBytes(value);
        });
    }

    private GgufKeys put(String key, GgufType type, Object value) {
        values.put(key, encoded(type, value));
        return this;
    }

    private GgufKeys raw(String key, Bytes value) {
        values.put(key, value.toByteArray());
        return this;
    }

    private static Bytes array(GgufType type, int size) {
        Bytes to = new Bytes();
        to.int32(GgufType.ARRAY.ordinal());
        to.int32(type.ordinal());
        to.int64(size);
        return to;
    }

    private static byte[] encoded(GgufType type, Object value) {
        Bytes to = new Bytes();
        to.int32(type.ordinal());
        write(to, type, value);
        return to.toByteArray();
    }

    private static void write(Bytes to, GgufType type, Object value) {
        switch (type) {
            case STRING -> to.text((String) value);
            case BOOL -> to.write((Boolean) value ? 1 : 0);
            case FLOAT32 -> to.int32(Float.floatToRawIntBits(((Number) value).floatValue()));
            case FLOAT64 -> to.int64(Double.doubleToRawLongBits(((Number) value).doubleValue()));
            case UINT64 -> to.int64(value instanceof Double large ? unsigned(large) : (Long) value);
            case INT64 -> to.int64((Long) value);
            case UINT32, INT32 -> to.int32((int) (long) (Long) value);
            case UINT16, INT16 -> {
                to.write((int) (long) (Long) value);
                to.write((int) ((Long) value >> 8));
            }
            case UINT8, INT8 -> to.write((int) (long) (Long) value);
            case ARRAY -> {
                GgufArray array = (GgufArray) value;
                to.int32(array.type().ordinal());
                to.int64(array.size());
                byte[] asStored = array.storedWide();
                if (asStored != null) {
                    to.writeBytes(asStored);
                } else {
                    array.forEach(element -> write(to, array.type(), element));
                }
            }
        }
    }

    /** What was read as the nearest double, because it exceeds a long. */
    private static long unsigned(double value) {
        return (long) (value / 2) << 1;
    }

    /** Bytes in GGUF's order, the lowest first. */
    static final class Bytes extends ByteArrayOutputStream {
        void int32(int value) {
            for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                write(value >> shift);
            }
        }

        void int64(long value) {
            int32((int) value);
            int32((int) (value >> Integer.SIZE));
        }

        void text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            int64(utf8.length);
            writeBytes(utf8);
        }
    }
}
