package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a model of the library consists of.
 *
 * @param files sorted by name
 */
record Manifest(
        String name,
        String source,
        Instant pulled,
        @Nullable Licence licence,
        List<Part> files) {
    private static final JsonMapper JSON = JsonMapper.shared();

    Manifest {
        files = files.stream().sorted(Comparator.comparing(Part::name)).toList();
    }

    /** One file. */
    record Part(String name, Digest digest, long bytes) {}

    static Manifest read(Path file) {
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            List<Part> files = new ArrayList<>();
            for (JsonNode part : json.path("files")) {
                files.add(new Part(
                        SafeName.check(part.path("name").asString(), file.toString()),
                        new Digest(part.path("sha256").asString()),
                        part.path("bytes").asLong()));
            }
            return new Manifest(
                    json.path("name").asString(),
                    json.path("source").asString(),
                    Instant.parse(json.path("pulled").asString()),
                    json.path("licence").isObject() ? licence(json.path("licence")) : null,
                    files);
        } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
            throw new HubException(
                    "%s should say what a model of the library consists of, but cannot be understood: %s. Delete this file and pull the model again."
                            .formatted(file, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }

    /** Writes it at once or not at all. */
    void write(Path file) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("name", name).put("source", source).put("pulled", pulled.toString());
        if (licence != null) {
            ObjectNode terms = json.putObject("licence");
            terms.put("id", licence.id()).put("name", licence.name()).put("needsAcceptance", licence.needsAcceptance());
            if (licence.text() != null) {
                terms.put("text", licence.text().toString());
            }
            if (licence.acceptableUse() != null) {
                terms.put("acceptableUse", licence.acceptableUse().toString());
            }
            ArrayNode summary = terms.putArray("summary");
            licence.summary().forEach(summary::add);
        }
        ArrayNode parts = json.putArray("files");
        for (Part part : files) {
            parts.addObject()
                    .put("name", part.name())
                    .put("sha256", part.digest().hex())
                    .put("bytes", part.bytes());
        }
        Disk.writeAtOnce(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
    }

    private static Licence licence(JsonNode json) {
        List<String> summary = new ArrayList<>();
        for (JsonNode line : json.path("summary")) {
            summary.add(line.asString());
        }
        return new Licence(
                json.path("id").asString(),
                json.path("name").asString(),
                json.path("text").isString() ? URI.create(json.path("text").asString()) : null,
                json.path("acceptableUse").isString()
                        ? URI.create(json.path("acceptableUse").asString())
                        : null,
                json.path("needsAcceptance").asBoolean(),
                summary);
    }
}
