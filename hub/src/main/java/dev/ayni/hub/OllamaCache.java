package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The models that Ollama has pulled on this machine. Nothing of them is copied or changed. */
final class OllamaCache {
    /*
     *   manifests/<host>/<namespace>/<model>/<tag>   JSON: "layers", each with "mediaType", "digest" and "size"
     *   blobs/sha256-<hex>                           a layer's content
     *
     * The layer "model" is a GGUF file; "params" is a JSON object, "system" a text. The layer "template" is a program for
     * Ollama's own template language: the chat template of the GGUF file is used in its place. The host registry.ollama.ai
     * and the namespace library are left out of names.
     */
    static final String SCHEME = "ollama:";

    private static final String LAYER = "application/vnd.ollama.image.";
    private static final long LARGEST_TEXT = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.shared();

    // others say how Ollama computes, or mean nothing here
    private static final Set<String> PARAMETERS = Set.of(
            "stop",
            "temperature",
            "top_k",
            "top_p",
            "min_p",
            "repeat_penalty",
            "presence_penalty",
            "frequency_penalty",
            "num_predict",
            "seed");

    private final List<Path> folders;

    /** @param folders that hold manifests and blobs; those that are not there count as empty */
    OllamaCache(List<Path> folders) {
        this.folders = List.copyOf(folders);
    }

    /** All models, by name, as {@code ollama:name:tag}. */
    FoundModels list() {
        Map<String, LocalModel> models = new LinkedHashMap<>();
        List<String> letters = new ArrayList<>();
        eachManifest((folder, manifest) -> {
            try {
                LocalModel model = model(folder, manifest);
                models.putIfAbsent(model.name(), model);
            } catch (HubException e) {
                letters.add(String.valueOf(e.getMessage()));
            }
        });
        return new FoundModels(
                models.values().stream()
                        .sorted(Comparator.comparing(LocalModel::name))
                        .toList(),
                letters);
    }

    /**
     * A model by its name.
     *
     * @param name as {@code ollama list} shows it; without a tag, {@code latest} is meant
     * @throws HubException if its files cannot be used
     */
    Optional<LocalModel> find(String name) {
        for (Path folder : folders) {
            Optional<Path> manifest = manifest(folder, name);
            if (manifest.isPresent()) {
                return Optional.of(model(folder, manifest.get()));
            }
        }
        return Optional.empty();
    }

    /** What Ollama begins requests for a model with: its stop strings, its system message. */
    Optional<CreatedModel> words(String name) {
        for (Path folder : folders) {
            Optional<Path> manifest = manifest(folder, name);
            if (manifest.isPresent()) {
                return words(folder, manifest.get(), SCHEME + name(folder, manifest.get()));
            }
        }
        return Optional.empty();
    }

    private Optional<CreatedModel> words(Path folder, Path manifest, String name) {
        @Nullable String system = null;
        ObjectNode parameters = JSON.createObjectNode();
        for (JsonNode layer : layers(manifest)) {
            switch (layer.path("mediaType").asString("")) {
                case LAYER + "system" -> system = text(blob(folder, layer, manifest));
                case LAYER + "params" -> {
                    for (Map.Entry<String, JsonNode> entry :
                            json(blob(folder, layer, manifest)).properties()) {
                        if (PARAMETERS.contains(entry.getKey())) {
                            parameters.set(entry.getKey(), entry.getValue());
                        }
                    }
                }
                default -> {}
            }
        }
        return system == null && parameters.isEmpty()
                ? Optional.empty()
                : Optional.of(new CreatedModel(
                        name.substring(SCHEME.length()),
                        name,
                        system,
                        null, // Ollama's are Go templates; the file's own says the same in Jinja
                        parameters.toString(),
                        List.of(),
                        "",
                        Instant.EPOCH));
    }

    private void eachManifest(BiConsumer<Path, Path> taker) {
        for (Path folder : folders) {
            Path manifests = folder.resolve("manifests");
            for (String host : Disk.names(manifests)) {
                for (String space : Disk.names(manifests.resolve(host))) {
                    for (String model : Disk.names(manifests.resolve(host).resolve(space))) {
                        Path tags = manifests.resolve(host).resolve(space).resolve(model);
                        Disk.names(tags).forEach(tag -> taker.accept(folder, tags.resolve(tag)));
                    }
                }
            }
        }
    }

    private static Optional<Path> manifest(Path folder, String name) {
        int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
        String tag = colon < 0 ? "latest" : name.substring(colon + 1);
        String[] parts = (colon < 0 ? name : name.substring(0, colon)).split("/");
        if (parts.length > 3) {
            return Optional.empty();
        }
        String host = parts.length == 3 ? parts[0] : "registry.ollama.ai";
        String space = parts.length == 1 ? "library" : parts[parts.length - 2];
        for (String part : List.of(host, space, parts[parts.length - 1], tag)) {
            if (!part.matches("[A-Za-z0-9_][A-Za-z0-9._-]*")) {
                return Optional.empty();
            }
        }
        Path file = folder.resolve("manifests")
                .resolve(host)
                .resolve(space)
                .resolve(parts[parts.length - 1])
                .resolve(tag);
        return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }

    private static String name(Path folder, Path manifest) {
        Path below = folder.resolve("manifests").relativize(manifest);
        String host = below.getName(0).toString();
        String space = below.getName(1).toString();
        String name = below.getName(2) + ":" + below.getName(3);
        return host.equals("registry.ollama.ai")
                ? space.equals("library") ? name : space + "/" + name
                : host + "/" + space + "/" + name;
    }

    private static LocalModel model(Path folder, Path manifest) {
        String name = SCHEME + name(folder, manifest);
        @Nullable Path weights = null;
        @Nullable Digest digest = null;
        for (JsonNode layer : layers(manifest)) {
            switch (layer.path("mediaType").asString("")) {
                case LAYER + "model" -> {
                    if (weights != null) {
                        throw new HubException(
                                "%s has its weights in several parts, which Ollama alone puts together. Get a .gguf file of it."
                                        .formatted(name));
                    }
                    weights = blob(folder, layer, manifest);
                    digest = new Digest(hex(layer, manifest));
                }
                case LAYER + "adapter" ->
                    throw new HubException(
                            "%s is a model with an adapter, which is not applied here; without it the answers would be others. Use the model that it was made of."
                                    .formatted(name));
                default -> {}
            }
        }
        if (weights == null) {
            throw new HubException("%s has no weights: %s names no layer of a model. Pull it again with Ollama."
                    .formatted(name, manifest));
        }
        if (!isGguf(weights)) {
            throw new HubException("%s: %s does not begin as a GGUF file does. Pull the model again with Ollama."
                    .formatted(name, weights));
        }
        return new LocalModel(
                name,
                weights,
                digest,
                Disk.size(weights),
                List.of(String.valueOf(weights.getFileName())),
                null,
                weights.toString(),
                null);
    }

    private static boolean isGguf(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(4), StandardCharsets.ISO_8859_1).equals("GGUF");
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }

    /** A layer's file: within the folder of blobs, and as long as the manifest says. */
    private static Path blob(Path folder, JsonNode layer, Path manifest) {
        Path file = folder.resolve("blobs").resolve("sha256-" + hex(layer, manifest));
        if (Files.isSymbolicLink(file)) {
            inside(file, folder);
        }
        long size = Disk.size(file);
        if (!Files.isRegularFile(file) || size != layer.path("size").asLong(-1)) {
            throw new HubException(
                    "%s should be a file of %d bytes, as %s says, and %s. Pull the model again with Ollama."
                            .formatted(
                                    file,
                                    layer.path("size").asLong(-1),
                                    manifest,
                                    size < 0 ? "is not there" : "has " + size));
        }
        return file;
    }

    /** Refuses a link that leaves a folder. */
    static Path inside(Path link, Path folder) {
        try {
            Path real = link.toRealPath();
            if (real.startsWith(folder.toRealPath())) {
                return real;
            }
            throw new HubException("%s points to %s, outside of %s, and is not followed. Replace the link by the file."
                    .formatted(link, real, folder));
        } catch (IOException e) {
            throw new HubException("%s points to nothing. Get the model again, or remove the link.".formatted(link), e);
        }
    }

    private static String hex(JsonNode layer, Path manifest) {
        String digest = layer.path("digest").asString("");
        if (!digest.matches("sha256[:-][0-9a-f]{64}")) {
            throw new HubException(
                    "%s names a layer '%s'; expected sha256: and 64 hexadecimal digits. Pull the model again with Ollama."
                            .formatted(manifest, digest.length() > 80 ? digest.substring(0, 80) : digest));
        }
        return digest.substring("sha256:".length());
    }

    private static List<JsonNode> layers(Path manifest) {
        return List.copyOf(json(manifest).path("layers").values());
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(text(file));
        } catch (JacksonException e) {
            throw new HubException(
                    "%s is no JSON: %s. Pull the model again with Ollama.".formatted(file, e.getOriginalMessage()), e);
        }
    }

    private static String text(Path file) {
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LARGEST_TEXT) {
                throw new HubException(
                        "%s should be a small file and is none. Pull the model again with Ollama.".formatted(file));
            }
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }
}
