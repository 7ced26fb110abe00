package dev.ayni.engine;

import dev.ayni.chat.Embedder;
import dev.ayni.engine.models.Encoders;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;

/** A model opened from its files to turn texts into vectors: an encoder, or one that also writes. */
public sealed interface LocalEmbedder extends Embedder, AutoCloseable permits LocalEncoder, LocalModel {
    /**
     * Opens a model as what it is.
     *
     * @param path a .gguf file, or a folder with config.json, safetensors and tokenizer files
     * @throws WeightsException if the files are broken or of a family that is not computed; the letter says what to do
     */
    static LocalEmbedder open(Path path, EngineOptions options) throws IOException {
        boolean encoder;
        try (Weights weights = WeightsFiles.open(path)) {
            encoder = Encoders.knows(weights.metadata());
        }
        return encoder ? LocalEncoder.open(path, options) : LocalModel.open(path, options);
    }

    /** The most tokens that a text may have, or that count of it. */
    int context();

    /**
     * The model's tokenizer.
     *
     * @throws WeightsException if its files hold none
     */
    Tokenizer tokenizer();

    @Override
    void close();
}
