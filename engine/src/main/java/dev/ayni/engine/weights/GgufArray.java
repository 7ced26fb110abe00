package dev.ayni.engine.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * An array in GGUF's metadata, left where it lies in the file: numbers are read one by one as they are asked for, texts
 * and inner arrays all together at the first question. Readable until the file is closed.
 */
final class GgufArray extends AbstractList<Object> implements RandomAccess {
    private final GgufType type;
    private final int size;
    private final ByteBuffer bytes;
    private final boolean wide;

    /** Texts or inner arrays, once somebody has asked; written whole, so that a race only repeats the work. */
    private volatile Object @Nullable [] elements;

    /**
     * @param bytes the elements exactly, checked by whoever read the file, little-endian
     * @param wide whether lengths take 64 bits, as since version 2, and not 32
     */
    GgufArray(GgufType type, int size, ByteBuffer bytes, boolean wide) {
        this.type = type;
        this.size = size;
        this.bytes = bytes;
        this.wide = wide;
    }

    GgufType type() {
        return type;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Object get(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("%d of an array of %d".formatted(index, size));
        }
        return switch (type) {
            case STRING, ARRAY -> elements()[index];
            default -> type.read(bytes, index * type.bytes());
        };
    }

    /** The elements as version 2 and later store them; null where the file is older and their lengths are shorter. */
    byte @Nullable [] storedWide() {
        if (!wide && (type == GgufType.STRING || type == GgufType.ARRAY)) {
            return null;
        }
        byte[] stored = new byte[bytes.capacity()];
        bytes.get(0, stored);
        return stored;
    }

    /** All numbers as floats, without a box for each. */
    float[] floats() {
        float[] floats = new float[size];
        if (type == GgufType.FLOAT32) {
            bytes.slice().order(bytes.order()).asFloatBuffer().get(floats);
        } else {
            for (int i = 0; i < size; i++) {
                floats[i] = get(i) instanceof Number n ? n.floatValue() : Float.NaN;
            }
        }
        return floats;
    }

    /** All numbers as ints, without a box for each; a larger one loses its upper bits. */
    int[] ints() {
        int[] ints = new int[size];
        if (type == GgufType.INT32 || type == GgufType.UINT32) {
            bytes.slice().order(bytes.order()).asIntBuffer().get(ints);
        } else {
            for (int i = 0; i < size; i++) {
                ints[i] = get(i) instanceof Number n ? n.intValue() : -1;
            }
        }
        return ints;
    }

    /** Whether the elements are whole numbers. */
    boolean integers() {
        return switch (type) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
        };
    }

    private Object[] elements() {
        Object[] known = elements;
        if (known == null) {
            known = type == GgufType.STRING ? strings() : arrays();
            elements = known;
        }
        return known;
    }

    private String[] strings() {
        byte[] all = new byte[bytes.capacity()]; // one copy, as a copy for each text takes most of a cold start
        bytes.get(0, all);
        String[] strings = new String[size];
        int at = 0;
        for (int i = 0; i < size; i++) {
            // the upper half of a 64-bit length is 0: the text lies within these bytes
            int length = (all[at] & 0xFF)
                    | (all[at + 1] & 0xFF) << 8
                    | (all[at + 2] & 0xFF) << 16
                    | (all[at + 3] & 0xFF) << 24;
            at += wide ? Long.BYTES : Integer.BYTES;
            strings[i] = new String(all, at, length, StandardCharsets.UTF_8);
            at += length;
        }
        return strings;
    }

    private GgufArray[] arrays() {
        GgufArray[] arrays = new GgufArray[size];
        GgufHeader header = new GgufHeader(bytes, wide);
        for (int i = 0; i < size; i++) {
            arrays[i] = header.array("an inner array");
        }
        return arrays;
    }
}
