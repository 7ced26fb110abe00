package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import dev.ayni.tensor.HostTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights of a folder whose matrices are stored as small numbers with scales beside them: FP8 and I8 ({@link
 * ScaledMatrix}), GPTQ and AWQ ({@link PackedMatrix}), NVFP4 ({@link Nvfp4Matrix}). Each matrix goes by the one name that its family has for it, and
 * becomes, when it is asked for, what kernels multiply with; the numbers are then in this process's memory.
 */
final class ScaledWeights implements Weights {
    /** A matrix as it is stored, and how kernels get it. */
    interface Recipe {
        /** What the files say of it. */
        StoredTensor stored();

        /** Makes it in memory of that arena. */
        HostTensor make(Arena arena);
    }

    private final MappedWeights mapped;
    private final Map<String, Recipe> recipes;
    private final Set<String> names;
    private final Map<String, HostTensor> made = new HashMap<>();
    private final Arena arena = Arena.ofShared();

    private ScaledWeights(MappedWeights mapped, Map<String, Recipe> recipes, Set<String> hidden) {
        this.mapped = mapped;
        this.recipes = recipes;
        Set<String> all = new LinkedHashSet<>();
        for (String name : mapped.names()) {
            if (!hidden.contains(name)) {
                all.add(name);
            }
        }
        all.addAll(recipes.keySet());
        names = Collections.unmodifiableSet(all);
    }

    /**
     * The weights themselves if they hold nothing that is stored so, or else these around them.
     *
     * @throws WeightsException if what stands beside a matrix does not fit it, or it is stored in a way that is not read
     */
    static Weights around(MappedWeights mapped) {
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        Set<String> hidden = new LinkedHashSet<>();
        for (String name : mapped.names()) {
            if (name.endsWith(PackedMatrix.SUFFIX)) {
                String base = name.substring(0, name.length() - PackedMatrix.SUFFIX.length());
                recipes.put(base + ".weight", PackedMatrix.of(mapped, base));
                PackedMatrix.PARTS.forEach(part -> hidden.add(base + part));
            } else if (name.endsWith(".weight") && Nvfp4Matrix.is(mapped, name)) {
                recipes.put(name, Nvfp4Matrix.of(mapped, name));
                Nvfp4Matrix.PARTS.forEach(part -> hidden.add(Nvfp4Matrix.base(name) + part));
            } else if (name.endsWith(".weight")
                    && ScaledMatrix.TYPES.contains(mapped.stored(name).type())) {
                recipes.put(name, ScaledMatrix.of(mapped, name));
                ScaledMatrix.PARTS.forEach(
                        part -> hidden.add(name.substring(0, name.length() - "weight".length()) + part));
            }
        }
        return recipes.isEmpty() ? mapped : new ScaledWeights(mapped, recipes, hidden);
    }

    @Override
    public Path path() {
        return mapped.path();
    }

    @Override
    public Metadata metadata() {
        return mapped.metadata();
    }

    @Override
    public Set<String> names() {
        return names;
    }

    @Override
    public StoredTensor stored(String name) {
        Recipe recipe = recipes.get(name);
        return recipe == null ? mapped.stored(known(name)) : recipe.stored();
    }

    @Override
    public HostTensor tensor(String name) {
        Recipe recipe = recipes.get(name);
        if (recipe == null) {
            return mapped.tensor(known(name));
        }
        synchronized (made) {
            return made.computeIfAbsent(name, _ -> recipe.make(arena));
        }
    }

    @Override
    public MemorySegment data(String name) {
        return recipes.containsKey(name) ? tensor(name).data() : mapped.data(known(name));
    }

    private String known(String name) {
        if (!names.contains(name)) {
            throw MappedWeights.missing(path(), name, names);
        }
        return name;
    }

    /** What was made stays: it is nowhere else. */
    @Override
    public void forget(String name) {
        if (!recipes.containsKey(name)) {
            mapped.forget(known(name));
        }
    }

    @Override
    public long bytes() {
        return mapped.bytes();
    }

    @Override
    public void close() {
        mapped.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    /** The letter for parts of a matrix that do not fit together. */
    static WeightsException unfit(MappedWeights weights, String name, String found) {
        return new WeightsException(
                "%s: tensor %s: %s. The files are damaged or were made by another tool; get them again."
                        .formatted(weights.path(), quoted(name), found));
    }

    /** The whole numbers of a shape. */
    static long[] sizes(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }
}
