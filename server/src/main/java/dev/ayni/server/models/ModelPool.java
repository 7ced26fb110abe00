package dev.ayni.server.models;

import dev.ayni.engine.generation.Load;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models of one server: loaded when they are asked for, unloaded when idle or when another needs their memory. */
public interface ModelPool extends AutoCloseable {
    /** All that can be asked for, loaded or not. */
    List<ModelCard> models();

    /** Their names, without a look into their files. */
    List<String> names();

    /** One of them by its name or another spelling of it ({@code name:latest}). */
    Optional<ModelCard> find(String name);

    /**
     * A model to use; loads it if need be, and waits for that.
     *
     * @throws ApiException 404 (model_not_found) if there is none of that name; 503 if it cannot be loaded, with the reason
     */
    Lease lease(String name);

    /** A model to use for a request, as whoever asks may use it. */
    default Lease lease(String name, Exchange exchange) {
        return lease(name);
    }

    /** A use of a model, which keeps it loaded. */
    interface Lease extends AutoCloseable {
        ServedModel model();

        /** How long the model stays loaded after this use; zero: not at all; negative: for good. */
        void keepAlive(Duration after);

        @Override
        void close();
    }

    /** The models that are loaded. */
    List<Loaded> loaded();

    /**
     * A model in memory.
     *
     * @param bytes of memory that it takes
     * @param until when it is unloaded if nobody asks; {@link Instant#MAX}: never
     * @param users how many requests use it now
     */
    record Loaded(ModelCard card, long bytes, Instant until, int users) {}

    /** What the engines of the loaded models do, by the models' names. */
    default Map<String, Load> loads() {
        return Map.of();
    }

    /** Unloads a model as soon as nobody uses it. */
    void unload(String name);

    @Override
    void close();
}
