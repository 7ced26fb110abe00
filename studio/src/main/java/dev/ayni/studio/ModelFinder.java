package dev.ayni.studio;

import dev.ayni.hub.CreatedModel;
import dev.ayni.hub.Hub;
import dev.ayni.hub.Licence;
import dev.ayni.hub.LicenceGate;
import dev.ayni.hub.LocalModel;
import dev.ayni.hub.ModelReference;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns what was typed for a model into files on this machine; what is not here yet is fetched, with its progress shown. */
final class ModelFinder {
    private final Streams streams;
    private final boolean acceptLicence;
    private final Hub hub = Hub.ofThisUser();

    ModelFinder(Streams streams, boolean acceptLicence) {
        this.streams = streams;
        this.acceptLicence = acceptLicence;
    }

    Hub hub() {
        return hub;
    }

    /** What conversations with the model begin with; empty: nothing. */
    Optional<CreatedModel> words(@Nullable String typed) {
        return typed == null ? Optional.empty() : hub.words(typed);
    }

    /**
     * The model of that name, reference or path; the catalogue's standard one if nothing was typed. For a created model that
     * of which it is made.
     */
    LocalModel find(@Nullable String typed) {
        String meant = words(typed)
                .map(CreatedModel::from)
                .orElse(typed == null ? hub.catalogue().standard().name() : typed);
        ModelReference reference = hub.parse(meant);
        try (ProgressLine progress = new ProgressLine(streams)) {
            return hub.resolve(reference, progress, gate(progress));
        }
    }

    /** Shows a licence and asks, where there is somebody to ask. */
    LicenceGate gate(ProgressLine progress) {
        if (acceptLicence) {
            return LicenceGate.accepted();
        }
        return streams.inTerminal() && streams.errTerminal()
                ? (model, licence) -> ask(model, licence, progress)
                : LicenceGate.closed();
    }

    private boolean ask(String model, Licence licence, ProgressLine progress) {
        progress.clear();
        streams.err()
                .println("%s comes under terms that have to be accepted first:%n%n%s%n"
                        .formatted(model, licence.terms()));
        streams.err().print("Do you accept them? [y/N] ");
        streams.err().flush();
        String answer = line();
        return answer.equals("y") || answer.equals("yes");
    }

    private String line() {
        try {
            String line = new BufferedReader(new InputStreamReader(streams.in(), StandardCharsets.UTF_8)).readLine();
            return line == null ? "" : line.strip().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            throw new Letter("The answer cannot be read: %s.".formatted(e.getMessage()), e);
        }
    }
}
