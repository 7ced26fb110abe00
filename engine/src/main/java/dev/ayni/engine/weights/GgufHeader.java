package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A walk through the header of a GGUF file, from the magic to the last tensor's description. Every length is compared with
 * what is left of the file before anything is read or reserved.
 */
final class GgufHeader {
    /** The longest header that is read. The largest published ones, with half a million merges, take about 20 MB. */
    static final int MOST_BYTES = 64 << 20;

    private static final int MOST_NAME_BYTES = 65_535;
    private static final int MOST_STRINGS = 1 << 21;
    private static final int MOST_INNER_ARRAYS = 1 << 16;
    private static final int DEEPEST = 8;

    private final ByteBuffer bytes;
    private final String file;
    private final long fileBytes;
    private boolean wide = true;
    private int at;
    private int strings;
    private int innerArrays;

    /**
     * @param file its name, for letters
     * @param start the file's first bytes, all of them or {@link #MOST_BYTES}
     */
    GgufHeader(String file, ByteBuffer start, long fileBytes) {
        this.file = file;
        this.bytes = start.order(ByteOrder.LITTLE_ENDIAN);
        this.fileBytes = fileBytes;
    }

    /** A second walk, over what a first one found sound. */
    GgufHeader(ByteBuffer checked, boolean wide) {
        this.file = "";
        this.bytes = checked;
        this.fileBytes = checked.capacity();
        this.wide = wide;
    }

    /** From here on lengths, counts and dimensions take 32 bits, as in version 1. */
    void narrow() {
        wide = false;
    }

    /** How many bytes have been read. */
    int position() {
        return at;
    }

    int int32(String what) {
        need(Integer.BYTES, what);
        int value = bytes.getInt(at);
        at += Integer.BYTES;
        return value;
    }

    long int64(String what) {
        need(Long.BYTES, what);
        long value = bytes.getLong(at);
        at += Long.BYTES;
        return value;
    }

    /** A length, count or dimension: 64 bits, or 32 in version 1. */
    long size(String what) {
        return wide ? int64(what) : Integer.toUnsignedLong(int32(what));
    }

    /** A count of things that take so many bytes at least, so that a count that lies is seen before it is believed. */
    int count(String what, int bytesEach, int most) {
        long count = size(what);
        if (count < 0 || count > most) {
            throw broken("%s is %s, and at most %d are read".formatted(what, Long.toUnsignedString(count), most));
        }
        if (count * bytesEach > fileBytes - at) {
            throw broken("%s is %d, and what is left of the file (%d bytes) cannot hold so many"
                    .formatted(what, count, fileBytes - at));
        }
        return (int) count;
    }

    /** A name of a key or tensor; bytes that are not UTF-8 are replaced by U+FFFD. */
    String name(String what) {
        long length = size(what);
        if (length < 0 || length > MOST_NAME_BYTES) {
            throw broken("%s is %s bytes long, and names have at most %d"
                    .formatted(what, Long.toUnsignedString(length), MOST_NAME_BYTES));
        }
        return text((int) length, what);
    }

    /** The type number of a value. */
    GgufType type(String what) {
        int number = int32(what);
        GgufType type = GgufType.of(number);
        if (type == null) {
            throw broken("%s is %s, and GGUF knows 0 to 12".formatted(what, Integer.toUnsignedString(number)));
        }
        return type;
    }

    /** The value of a key, which stands after its type. */
    Object value(GgufType type, String key) {
        String what = "the value of " + quoted(key);
        return switch (type) {
            case STRING -> text(stringLength(what), what);
            case ARRAY -> array(what);
            default -> {
                need(type.bytes(), what);
                int from = at;
                at += type.bytes();
                yield type.read(bytes, from);
            }
        };
    }

    GgufArray array(String what) {
        return array(what, 1);
    }

    private GgufArray array(String what, int depth) {
        if (depth > DEEPEST) {
            throw broken("%s is an array in an array, %d deep and more, and at most %d are read"
                    .formatted(what, depth, DEEPEST));
        }
        GgufType type = type("the element type of " + what);
        int least = switch (type) {
            case STRING -> sizeBytes();
            case ARRAY -> Integer.BYTES + sizeBytes();
            default -> type.bytes();
        };
        int size = count("the number of elements of " + what, least, Integer.MAX_VALUE);
        int from = at;
        switch (type) {
            case STRING -> {
                strings += size;
                if (strings < 0 || strings > MOST_STRINGS) {
                    throw broken("%s makes more than %d texts in arrays".formatted(what, MOST_STRINGS));
                }
                for (int i = 0; i < size; i++) {
                    int length = stringLength(what);
                    at += length;
                }
            }
            case ARRAY -> {
                innerArrays += size;
                if (innerArrays < 0 || innerArrays > MOST_INNER_ARRAYS) {
                    throw broken("%s makes more than %d arrays in arrays".formatted(what, MOST_INNER_ARRAYS));
                }
                for (int i = 0; i < size; i++) {
                    array(what, depth + 1);
                }
            }
            default -> {
                need((long) size * type.bytes(), what);
                at += size * type.bytes();
            }
        }
        return new GgufArray(type, size, bytes.slice(from, at - from).order(ByteOrder.LITTLE_ENDIAN), wide);
    }

    private int stringLength(String what) {
        long length = size(what);
        need(length, what);
        return (int) length;
    }

    private String text(int length, String what) {
        need(length, what);
        byte[] text = new byte[length];
        bytes.get(at, text);
        at += length;
        return new String(text, StandardCharsets.UTF_8);
    }

    private int sizeBytes() {
        return wide ? Long.BYTES : Integer.BYTES;
    }

    private void need(long count, String what) {
        if (count >= 0 && count <= bytes.capacity() - at) {
            return;
        }
        if (count >= 0 && count <= fileBytes - at) {
            throw broken("%s (%d bytes at byte %d) makes the header longer than %d bytes"
                    .formatted(what, count, at, MOST_BYTES));
        }
        throw broken("%s should take %s bytes at byte %d, and the file ends after %d"
                .formatted(what, Long.toUnsignedString(count), at, fileBytes));
    }

    /** The letter for a header that contradicts itself or the file. */
    WeightsException broken(String found) {
        return new WeightsException(
                "%s: %s. The file is damaged, was cut short, or was made to do harm. Get it again or from another source, and compare its SHA-256 with the publisher's."
                        .formatted(file, found));
    }
}
