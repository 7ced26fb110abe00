package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * safetensors as Hugging Face publishes them: a folder with config.json and model.safetensors, or with an index that tells
 * in which of several files each tensor lies.
 */
final class SafetensorsFormat implements WeightsFormat {
    private static final String CONFIG = "config.json";
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String SUFFIX = ".safetensors";
    /** What every system takes for a file in the same folder. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[^/\\\\:*?\"<>|\\p{Cntrl}]{1,200}\\.safetensors");

    private static final long MOST_INDEX_BYTES = 32 << 20;
    private static final int MOST_TENSORS = 1 << 18;

    @Override
    public boolean recognizes(Path path) {
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve(CONFIG))
                    || Files.exists(path.resolve(INDEX))
                    || members(path).stream().anyMatch(name -> name.endsWith(SUFFIX));
        }
        FirstBytes first = FirstBytes.of(path);
        return first.at(Long.BYTES) == '{' && first.number() > 0 && first.number() < Integer.MAX_VALUE;
    }

    @Override
    public Weights open(Path path) throws IOException {
        return Files.isDirectory(path) ? openFolder(path) : openFile(path);
    }

    private static Weights openFile(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.exists(folder.resolve(CONFIG))) {
            throw new WeightsException(
                    "%s holds tensors, and config.json, which says what model they make, is not beside it. Get the whole folder: config.json, the weights and the tokenizer's files."
                            .formatted(file));
        }
        String name = String.valueOf(file.getFileName());
        if (!name.equals(SINGLE) && Files.exists(folder.resolve(INDEX))) {
            Map<String, String> shards = index(folder.resolve(INDEX));
            if (shards.containsValue(name)) { // one of several, which only make sense together
                return open(folder, shards);
            }
        }
        return open(folder, file);
    }

    private static Weights openFolder(Path folder) throws IOException {
        List<String> found = members(folder);
        if (!found.contains(CONFIG)) {
            throw new WeightsException(
                    "%s holds %s, and no config.json, which says what model they make. Get it from where the weights come from."
                            .formatted(folder, MappedWeights.some(found)));
        }
        if (found.contains(SINGLE)) {
            return open(folder, folder.resolve(SINGLE));
        }
        if (found.contains(INDEX)) {
            return open(folder, index(folder.resolve(INDEX)));
        }
        List<String> others =
                found.stream().filter(name -> name.endsWith(SUFFIX)).toList();
        if (others.size() == 1) {
            return open(folder, folder.resolve(others.getFirst()));
        }
        if (others.size() > 1) {
            throw new WeightsException(
                    "%s holds %s, and no %s, which says which tensor lies where. Get it from where the weights come from."
                            .formatted(folder, MappedWeights.some(others), INDEX));
        }
        throw ForeignFile.withoutWeights(folder, found);
    }

    private static Weights open(Path folder, Path file) throws IOException {
        Metadata metadata = ConfigJson.read(folder.resolve(CONFIG));
        Arena arena = Arena.ofShared();
        try {
            SafetensorsFile single = SafetensorsFile.read(file, arena);
            return ScaledWeights.around(new MappedWeights(file, metadata, single.tensors(), arena, single.bytes()));
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** @param shards the file of each tensor */
    private static Weights open(Path folder, Map<String, String> shards) throws IOException {
        Metadata metadata = ConfigJson.read(folder.resolve(CONFIG));
        TreeSet<String> files = new TreeSet<>(shards.values());
        List<String> missing = files.stream()
                .filter(name -> !Files.exists(folder.resolve(name)))
                .toList();
        if (!missing.isEmpty()) {
            throw new WeightsException("%s: of the %d files that %s names, these are missing: %s. Get them too."
                    .formatted(folder, files.size(), INDEX, MappedWeights.some(missing)));
        }
        Arena arena = Arena.ofShared();
        try {
            Map<String, SafetensorsFile> opened = new LinkedHashMap<>();
            long bytes = 0;
            for (String name : files) {
                SafetensorsFile shard = SafetensorsFile.read(folder.resolve(name), arena);
                opened.put(name, shard);
                bytes += shard.bytes();
            }
            Map<String, MappedTensor> tensors = LinkedHashMap.newLinkedHashMap(shards.size());
            shards.forEach((tensor, file) -> {
                @Nullable SafetensorsFile shard = opened.get(file);
                @Nullable
                MappedTensor found = shard == null ? null : shard.tensors().get(tensor);
                if (found == null) {
                    throw new WeightsException(
                            "%s: %s says that tensor %s lies in %s, and it does not. The files are of two versions of the model: get them all again."
                                    .formatted(folder, INDEX, quoted(tensor), file));
                }
                tensors.put(tensor, found);
            });
            return ScaledWeights.around(new MappedWeights(folder, metadata, tensors, arena, bytes));
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** The file of each tensor, by the index's "weight_map". */
    private static Map<String, String> index(Path index) throws IOException {
        if (Files.size(index) > MOST_INDEX_BYTES) {
            throw new WeightsException(
                    "%s has %d bytes, and an index has at most %d. It is another file: get the right one."
                            .formatted(index, Files.size(index), MOST_INDEX_BYTES));
        }
        Map<String, String> files = new LinkedHashMap<>();
        try (InputStream in = Files.newInputStream(index);
                JsonParser json = Json.FACTORY.createParser(ObjectReadContext.empty(), in)) {
            expect(json.nextToken() == JsonToken.START_OBJECT, index);
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String member = json.currentName();
                json.nextToken();
                if (!member.equals("weight_map")) {
                    json.skipChildren();
                    continue;
                }
                expect(json.currentToken() == JsonToken.START_OBJECT, index);
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String tensor = json.currentName();
                    expect(json.nextToken() == JsonToken.VALUE_STRING, index);
                    files.put(tensor, plainName(index, json.getString()));
                    if (files.size() > MOST_TENSORS) {
                        throw new WeightsException(
                                "%s names more than %d tensors. It was made to do harm: get it from another source."
                                        .formatted(index, MOST_TENSORS));
                    }
                }
            }
        } catch (JacksonException e) {
            throw Json.broken(index, "it", e);
        }
        expect(!files.isEmpty(), index);
        return files;
    }

    /** A name in the same folder, and no path that leads out of it. */
    private static String plainName(Path index, String name) {
        if (!PLAIN_NAME.matcher(name).matches()) {
            throw new WeightsException(
                    "%s names the file %s, and a .safetensors file in the same folder was expected. The index is damaged or was made to do harm: get it again."
                            .formatted(index, quoted(name)));
        }
        return name;
    }

    private static void expect(boolean holds, Path index) {
        if (!holds) {
            throw new WeightsException(
                    "%s does not say in a 'weight_map' which tensor lies in which file. It is damaged: get it again."
                            .formatted(index));
        }
    }

    private static List<String> members(Path folder) {
        try (Stream<Path> members = Files.list(folder)) {
            return members.limit(10_000)
                    .map(member -> String.valueOf(member.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return new ArrayList<>(); // whoever opens the folder says why it cannot be read
        }
    }
}
