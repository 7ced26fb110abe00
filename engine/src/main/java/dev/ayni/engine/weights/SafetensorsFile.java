package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/**
 * One safetensors file, by itself: tensors by name, mapped. Any type can be listed and read as bytes; F32, F16 and BF16 can
 * be computed with.
 */
public final class SafetensorsFile implements AutoCloseable {
    /*
     * u64 length of the header, the header as a JSON object, then the numbers
     * {"__metadata__": {text: text}, NAME: {"dtype": "F32", "shape": [out, in], "data_offsets": [from, to]}, ...}
     *
     * Offsets count from the header's end; together they cover every byte, without gap or overlap.
     * https://huggingface.co/docs/safetensors
     */
    private static final long MOST_HEADER_BYTES = 100_000_000; // the bound of the format's own library
    private static final int MOST_TENSORS = 1 << 16;
    private static final int MOST_DIMENSIONS = 64;
    private static final int MOST_NOTES = 16 << 20;

    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("F4", 4),
            Map.entry("F6_E2M3", 6),
            Map.entry("F6_E3M2", 6),
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("F8_E8M0", 8),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("I64", 64),
            Map.entry("U64", 64),
            Map.entry("F64", 64),
            Map.entry("C64", 64));

    private final Path path;
    private final Map<String, MappedTensor> tensors;
    private final Map<String, String> notes;
    private final long bytes;
    private final Arena arena;

    private SafetensorsFile(
            Path path, Map<String, MappedTensor> tensors, Map<String, String> notes, long bytes, Arena arena) {
        this.path = path;
        this.tensors = tensors;
        this.notes = notes;
        this.bytes = bytes;
        this.arena = arena;
    }

    /**
     * Opens a file by itself, whatever lies beside it.
     *
     * @throws WeightsException if it is no safetensors file, or a broken one
     */
    public static SafetensorsFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return read(path, arena);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** Maps a file into an arena and reads its header. */
    static SafetensorsFile read(Path path, Arena arena) throws IOException {
        MemorySegment file = MappedFile.map(path, arena);
        long size = file.byteSize();
        if (size < Long.BYTES) {
            throw broken(path, "the file has %d bytes, fewer than the length of a header".formatted(size));
        }
        long headerBytes = file.asSlice(0, Long.BYTES)
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        if (headerBytes < 2 || headerBytes > MOST_HEADER_BYTES) {
            throw broken(
                    path,
                    "the header should take %s bytes, and 2 to %d are possible"
                            .formatted(Long.toUnsignedString(headerBytes), MOST_HEADER_BYTES));
        }
        if (headerBytes > size - Long.BYTES) {
            throw broken(path, "the header should take %d bytes, and the file has %d".formatted(headerBytes, size));
        }
        Header header = new Header(path);
        header.read(file.asSlice(Long.BYTES, headerBytes));
        return new SafetensorsFile(
                path, header.place(file.asSlice(Long.BYTES + headerBytes)), header.notes, size, arena);
    }

    /** The names of all tensors, in the order of the header. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** Free texts about the file ("__metadata__"), most often {format: pt}. */
    public Map<String, String> notes() {
        return Collections.unmodifiableMap(notes);
    }

    /** Type and shape of a tensor. */
    public StoredTensor stored(String name) {
        return named(name).stored();
    }

    /** A tensor to compute with: F32, F16 or BF16. */
    public HostTensor tensor(String name) {
        return MappedWeights.tensor(path, named(name));
    }

    /** The bytes of a tensor of any type, little-endian, innermost dimension last. */
    public MemorySegment data(String name) {
        return named(name).data();
    }

    Map<String, MappedTensor> tensors() {
        return tensors;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private MappedTensor named(String name) {
        MappedTensor found = tensors.get(name);
        if (found == null) {
            throw MappedWeights.missing(path, name, tensors.keySet());
        }
        return found;
    }

    private static WeightsException broken(Path path, String found) {
        return new WeightsException(
                "%s: %s. The file is damaged, was cut short, or was made to do harm. Get it again or from another source, and compare its SHA-256 with the publisher's."
                        .formatted(path, found));
    }

    /** The header of one file while it is read. */
    private static final class Header {
        private final Path path;
        private final Map<String, String> notes = new LinkedHashMap<>();
        private final List<Description> descriptions = new ArrayList<>();

        private record Description(String name, String type, List<Long> shape, long from, long to) {}

        Header(Path path) {
            this.path = path;
        }

        void read(MemorySegment text) {
            try (JsonParser json = Json.FACTORY.createParser(
                    ObjectReadContext.empty(), new ByteBufferBackedInputStream(text.asByteBuffer()))) {
                expect(json.nextToken() == JsonToken.START_OBJECT, "the header");
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    expect(json.nextToken() == JsonToken.START_OBJECT, quoted(name));
                    if (name.equals("__metadata__")) {
                        notes(json);
                    } else {
                        descriptions.add(description(json, name));
                    }
                    if (descriptions.size() > MOST_TENSORS) {
                        throw broken(path, "the header names more than %d tensors".formatted(MOST_TENSORS));
                    }
                }
                expect(json.nextToken() == null, "the header's end");
            } catch (JacksonException e) {
                throw Json.broken(path, "the header", e);
            }
        }

        private void notes(JsonParser json) {
            long characters = 0;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String key = json.currentName();
                expect(json.nextToken() == JsonToken.VALUE_STRING, "'__metadata__'");
                notes.put(key, json.getString());
                characters += key.length() + json.getStringLength();
                if (characters > MOST_NOTES) {
                    throw broken(path, "'__metadata__' holds more than %d characters".formatted(MOST_NOTES));
                }
            }
        }

        private Description description(JsonParser json, String name) {
            String what = "tensor " + quoted(name);
            String type = null;
            List<Long> shape = null;
            List<Long> offsets = null;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String member = json.currentName();
                json.nextToken();
                switch (member) {
                    case "dtype" -> {
                        expect(json.currentToken() == JsonToken.VALUE_STRING, what);
                        type = json.getString();
                    }
                    case "shape" -> shape = numbers(json, what);
                    case "data_offsets" -> offsets = numbers(json, what);
                    default -> throw broken(path, "%s has a member %s".formatted(what, quoted(member)));
                }
            }
            if (type == null || shape == null || offsets == null || offsets.size() != 2) {
                throw broken(path, "%s has not its dtype, shape and two data_offsets".formatted(what));
            }
            return new Description(name, type, shape, offsets.get(0), offsets.get(1));
        }

        private List<Long> numbers(JsonParser json, String what) {
            expect(json.currentToken() == JsonToken.START_ARRAY, what);
            List<Long> numbers = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                expect(json.currentToken() == JsonToken.VALUE_NUMBER_INT && numbers.size() < MOST_DIMENSIONS, what);
                long number = json.getLongValue();
                expect(number >= 0, what);
                numbers.add(number);
            }
            return List.copyOf(numbers);
        }

        private void expect(boolean holds, String what) {
            if (!holds) {
                throw broken(path, what + " is not what the format asks for");
            }
        }

        /** Where each tensor lies, once it is sure that together they cover the numbers exactly. */
        Map<String, MappedTensor> place(MemorySegment numbers) {
            Map<String, MappedTensor> tensors = LinkedHashMap.newLinkedHashMap(descriptions.size());
            for (Description each : descriptions) {
                String what = "tensor " + quoted(each.name());
                if (each.from() > each.to() || each.to() > numbers.byteSize()) {
                    throw broken(
                            path,
                            "%s lies at bytes %d to %d of the numbers, which have %d"
                                    .formatted(what, each.from(), each.to(), numbers.byteSize()));
                }
                long bytes = each.to() - each.from();
                Integer bits = BITS.get(each.type());
                if (bits != null && !takes(bytes, each.shape(), bits)) {
                    throw broken(
                            path,
                            "%s of type %s and shape %s lies in %d bytes, which is not its size"
                                    .formatted(what, quoted(each.type()), each.shape(), bytes));
                }
                tensors.put(
                        each.name(),
                        new MappedTensor(
                                new StoredTensor(each.name(), each.type(), each.shape(), bytes),
                                type(each.type()),
                                numbers.asSlice(each.from(), bytes)));
            }
            List<Description> inOrder = new ArrayList<>(descriptions);
            inOrder.sort(Comparator.comparingLong(Description::from).thenComparingLong(Description::to));
            long end = 0;
            for (Description each : inOrder) {
                if (each.from() != end) {
                    throw broken(
                            path,
                            "tensor %s begins at byte %d of the numbers, and the one before ends at %d"
                                    .formatted(quoted(each.name()), each.from(), end));
                }
                end = each.to();
            }
            if (end != numbers.byteSize()) {
                throw broken(
                        path,
                        "the last tensor ends at byte %d of the numbers, and %d are there"
                                .formatted(end, numbers.byteSize()));
            }
            return tensors;
        }

        private static boolean takes(long bytes, List<Long> shape, int bits) {
            try {
                long all = shape.stream().reduce((long) bits, Math::multiplyExact);
                return all % 8 == 0 && all / 8 == bytes;
            } catch (ArithmeticException e) {
                return false;
            }
        }

        private static @Nullable DType type(String name) {
            return switch (name) {
                case "F32" -> DType.F32;
                case "F16" -> DType.F16;
                case "BF16" -> DType.BF16;
                default -> null;
            };
        }
    }
}
