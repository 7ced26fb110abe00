package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** GGUF: one file, or several named "...-00001-of-00003.gguf" that say so in their metadata. */
final class GgufFormat implements WeightsFormat {
    private static final Pattern PART = Pattern.compile("(?<stem>.+)-(?<number>\\d{5})-of-(?<count>\\d{5})\\.gguf");

    @Override
    public boolean recognizes(Path path) {
        return FirstBytes.of(path).startsWith("GGUF");
    }

    @Override
    public Weights open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return open(path, arena);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    private static Weights open(Path path, Arena arena) throws IOException {
        GgufFile file = GgufFile.read(path, arena);
        int count = file.metadata().optionalInteger("split.count").orElse(1);
        if (count <= 1) {
            return new MappedWeights(path, file.metadata(), file.tensors(), arena, file.bytes());
        }
        List<GgufFile> parts = new ArrayList<>();
        for (Path part : parts(file, count)) {
            parts.add(part.equals(path) ? file : GgufFile.read(part, arena));
        }
        Map<String, MappedTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            GgufFile part = parts.get(i);
            int number = part.metadata().optionalInteger("split.no").orElse(0);
            int of = part.metadata().optionalInteger("split.count").orElse(1);
            if (number != i || of != count) {
                throw new WeightsException(
                        "%s is named as part %d of %d, and its metadata says part %d of %d. Files of two models are mixed, or one was renamed: get the parts again."
                                .formatted(part.path(), i + 1, count, number + 1, of));
            }
            part.tensors().forEach((name, tensor) -> {
                if (tensors.put(name, tensor) != null) {
                    throw new WeightsException(
                            "%s holds tensor %s, which an earlier part holds too. Files of two models are mixed: get the parts again."
                                    .formatted(part.path(), quoted(name)));
                }
            });
        }
        int promised = parts.getFirst()
                .metadata()
                .optionalInteger("split.tensors.count")
                .orElse(tensors.size());
        if (promised != tensors.size()) {
            throw new WeightsException(
                    "%s: the %d parts hold %d tensors together, and %d were promised. One part is from another version of the model: get the parts again."
                            .formatted(path, count, tensors.size(), promised));
        }
        long bytes = parts.stream().mapToLong(GgufFile::bytes).sum();
        return new MappedWeights(path, parts.getFirst().metadata(), tensors, arena, bytes);
    }

    /** The paths of all parts, in order, found by the name of one. */
    private static List<Path> parts(GgufFile one, int count) {
        Matcher name = PART.matcher(String.valueOf(one.path().getFileName()));
        if (!name.matches() || Integer.parseInt(name.group("count")) != count) {
            throw new WeightsException(
                    "%s is one of %d parts of a model, and the others are found by a name that ends in -00001-of-%05d.gguf. Give all parts their published names back."
                            .formatted(one.path(), count, count));
        }
        List<Path> parts = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            String part = "%s-%05d-of-%05d.gguf".formatted(name.group("stem"), i, count);
            parts.add(one.path().resolveSibling(part));
            if (!Files.exists(parts.getLast())) {
                missing.add(part);
            }
        }
        if (!missing.isEmpty()) {
            throw new WeightsException(
                    "%s is one of %d parts of a model, and of the others these are missing in its folder: %s. Get them too."
                            .formatted(one.path(), count, MappedWeights.some(missing)));
        }
        return parts;
    }
}
