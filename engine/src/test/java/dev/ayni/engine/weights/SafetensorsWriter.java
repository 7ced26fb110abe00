package dev.ayni.engine.weights;

import dev.ayni.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.StringJoiner;

/** Writes safetensors files for tests; names must need no escape in JSON. */
public final class SafetensorsWriter {
    private final StringJoiner members = new StringJoiner(",", "{", "}");
    private final LittleEndian numbers = new LittleEndian();

    /** A file without tensors yet. */
    public SafetensorsWriter() {}

    /** A free text about the file; to be called once at most, with what goes between the braces. */
    public SafetensorsWriter notes(String members) {
        this.members.add("\"__metadata__\":{" + members + "}");
        return this;
    }

    /** A tensor of F32. */
    public SafetensorsWriter tensor(String name, float[] values, long... shape) {
        return tensor(name, DType.F32, values, shape);
    }

    /** A tensor of F32, F16 or BF16, each value rounded to the nearest. */
    public SafetensorsWriter tensor(String name, DType type, float[] values, long... shape) {
        return switch (type) {
            case F32 -> tensor(name, "F32", f32(values), shape);
            case F16 -> tensor(name, "F16", f16(values), shape);
            case BF16 -> tensor(name, "BF16", bf16(values), shape);
            default -> throw new IllegalArgumentException("safetensors has no " + type);
        };
    }

    /** A tensor of any type by its name in the format. */
    public SafetensorsWriter tensor(String name, String type, byte[] data, long... shape) {
        return member(name, type, Arrays.toString(shape), numbers.size(), numbers.size() + data.length, data);
    }

    /** A member of the header as it is given, true or not, and bytes that follow. */
    SafetensorsWriter member(String name, String type, String shape, long from, long to, byte[] data) {
        members.add("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, type, shape, from, to));
        numbers.bytes(data);
        return this;
    }

    /** The file. */
    public byte[] bytes() {
        return file(members.toString(), numbers.toBytes());
    }

    /** Writes the file and gives its path back. */
    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    /** A file of a header and numbers as they are given. */
    static byte[] file(String header, byte[] numbers) {
        byte[] utf8 = header.getBytes(StandardCharsets.UTF_8);
        return new LittleEndian().u64(utf8.length).bytes(utf8).bytes(numbers).toBytes();
    }

    /** A folder's index: which tensor lies in which file, two by two. */
    static String index(String... tensorAndFile) {
        StringJoiner map = new StringJoiner(",", "{\"metadata\":{\"total_size\":1},\"weight_map\":{", "}}");
        for (int i = 0; i < tensorAndFile.length; i += 2) {
            map.add("\"%s\":\"%s\"".formatted(tensorAndFile[i], tensorAndFile[i + 1]));
        }
        return map.toString();
    }

    static byte[] f32(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static byte[] f16(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putShort(Float.floatToFloat16(value));
        }
        return bytes.array();
    }

    private static byte[] bf16(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            int bits = Float.floatToRawIntBits(value);
            bytes.putShort((short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16)); // to the nearest, ties to even
        }
        return bytes.array();
    }
}
