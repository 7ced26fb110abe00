package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The models known by name, and the licences known by name: a data file inside this program. */
public final class Catalogue {
    private final CatalogueEntry standard;
    private final Map<String, CatalogueEntry> entries;
    private final Map<String, Licence> licences;
    private final Map<String, Licence> licencesOfHuggingFace;

    private Catalogue(
            CatalogueEntry standard,
            Map<String, CatalogueEntry> entries,
            Map<String, Licence> licences,
            Map<String, Licence> licencesOfHuggingFace) {
        this.standard = standard;
        this.entries = entries;
        this.licences = licences;
        this.licencesOfHuggingFace = licencesOfHuggingFace;
    }

    /** The catalogue that comes with this program. */
    public static Catalogue bundled() {
        return Bundled.CATALOGUE;
    }

    private static final class Bundled {
        static final Catalogue CATALOGUE = load();

        private static Catalogue load() {
            try (InputStream in = Catalogue.class.getResourceAsStream("catalogue.json")) {
                if (in == null) {
                    throw new IllegalStateException("catalogue.json is missing in this program: build it anew.");
                }
                return read(in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Reads a catalogue from JSON; the bundled {@code catalogue.json} shows the form. */
    static Catalogue read(byte[] json) {
        JsonNode root = JsonMapper.shared().readTree(json);
        Map<String, Licence> licences = new LinkedHashMap<>();
        Map<String, Licence> ofHuggingFace = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> named : root.path("licences").properties()) {
            Licence licence = licence(named.getKey(), named.getValue());
            licences.put(licence.id(), licence);
            for (JsonNode tag : named.getValue().path("huggingFace")) {
                ofHuggingFace.put(tag.asString(), licence);
            }
        }
        Map<String, CatalogueEntry> entries = new LinkedHashMap<>();
        for (JsonNode model : root.path("models")) {
            CatalogueEntry entry = entry(model, licences);
            entries.put(entry.name(), entry);
        }
        CatalogueEntry standard = entries.get(root.path("default").asString());
        if (standard == null) {
            throw new IllegalArgumentException("the catalogue's default is none of its models");
        }
        return new Catalogue(standard, entries, licences, ofHuggingFace);
    }

    private static Licence licence(String id, JsonNode json) {
        List<String> summary = new ArrayList<>();
        for (JsonNode line : json.path("summary")) {
            summary.add(line.asString());
        }
        return new Licence(
                id,
                json.path("name").asString(),
                address(json.path("text")),
                address(json.path("acceptableUse")),
                json.path("acceptance").asBoolean(),
                summary);
    }

    private static CatalogueEntry entry(JsonNode json, Map<String, Licence> licences) {
        String name = json.path("name").asString();
        Licence licence = licences.get(json.path("licence").asString());
        if (licence == null) {
            throw new IllegalArgumentException("the catalogue has no licence for " + name);
        }
        List<CatalogueEntry.Source> sources = new ArrayList<>();
        for (JsonNode source : json.path("sources")) {
            List<ModelReference> parts = new ArrayList<>();
            for (JsonNode part : source.path("parts")) {
                parts.add(ReferenceText.remote(part.asString()));
            }
            List<Long> downloadBytes = new ArrayList<>();
            for (JsonNode bytes : source.path("downloadBytes")) {
                downloadBytes.add(bytes.asLong());
            }
            sources.add(new CatalogueEntry.Source(parts, downloadBytes));
        }
        JsonNode sha256 = json.path("sha256");
        return new CatalogueEntry(
                name,
                json.path("title").asString(),
                json.path("family").asString(),
                CatalogueEntry.Kind.valueOf(json.path("kind").asString().toUpperCase(Locale.ROOT)),
                json.path("parameters").asLong(),
                json.path("quantisation").asString(),
                json.path("bytes").asLong(),
                sha256.isString() ? new Digest(sha256.asString()) : null,
                json.path("context").asInt(),
                json.path("cachedNumbersPerToken").asLong(),
                licence,
                SafeName.check(json.path("file").asString(), "The catalogue"),
                sources);
    }

    private static @Nullable URI address(JsonNode text) {
        return text.isString() ? URI.create(text.asString()) : null;
    }

    /** All models, as the file lists them. */
    public List<CatalogueEntry> entries() {
        return List.copyOf(entries.values());
    }

    public List<String> names() {
        return List.copyOf(entries.keySet());
    }

    public Optional<CatalogueEntry> find(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    /** The model for those who name none. */
    public CatalogueEntry standard() {
        return standard;
    }

    /** A licence by its SPDX identifier or {@code LicenseRef}. */
    public Optional<Licence> licence(String id) {
        return Optional.ofNullable(licences.get(id));
    }

    /** A licence by the tag that Hugging Face gives it. */
    Optional<Licence> licenceOfHuggingFace(String tag) {
        return Optional.ofNullable(licencesOfHuggingFace.get(tag));
    }
}
