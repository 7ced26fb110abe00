package dev.ayni.server.models;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.generation.Load;
import dev.ayni.engine.models.Encoders;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.server.http.ApiException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A model that this process has in memory. */
sealed interface OpenedModel extends ServedModel, AutoCloseable permits LocalServedModel, EncoderServedModel {
    /** What its engine does, if it has one that takes turns. */
    Optional<Load> load();

    /** Changes how much memory its conversations may take; returns when what is beyond it was given back. */
    void limitCache(long bytes);

    @Override
    void close();

    /** Opens a model and lets it compute once, so that its first reader need not wait for what is done once. */
    static OpenedModel open(ModelCard card, Path path, EngineOptions options) throws IOException {
        boolean encoder;
        try (Weights weights = WeightsFiles.open(path)) {
            encoder = Encoders.knows(weights.metadata());
        }
        return encoder ? EncoderServedModel.open(card, path, options) : LocalServedModel.open(card, path, options);
    }

    /** That the model was not made for what is asked of it. */
    static ApiException cannot(ModelCard card, String what) {
        return new ApiException(
                400,
                "model_cannot",
                "model",
                Map.of(),
                "'%s' cannot %s. Ask a model that can; the list of models says what each one does."
                        .formatted(card.name(), what));
    }
}
