package dev.ayni.engine.weights;

import dev.ayni.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files for tests. */
public final class GgufWriter {
    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int UINT64 = 10;
    private static final int FLOAT64 = 12;
    private static final int[] BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    private record Value(int type, Object value) {}

    private record Stored(String name, int type, MemorySegment data, List<Long> shape) {}

    private final Map<String, Value> values = new LinkedHashMap<>();
    private final List<Stored> tensors = new ArrayList<>();
    private int version = 3;

    /** A file without keys and tensors yet. */
    public GgufWriter() {}

    /** 1, 2 or 3; 3 unless it is said. */
    public GgufWriter version(int number) {
        version = number;
        return this;
    }

    /**
     * A key: an Integer becomes UINT32, a Long UINT64, a Float FLOAT32, a Double FLOAT64, then Boolean and String; an int[]
     * becomes an array of INT32, a float[] of FLOAT32, a List of what its first element is.
     */
    public GgufWriter put(String key, Object value) {
        return put(key, type(value), value);
    }

    /** A key whose type in the file is given by its number. */
    public GgufWriter put(String key, int type, Object value) {
        values.put(key, new Value(type, value));
        return this;
    }

    /** A tensor of F32, its shape outermost dimension first. */
    public GgufWriter tensor(String name, float[] numbers, long... shape) {
        return tensor(name, DType.F32, SafetensorsWriter.f32(numbers), shape);
    }

    /** A tensor of ready bytes, its shape outermost dimension first. */
    public GgufWriter tensor(String name, DType type, byte[] data, long... shape) {
        return tensor(name, type.ggmlId(), data, shape);
    }

    /** A tensor of a type given by its number in ggml. */
    public GgufWriter tensor(String name, int type, byte[] data, long... shape) {
        tensors.add(new Stored(
                name,
                type,
                MemorySegment.ofArray(data),
                Arrays.stream(shape).boxed().toList()));
        return this;
    }

    /** Leaves out a tensor that was given before. */
    public GgufWriter without(String name) {
        tensors.removeIf(tensor -> tensor.name().equals(name));
        return this;
    }

    /** The file. */
    public byte[] bytes() {
        LittleEndian out = new LittleEndian().ascii("GGUF").u32(version);
        size(out, tensors.size());
        size(out, values.size());
        values.forEach((key, value) -> {
            text(out, key);
            out.u32(value.type());
            value(out, value.type(), value.value());
        });
        Value said = values.get("general.alignment");
        int alignment = said != null && said.value() instanceof Integer n ? n : 32;
        long offset = 0;
        for (Stored tensor : tensors) {
            text(out, tensor.name());
            out.u32(tensor.shape().size());
            tensor.shape().reversed().forEach(size -> size(out, size));
            out.u32(tensor.type()).u64(offset);
            offset += (tensor.data().byteSize() + alignment - 1) / alignment * alignment;
        }
        if (!tensors.isEmpty()) {
            out.pad(alignment);
        }
        int start = out.size();
        for (Stored tensor : tensors) {
            out.bytes(tensor.data().toArray(ValueLayout.JAVA_BYTE));
            while ((out.size() - start) % alignment != 0) {
                out.u8(0);
            }
        }
        return out.toBytes();
    }

    /** Writes the file and gives its path back. */
    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    private static int type(Object value) {
        return switch (value) {
            case Integer _ -> UINT32;
            case Long _ -> UINT64;
            case Float _ -> FLOAT32;
            case Double _ -> FLOAT64;
            case Boolean _ -> BOOL;
            case String _ -> STRING;
            case int[] _ -> ARRAY;
            case float[] _ -> ARRAY;
            case List<?> _ -> ARRAY;
            default -> throw new IllegalArgumentException("GGUF has no " + value.getClass());
        };
    }

    private void value(LittleEndian out, int type, Object value) {
        switch (value) {
            case String text -> text(out, text);
            case Boolean flag -> out.u8(flag ? 1 : 0);
            case Float f -> out.u32(Float.floatToRawIntBits(f));
            case Double d -> out.u64(Double.doubleToRawLongBits(d));
            case Number n -> out.number(n.longValue(), BYTES[type]);
            case int[] numbers -> {
                out.u32(INT32);
                size(out, numbers.length);
                Arrays.stream(numbers).forEach(out::u32);
            }
            case float[] numbers -> {
                out.u32(FLOAT32);
                size(out, numbers.length);
                out.bytes(SafetensorsWriter.f32(numbers));
            }
            case List<?> list -> {
                int element = list.isEmpty() ? STRING : type(list.getFirst());
                out.u32(element);
                size(out, list.size());
                list.forEach(each -> value(out, element, each));
            }
            default -> throw new IllegalArgumentException("GGUF has no " + value.getClass());
        }
    }

    private void text(LittleEndian out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        size(out, utf8.length);
        out.bytes(utf8);
    }

    private void size(LittleEndian out, long size) {
        out.number(size, version == 1 ? 4 : 8);
    }
}
