package dev.ayni.server;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import java.util.List;
import java.util.Optional;

/** A pool in which there is nothing. */
public final class NoModels implements ModelPool {
    @Override
    public List<ModelCard> models() {
        return List.of();
    }

    @Override
    public List<String> names() {
        return List.of();
    }

    @Override
    public Optional<ModelCard> find(String name) {
        return Optional.empty();
    }

    @Override
    public Lease lease(String name) {
        throw ApiException.notFound("model_not_found", "There is no model.");
    }

    @Override
    public List<Loaded> loaded() {
        return List.of();
    }

    @Override
    public void unload(String name) {}

    @Override
    public void close() {}
}
