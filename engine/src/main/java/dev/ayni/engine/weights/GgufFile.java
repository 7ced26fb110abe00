package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import dev.ayni.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One GGUF file, version 1, 2 or 3: keys with values, then names, shapes and places of tensors, then their numbers.
 *
 * @param bytes the size of the file
 */
record GgufFile(Path path, GgufMetadata metadata, Map<String, MappedTensor> tensors, long bytes) {
    /*
     * magic "GGUF", version u32, tensor count, key count
     * per key:    name, type u32, value (text: length, UTF-8; array: element type u32, length, elements)
     * per tensor: name, dimension count u32, dimensions innermost first, type u32, offset u64
     * padding to a multiple of general.alignment (32 where it is not given), from where offsets count
     *
     * Lengths, counts and dimensions are u64, in version 1 u32. Version 3 says only that big-endian files may exist.
     * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
     */
    private static final int MOST_KEYS = 1 << 16;
    private static final int MOST_TENSORS = 1 << 16;
    private static final int MOST_DIMENSIONS = 4; // GGML_MAX_DIMS

    private static final Map<Integer, DType> TYPES =
            Arrays.stream(DType.values()).collect(Collectors.toMap(DType::ggmlId, Function.identity()));

    /** Names of the ggml types that nothing here computes with, for letters: ggml.h, also those it has given up. */
    private static final Map<Integer, String> OTHER_TYPES = Map.ofEntries(
            Map.entry(4, "Q4_2"),
            Map.entry(5, "Q4_3"),
            Map.entry(9, "Q8_1"),
            Map.entry(15, "Q8_K"),
            Map.entry(24, "I8"),
            Map.entry(25, "I16"),
            Map.entry(26, "I32"),
            Map.entry(27, "I64"),
            Map.entry(28, "F64"),
            Map.entry(31, "Q4_0_4_4"),
            Map.entry(32, "Q4_0_4_8"),
            Map.entry(33, "Q4_0_8_8"),
            Map.entry(36, "IQ4_NL_4_4"),
            Map.entry(37, "IQ4_NL_4_8"),
            Map.entry(38, "IQ4_NL_8_8"));

    /** Maps a file and reads its header. */
    static GgufFile read(Path path, Arena arena) throws IOException {
        MemorySegment file = MappedFile.map(path, arena);
        MemorySegment start = file.asSlice(0, Math.min(file.byteSize(), GgufHeader.MOST_BYTES));
        GgufHeader header = new GgufHeader(path.toString(), start.asByteBuffer(), file.byteSize());
        header.int32("the magic");
        int version = header.int32("the version");
        if (Integer.reverseBytes(version) >= 1 && Integer.reverseBytes(version) <= 3) {
            throw new WeightsException(
                    "%s is a big-endian GGUF file (version %d), made for machines like IBM Z; only little-endian ones are read. Get the usual file of this model, or convert it with gguf_convert_endian.py of llama.cpp."
                            .formatted(path, Integer.reverseBytes(version)));
        }
        if (version < 1 || version > 3) {
            throw new WeightsException(
                    "%s is GGUF version %s; versions 1, 2 and 3 are read. If the file is whole, it is newer than this program: update Ayni, or get the model in version 3."
                            .formatted(path, Integer.toUnsignedString(version)));
        }
        boolean wide = version > 1;
        if (!wide) {
            header.narrow();
        }
        int leastKey = wide ? Long.BYTES + Integer.BYTES + 1 : Integer.BYTES + Integer.BYTES + 1;
        int leastTensor = wide ? 32 : 24;
        int tensorCount = header.count("the number of tensors", leastTensor, MOST_TENSORS);
        int keyCount = header.count("the number of keys", leastKey, MOST_KEYS);

        Map<String, Object> values = new LinkedHashMap<>();
        Map<String, GgufType> types = new HashMap<>();
        for (int i = 0; i < keyCount; i++) {
            String key = header.name("the name of key " + i);
            GgufType type = header.type("the type of " + quoted(key));
            types.put(key, type);
            if (values.put(key, header.value(type, key)) != null) {
                throw header.broken("the key %s stands twice".formatted(quoted(key)));
            }
        }
        GgufMetadata metadata = new GgufMetadata(path.toString(), values, types);
        List<Description> descriptions = new ArrayList<>();
        for (int i = 0; i < tensorCount; i++) {
            descriptions.add(description(header, i));
        }
        return new GgufFile(
                path, metadata, place(header, descriptions, alignment(header, metadata), file), file.byteSize());
    }

    private record Description(String name, List<Long> shape, int typeNumber, long offset) {}

    private static Description description(GgufHeader header, int i) {
        String name = header.name("the name of tensor " + i);
        String what = "tensor " + quoted(name);
        int rank = header.int32(what);
        if (rank < 1 || rank > MOST_DIMENSIONS) {
            throw header.broken("%s has %s dimensions, and 1 to %d are possible"
                    .formatted(what, Integer.toUnsignedString(rank), MOST_DIMENSIONS));
        }
        List<Long> shape = new ArrayList<>(rank);
        for (int d = 0; d < rank; d++) {
            long size = header.size(what);
            if (size < 1) {
                throw header.broken("%s has a dimension of %s".formatted(what, Long.toUnsignedString(size)));
            }
            shape.add(size);
        }
        Collections.reverse(shape); // the file has the innermost first
        return new Description(name, shape, header.int32(what), header.int64(what));
    }

    private static long alignment(GgufHeader header, GgufMetadata metadata) {
        return switch (metadata.value("general.alignment")) {
            case null -> 32;
            case Long n when Long.bitCount(n) == 1 && n > 0 && n <= 1 << 30 -> n;
            case Object other ->
                throw header.broken("general.alignment is %s, and a power of two was expected".formatted(other));
        };
    }

    private static Map<String, MappedTensor> place(
            GgufHeader header, List<Description> descriptions, long alignment, MemorySegment file) {
        long start = (header.position() + alignment - 1) & -alignment;
        Map<String, MappedTensor> tensors = LinkedHashMap.newLinkedHashMap(descriptions.size());
        List<Span> spans = new ArrayList<>();
        for (Description each : descriptions) {
            String what = "tensor " + quoted(each.name());
            if (each.offset() < 0 || each.offset() > file.byteSize() - start || each.offset() % alignment != 0) {
                throw header.broken("%s lies at %s of %d bytes of numbers; a multiple of %d within them was expected"
                        .formatted(
                                what,
                                Long.toUnsignedString(each.offset()),
                                Math.max(0, file.byteSize() - start),
                                alignment));
            }
            DType type = TYPES.get(each.typeNumber());
            long bytes = type == null ? 0 : bytes(header, each, type);
            if (bytes > file.byteSize() - start - each.offset()) {
                throw header.broken("%s should end at byte %d, and the file has %d"
                        .formatted(what, start + each.offset() + bytes, file.byteSize()));
            }
            if (type != null) {
                spans.add(new Span(each.name(), each.offset(), bytes));
            }
            StoredTensor stored = new StoredTensor(each.name(), typeName(type, each.typeNumber()), each.shape(), bytes);
            MemorySegment data = file.asSlice(start + each.offset(), bytes);
            if (tensors.put(each.name(), new MappedTensor(stored, type, data)) != null) {
                throw header.broken("%s stands twice".formatted(what));
            }
        }
        spans.sort(Comparator.comparingLong(Span::offset));
        for (int i = 1; i < spans.size(); i++) {
            Span before = spans.get(i - 1);
            if (before.offset() + before.bytes() > spans.get(i).offset()) {
                throw header.broken("tensors %s and %s overlap"
                        .formatted(quoted(before.name()), quoted(spans.get(i).name())));
            }
        }
        return tensors;
    }

    private record Span(String name, long offset, long bytes) {}

    private static long bytes(GgufHeader header, Description tensor, DType type) {
        if (tensor.shape().getLast() % type.blockValues() != 0) {
            throw header.broken("tensor %s has rows of %d values, and %s holds %d in a block"
                    .formatted(quoted(tensor.name()), tensor.shape().getLast(), type, type.blockValues()));
        }
        try {
            return type.bytes(tensor.shape().stream().reduce(1L, Math::multiplyExact));
        } catch (ArithmeticException e) {
            throw header.broken(
                    "tensor %s of shape %s exceeds any memory".formatted(quoted(tensor.name()), tensor.shape()));
        }
    }

    private static String typeName(@Nullable DType type, int number) {
        return type != null
                ? type.name()
                : OTHER_TYPES.getOrDefault(number, "of ggml type " + Integer.toUnsignedString(number));
    }
}
