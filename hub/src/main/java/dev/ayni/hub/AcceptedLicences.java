package dev.ayni.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** What the user has agreed to: which licence, when, and the digest of the words that were shown. */
final class AcceptedLicences {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final LocalLibrary library;
    private final Path file;

    AcceptedLicences(LocalLibrary library) {
        this.library = library;
        this.file = library.home().resolve("licences.json");
    }

    /** Lets a model pass whose licence asks for nothing, or was agreed to in these words, or is agreed to now. */
    void require(String model, Licence licence, LicenceGate gate) {
        if (!licence.needsAcceptance() || contains(licence)) {
            return;
        }
        if (!gate.accepts(model, licence)) {
            throw new HubException(
                    "%s comes under the %s, which has to be accepted first; nothing was fetched.%n%s%nTo accept it, run the same command in a terminal and answer yes, or add --accept-licence."
                            .formatted(model, licence.name(), licence.terms()));
        }
        add(licence);
    }

    private boolean contains(Licence licence) {
        String terms = licence.termsDigest().hex();
        for (JsonNode accepted : read()) {
            if (accepted.path("id").asString("").equals(licence.id())
                    && accepted.path("termsSha256").asString("").equals(terms)) {
                return true;
            }
        }
        return false;
    }

    private void add(Licence licence) {
        try (HomeLock _ = library.lock("licences", "the licences", Progress.none())) {
            ArrayNode all = read();
            all.addObject()
                    .put("id", licence.id())
                    .put("name", licence.name())
                    .put("accepted", Instant.now().toString())
                    .put("termsSha256", licence.termsDigest().hex());
            Disk.writeAtOnce(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(all));
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }

    private ArrayNode read() {
        if (!Files.exists(file)) {
            return JSON.createArrayNode();
        }
        try {
            if (JSON.readTree(Files.readAllBytes(file)) instanceof ArrayNode all) {
                return all;
            }
        } catch (IOException e) {
            throw Disk.letter(file, e);
        } catch (JacksonException e) {
            // the letter below says the same
        }
        throw new HubException(
                "%s should list the licences you have accepted, but cannot be understood. Delete it; you will be asked again."
                        .formatted(file));
    }
}
