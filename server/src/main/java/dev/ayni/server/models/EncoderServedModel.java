package dev.ayni.server.models;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalEncoder;
import dev.ayni.engine.LocalReranker;
import dev.ayni.engine.generation.Load;
import dev.ayni.server.http.ApiException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A model that reads texts and writes none. */
final class EncoderServedModel implements OpenedModel {
    private final ModelCard card;
    private final LocalEncoder encoder;

    private EncoderServedModel(ModelCard card, LocalEncoder encoder) {
        this.card = card;
        this.encoder = encoder;
    }

    static EncoderServedModel open(ModelCard card, Path path, EngineOptions options) throws IOException {
        LocalEncoder encoder = LocalEncoder.open(path, options);
        try {
            encoder.embed(List.of("Hello"));
        } catch (Throwable e) {
            encoder.close();
            throw e;
        }
        return new EncoderServedModel(card, encoder);
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    public ChatModel chat() {
        throw OpenedModel.cannot(card, "converse: it turns texts into vectors");
    }

    @Override
    public TextModel text() {
        throw OpenedModel.cannot(card, "continue texts: it turns them into vectors");
    }

    @Override
    public Embedder embedder() {
        return encoder;
    }

    @Override
    public Reranker reranker() {
        if (!card.abilities().contains(ModelCard.Ability.RERANK)) {
            throw OpenedModel.cannot(card, "rank documents: it was not trained to read two texts together");
        }
        return LocalReranker.of(encoder);
    }

    @Override
    public List<Integer> tokens(String text, boolean special) {
        return IntStream.of(encoder.tokenizer().encode(text, special)).boxed().toList();
    }

    @Override
    public List<Integer> begin() {
        return IntStream.of(encoder.tokenizer().frame().before()).boxed().toList();
    }

    @Override
    public String text(List<Integer> ids) {
        int most = encoder.spec().vocabulary() - 1;
        for (int id : ids) {
            if (id < 0 || id > most) {
                throw ApiException.invalid(
                        "tokens",
                        "The token id %d is not known; this model's ids go from 0 to %d.".formatted(id, most));
            }
        }
        return encoder.tokenizer().decode(ids.stream().mapToInt(id -> id).toArray());
    }

    @Override
    public String prompt(ChatRequest request) {
        throw OpenedModel.cannot(card, "converse: it turns texts into vectors");
    }

    @Override
    public List<Integer> promptIds(ChatRequest request) {
        throw OpenedModel.cannot(card, "converse: it turns texts into vectors");
    }

    @Override
    public List<Integer> promptIds(TextRequest request) {
        throw OpenedModel.cannot(card, "continue texts: it turns them into vectors");
    }

    @Override
    public void limitCache(long bytes) {} // it holds no conversations

    @Override
    public Optional<Load> load() {
        return Optional.empty();
    }

    @Override
    public void close() {
        encoder.close();
    }
}
