package dev.ayni.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The models that were made of others: a small file each, {@code created/<name>.json} in the library's folder. */
public final class CreatedModels {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Path folder;

    CreatedModels(Path home) {
        this.folder = home.resolve("created");
    }

    /** All of them, by name; a file that cannot be understood is left out. */
    public List<CreatedModel> list() {
        List<CreatedModel> models = new ArrayList<>();
        for (String file : Disk.names(folder)) {
            if (file.endsWith(".json")) {
                try {
                    models.add(read(folder.resolve(file)));
                } catch (HubException e) {
                    // find() tells it to whoever asks for it
                }
            }
        }
        models.sort(Comparator.comparing(CreatedModel::name));
        return models;
    }

    /**
     * One of them; {@code name:latest} is {@code name}.
     *
     * @throws HubException if its file cannot be understood
     */
    public Optional<CreatedModel> find(String name) {
        if (name.length() > 2 * CreatedModel.LONGEST_NAME) {
            return Optional.empty();
        }
        Path file = file(name);
        return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
    }

    /** Keeps a model in place of one of the same name. */
    public void keep(CreatedModel model) {
        ObjectNode json = JSON.createObjectNode();
        json.put("name", model.name())
                .put("from", model.from())
                .put("created", model.created().toString());
        if (model.system() != null) {
            json.put("system", model.system());
        }
        if (model.template() != null) {
            json.put("template", model.template());
        }
        json.set("parameters", JSON.readTree(model.parameters()));
        ArrayNode messages = json.putArray("messages");
        for (CreatedModel.Turn turn : model.messages()) {
            messages.addObject().put("role", turn.role()).put("content", turn.content());
        }
        json.put("licence", model.licence());
        Path file = file(model.name());
        try {
            Disk.writeAtOnce(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }

    /** Forgets a model; the one that it was made of stays. Gives whether there was one. */
    public boolean remove(String name) {
        if (find(name).isEmpty()) {
            return false;
        }
        Path file = file(name);
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }

    private CreatedModel read(Path file) {
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            List<CreatedModel.Turn> messages = new ArrayList<>();
            for (JsonNode turn : json.path("messages")) {
                String role = turn.path("role").asString("");
                if (!Set.of("user", "assistant").contains(role)) {
                    throw new IllegalArgumentException("a message of role '" + role + "'");
                }
                messages.add(new CreatedModel.Turn(role, turn.path("content").asString("")));
            }
            return new CreatedModel(
                    json.path("name").asString(""),
                    json.path("from").asString(""),
                    json.hasNonNull("system") ? json.path("system").asString() : null,
                    json.hasNonNull("template") ? json.path("template").asString() : null,
                    json.path("parameters").isObject() ? json.path("parameters").toString() : "{}",
                    messages,
                    json.path("licence").asString(""),
                    Instant.parse(json.path("created").asString("")));
        } catch (JacksonException | IllegalArgumentException | DateTimeException | HubException e) {
            throw new HubException(
                    "%s should say what a model was made of, but cannot be understood: %s. Delete this file and create the model again."
                            .formatted(file, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }

    private Path file(String name) {
        String plain = name.endsWith(":latest") ? name.substring(0, name.length() - ":latest".length()) : name;
        StringBuilder safe = new StringBuilder();
        for (byte b : plain.getBytes(StandardCharsets.UTF_8)) {
            boolean usual =
                    b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_';
            safe.append(usual ? String.valueOf((char) b) : "%%%02x".formatted(b & 0xff));
        }
        return folder.resolve(safe + ".json");
    }
}
