package dev.ayni.server.models;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.generation.Load;
import dev.ayni.server.http.ApiException;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** A model that this process computes. */
final class LocalServedModel implements OpenedModel {
    /** Of a text whose tokens are asked for: cutting it holds a processor. */
    private static final int MOST_CHARACTERS = 4 << 20;

    private static final int MOST_TEMPLATES = 16; // made ready, for the models that are made of this one

    private final ModelCard card;
    private final LocalModel model;
    private final Map<String, ServedModel> rewritten = new ConcurrentHashMap<>(); // by template

    private LocalServedModel(ModelCard card, LocalModel model) {
        this.card = card;
        this.model = model;
    }

    static LocalServedModel open(ModelCard card, Path path, EngineOptions options) throws IOException {
        LocalModel model = LocalModel.open(path, options);
        try {
            model.tokenizer(); // a model without one cannot be asked anything
            if (model.writes()) {
                model.complete(
                        new TextRequest("Hello", Sampling.GREEDY, new Limits(1, List.of(), false), -1), event -> true);
            } else {
                model.embed(List.of("Hello"));
            }
        } catch (Throwable e) {
            model.close();
            throw e;
        }
        return new LocalServedModel(card, model);
    }

    @Override
    public ModelCard card() {
        return card;
    }

    @Override
    public ServedModel withTemplate(String source) {
        if (rewritten.size() > MOST_TEMPLATES) {
            rewritten.clear();
        }
        return rewritten.computeIfAbsent(source, other -> new LocalServedModel(card, model.withTemplate(other)));
    }

    @Override
    public ChatModel chat() {
        return model;
    }

    @Override
    public TextModel text() {
        return model;
    }

    @Override
    public Embedder embedder() {
        return model;
    }

    @Override
    public Reranker reranker() {
        throw OpenedModel.cannot(card, "rank documents: it writes texts");
    }

    @Override
    public List<Integer> tokens(String text, boolean special) {
        if (text.length() > MOST_CHARACTERS) {
            throw ApiException.invalid(
                    null,
                    "The text has %d characters, and at most %d are cut into tokens at once. Send it in parts."
                            .formatted(text.length(), MOST_CHARACTERS));
        }
        return list(model.tokenizer().encode(text, special));
    }

    @Override
    public List<Integer> begin() {
        Tokenizer.Roles roles = model.tokenizer().roles();
        return roles.addBegin() && roles.begin().isPresent()
                ? List.of(roles.begin().getAsInt())
                : List.of();
    }

    @Override
    public List<Integer> ends() {
        return List.copyOf(model.tokenizer().roles().ends());
    }

    @Override
    public String piece(int id) {
        return model.tokenizer().piece(id);
    }

    @Override
    public String text(List<Integer> ids) {
        int most = model.spec().vocabulary() - 1;
        for (int id : ids) {
            if (id < 0 || id > most) {
                throw ApiException.invalid(
                        "tokens",
                        "The token id %d is not known; this model's ids go from 0 to %d.".formatted(id, most));
            }
        }
        return model.tokenizer().decode(ids.stream().mapToInt(id -> id).toArray());
    }

    @Override
    public String prompt(ChatRequest request) {
        return model.promptText(request);
    }

    @Override
    public List<Integer> promptIds(ChatRequest request) {
        return list(model.promptIds(request));
    }

    @Override
    public List<Integer> promptIds(TextRequest request) {
        return list(model.promptIds(request));
    }

    @Override
    public Optional<Load> load() {
        return Optional.of(model.load());
    }

    @Override
    public void limitCache(long bytes) {
        model.generator().limitCache(bytes);
    }

    private static List<Integer> list(int[] ids) {
        return IntStream.of(ids).boxed().toList();
    }

    @Override
    public void close() {
        model.close();
    }
}
