package dev.ayni.engine;

import dev.ayni.chat.Reranker;
import dev.ayni.engine.models.Encoder.Text;
import dev.ayni.engine.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A cross-encoder opened from its files: it reads a query and a document together and says how well they fit. */
public final class LocalReranker implements Reranker, AutoCloseable {
    private final LocalEncoder encoder;

    private LocalReranker(LocalEncoder encoder) {
        this.encoder = encoder;
    }

    /**
     * Opens a cross-encoder: an encoder whose classifier has one label.
     *
     * @param path a .gguf file, or a folder with config.json, safetensors and tokenizer files
     * @throws WeightsException if the files are broken, of a family that is not computed, or no cross-encoder's
     */
    public static LocalReranker open(Path path, EngineOptions options) throws IOException {
        LocalEncoder encoder = LocalEncoder.open(path, options);
        try {
            return of(encoder);
        } catch (WeightsException e) {
            encoder.close();
            throw e;
        }
    }

    /**
     * An opened encoder as the reranker that it is; closing one closes the other.
     *
     * @throws WeightsException if it is no cross-encoder
     */
    public static LocalReranker of(LocalEncoder encoder) {
        int labels = encoder.spec().labels();
        if (labels != 1) {
            throw new WeightsException(
                    "%s is no cross-encoder: its classifier has %d labels, and 1 was expected. Choose a model that was trained to rank, such as one called cross-encoder or reranker."
                            .formatted(encoder.name(), labels));
        }
        return new LocalReranker(encoder);
    }

    @Override
    public String name() {
        return encoder.name();
    }

    /** The model itself. */
    public LocalEncoder encoder() {
        return encoder;
    }

    /** A score from 0 to 1 for each document: the sigmoid of what the classifier says. */
    @Override
    public Ranking rank(String query, List<String> documents) {
        List<Text> pairs = documents.stream()
                .map(document -> encoder.tokens(query, document))
                .toList();
        List<Double> scores = encoder.classify(pairs).stream()
                .map(logits -> 1 / (1 + Math.exp(-logits[0])))
                .toList();
        return new Ranking(
                scores, pairs.stream().mapToInt(pair -> pair.ids().length).sum());
    }

    @Override
    public void close() {
        encoder.close();
    }
}
