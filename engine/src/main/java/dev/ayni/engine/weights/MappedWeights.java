package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.MappedPages;
import dev.ayni.tensor.Numbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The weights in one or more mapped files, whatever their format. */
final class MappedWeights implements Weights {
    private final Path path;
    private final Metadata metadata;
    private final Map<String, MappedTensor> tensors;
    private final Arena arena;
    private final long bytes;

    /** @param arena the files' mappings; closed with this */
    MappedWeights(Path path, Metadata metadata, Map<String, MappedTensor> tensors, Arena arena, long bytes) {
        this.path = path;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.arena = arena;
        this.bytes = bytes;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public StoredTensor stored(String name) {
        return named(name).stored();
    }

    @Override
    public HostTensor tensor(String name) {
        HostTensor tensor = tensor(path, named(name));
        String factors = name.replaceFirst("weight$", "scale");
        return tensor.type() == DType.NVFP4 && tensors.containsKey(factors) ? times(tensor, name, factors) : tensor;
    }

    /** What llama.cpp's converter leaves beside a matrix of NVFP4: one factor for all, or one for each expert. */
    private HostTensor times(HostTensor tensor, String name, String factors) {
        HostTensor by = tensor(path, named(factors));
        if (by.type() != DType.F32 || (by.values() != 1 && by.values() != tensor.size(0))) {
            throw new WeightsException(
                    "%s: tensor %s, the factors of %s, is %s, and one number of F32 or one for each part was expected. The file is damaged or was made by another tool; get it again."
                            .formatted(path, quoted(factors), quoted(name), by));
        }
        return tensor.times(Numbers.read(by));
    }

    @Override
    public MemorySegment data(String name) {
        return named(name).data();
    }

    @Override
    public void forget(String name) {
        MappedPages.forget(named(name).data());
    }

    @Override
    public long bytes() {
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
            throw missing(path, name, tensors.keySet());
        }
        return found;
    }

    /** The tensor to compute with, or the letter that says why nothing can. */
    static HostTensor tensor(Path path, MappedTensor found) {
        StoredTensor stored = found.stored();
        DType type = found.type();
        if (type == null) {
            throw new WeightsException(
                    "%s: tensor %s is %s, which no kernel reads. Supported: %s. Get the model in one of these types, or convert the original again."
                            .formatted(path, quoted(stored.name()), stored.type(), DType.names()));
        }
        long[] shape = stored.shape().stream().mapToLong(Long::longValue).toArray();
        return new HostTensor(type, found.data(), shape);
    }

    static WeightsException missing(Path path, String name, Set<String> names) {
        String similar = names.stream()
                .filter(other -> other.length() < 200)
                .limit(20_000)
                .map(other -> Map.entry(distance(name, other), other))
                .filter(e -> e.getKey() <= Math.max(2, name.length() / 3))
                .sorted(Comparator.comparing(Map.Entry<Integer, String>::getKey).thenComparing(Map.Entry::getValue))
                .limit(3)
                .map(e -> quoted(e.getValue()))
                .collect(Collectors.joining(", "));
        return new WeightsException(
                "%s holds no tensor %s. It holds %d tensors%s. The file is incomplete or of another family; get it from another source or convert it again."
                        .formatted(
                                path,
                                quoted(name),
                                names.size(),
                                similar.isEmpty() ? "" : ", the most similar named " + similar));
    }

    /** How many characters must be put in, taken out or changed to make one of the other (Levenshtein 1966). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** Names for a letter: the first few, and how many more. */
    static String some(List<String> names) {
        int shown = 5;
        return names.stream().limit(shown).collect(Collectors.joining(", "))
                + (names.size() > shown ? " and %d more".formatted(names.size() - shown) : "");
    }
}
