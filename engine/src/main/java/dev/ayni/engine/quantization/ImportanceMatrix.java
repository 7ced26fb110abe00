package dev.ayni.engine.quantization;

import dev.ayni.engine.weights.GgufKeys;
import dev.ayni.engine.weights.GgufOutput;
import dev.ayni.engine.weights.GgufOutput.Planned;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.BlockQuantizer;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How much the columns of a model's matrices matter: for each the mean square of what it was multiplied with while the model
 * read a text. In files as llama.cpp writes them ({@code tools/imatrix}): a GGUF file with two F32 tensors for each matrix,
 * NAME.in_sum2 and NAME.counts. The older files of llama-imatrix, without that head, are read too.
 */
public final class ImportanceMatrix {
    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";

    /**
     * Of one matrix, or of the matrices of all experts one after the other.
     *
     * @param sums of the squares of each column
     * @param counts how many rows were summed up, for each expert
     */
    @SuppressWarnings("ArrayRecordComponent") // summed up in place
    record Entry(float[] sums, float[] counts) {}

    private final Map<String, Entry> entries;
    private final String source;
    private final List<String> datasets;
    private final int chunks;
    private final int chunkTokens;

    ImportanceMatrix(Map<String, Entry> entries, String source, List<String> datasets, int chunks, int chunkTokens) {
        this.entries = new TreeMap<>(entries);
        this.source = source;
        this.datasets = List.copyOf(datasets);
        this.chunks = chunks;
        this.chunkTokens = chunkTokens;
    }

    /**
     * Reads a file.
     *
     * @throws WeightsException if it is no importance matrix, or a broken one
     */
    public static ImportanceMatrix read(Path path) {
        if (Files.isRegularFile(path) && !beginsAsGguf(path)) {
            return readOlder(path);
        }
        try (Weights weights = WeightsFiles.open(path)) {
            Metadata metadata = weights.metadata();
            boolean stated = metadata.dialect() == Dialect.GGUF
                    && metadata.optionalText("general.type").orElse("").equals("imatrix");
            if (!stated) {
                throw new WeightsException(
                        "%s is no importance matrix: its 'general.type' is not 'imatrix'. Make one with `ayni imatrix MODEL TEXT`."
                                .formatted(path));
            }
            Map<String, Entry> entries = new TreeMap<>();
            for (String name : weights.names()) {
                if (name.endsWith(SUMS)) {
                    String matrix = name.substring(0, name.length() - SUMS.length());
                    entries.put(matrix, entry(weights, matrix));
                }
            }
            if (entries.isEmpty()) {
                throw new WeightsException(
                        "%s says of no matrix what matters. Make it anew with `ayni imatrix MODEL TEXT`."
                                .formatted(path));
            }
            return new ImportanceMatrix(
                    entries,
                    String.valueOf(path.getFileName()),
                    metadata.list("imatrix.datasets").stream()
                            .map(String::valueOf)
                            .toList(),
                    metadata.optionalInteger("imatrix.chunk_count").orElse(0),
                    metadata.optionalInteger("imatrix.chunk_size").orElse(0));
        }
    }

    private static boolean beginsAsGguf(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(4), "GGUF".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s. Look at the disk.".formatted(path, e.getMessage()), e);
        }
    }

    /**
     * A file of llama-imatrix before August 2025 (or of its option {@code --output-format dat}), little-endian: how many
     * matrices; for each the length of its name, the name, how many chunks, how many columns, and the mean squares times the
     * chunks; at last how many chunks in all, and the length of the dataset's name, and the name.
     */
    private static ImportanceMatrix readOlder(Path path) {
        try (FileChannel channel = FileChannel.open(path)) {
            ByteBuffer in = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
                    .order(ByteOrder.LITTLE_ENDIAN);
            Map<String, Entry> entries = new TreeMap<>();
            for (int left = in.getInt(); left > 0; left--) {
                String name = text(in);
                int chunks = in.getInt();
                float[] sums = new float[length(in, Float.BYTES)];
                in.asFloatBuffer().get(sums);
                in.position(in.position() + Float.BYTES * sums.length);
                entries.put(name, sound(path, name, new Entry(sums, new float[] {Math.max(1, chunks)})));
            }
            int chunks = in.hasRemaining() ? in.getInt() : 0;
            List<String> datasets = in.hasRemaining() ? List.of(text(in)) : List.of();
            if (entries.isEmpty()) {
                throw new BufferUnderflowException();
            }
            return new ImportanceMatrix(entries, String.valueOf(path.getFileName()), datasets, chunks, 0);
        } catch (BufferUnderflowException | IOException e) {
            throw new WeightsException(
                    "%s is no importance matrix: it is no GGUF file, and not what llama-imatrix wrote before it wrote those. Make one with `ayni imatrix MODEL TEXT`."
                            .formatted(path),
                    e);
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[length(in, 1)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A number of things of so many bytes each that still follow. */
    private static int length(ByteBuffer in, int bytes) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / bytes) {
            throw new BufferUnderflowException();
        }
        return count;
    }

    private static Entry entry(Weights weights, String matrix) {
        HostTensor sums = weights.tensor(matrix + SUMS);
        HostTensor counts = weights.tensor(matrix + COUNTS);
        boolean floats = sums.type() == DType.F32 && counts.type() == DType.F32;
        return sound(
                weights.path(),
                matrix,
                floats ? new Entry(Numbers.read(sums), Numbers.read(counts)) : new Entry(new float[0], new float[0]));
    }

    private static Entry sound(Path path, String matrix, Entry entry) {
        boolean sound = entry.counts.length > 0 && entry.sums.length % entry.counts.length == 0;
        for (float value : entry.sums) {
            sound &= Float.isFinite(value) && value >= 0;
        }
        for (float value : entry.counts) {
            sound &= Float.isFinite(value) && value >= 0;
        }
        if (!sound) {
            throw new WeightsException(
                    "%s: what it says of '%s' are not sums of squares and how many they are. The file is broken: make it anew with `ayni imatrix MODEL TEXT`."
                            .formatted(path, matrix));
        }
        return entry;
    }

    /** Writes a file; it is there as a whole or not at all. */
    public void write(Path path) {
        List<Planned> planned = new ArrayList<>();
        entries.forEach((name, entry) -> {
            long matrices = entry.counts.length;
            planned.add(new Planned(name + SUMS, DType.F32, List.of(matrices, entry.sums.length / matrices)));
            planned.add(new Planned(name + COUNTS, DType.F32, List.of(matrices, 1L)));
        });
        GgufKeys keys = new GgufKeys()
                .text("general.type", "imatrix")
                .texts("imatrix.datasets", datasets)
                .number("imatrix.chunk_count", chunks)
                .number("imatrix.chunk_size", chunkTokens);
        try (GgufOutput output = GgufOutput.create(path, keys, planned)) {
            for (Entry entry : entries.values()) {
                append(output, entry.sums);
                append(output, entry.counts);
            }
            output.finish();
        }
    }

    private static void append(GgufOutput output, float[] values) {
        byte[] bytes = new byte[Float.BYTES * values.length];
        BlockQuantizer.of(DType.F32).quantize(values, 0, values.length, null, bytes, 0);
        output.append(bytes, 0, bytes.length);
    }

    /** The names of the matrices of which it says something. */
    public List<String> names() {
        return List.copyOf(entries.keySet());
    }

    /** What is said of one matrix; null if nothing. */
    @Nullable
    Entry entry(String name) {
        return entries.get(name);
    }

    /** How many pieces of text were read. */
    public int chunks() {
        return chunks;
    }

    /**
     * What the columns of a matrix weigh: the mean squares of all experts, one after the other; 1 for all columns of one that
     * no token came to. Null if nothing is said of the matrix.
     *
     * @throws WeightsException if it is said of a matrix of another size
     */
    float @Nullable [] of(String name, int width, int experts) {
        Entry entry = entries.get(name);
        if (entry == null) {
            return null;
        }
        if (entry.sums.length != width * experts) {
            if (name.equals("token_embd.weight")) {
                return null; // what it is multiplied with as the output matrix says nothing of its use as a table
            }
            throw new WeightsException(
                    "%s speaks of %d columns of '%s', which has %d. It was made with another model: make one with this."
                            .formatted(source, entry.sums.length, name, width * experts));
        }
        float[] means = new float[entry.sums.length];
        for (int i = 0; i < means.length; i++) {
            float count = entry.counts[entry.counts.length == 1 ? 0 : i / (entry.sums.length / entry.counts.length)];
            means[i] = count > 0 ? entry.sums[i] / count : 1;
        }
        return means;
    }

    /** Says in a quantised file what it was made with. */
    void describeIn(GgufKeys keys) {
        keys.text("quantize.imatrix.file", source);
        if (!datasets.isEmpty()) {
            keys.text("quantize.imatrix.dataset", datasets.getFirst());
        }
        keys.number("quantize.imatrix.entries_count", entries.size()).number("quantize.imatrix.chunks_count", chunks);
    }
}
