package dev.ayni.server.models;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import java.util.List;

/**
 * A model that does everything as another does, for those that do some things otherwise. By another chat template it is asked
 * for only where it says how it stays around: else what it is there for, such as a guard, would be left behind in silence.
 */
public abstract class ModelAround implements ServedModel {
    private final ServedModel inner;

    protected ModelAround(ServedModel inner) {
        this.inner = inner;
    }

    /** The model that does it all. */
    protected final ServedModel inner() {
        return inner;
    }

    @Override
    public ModelCard card() {
        return inner.card();
    }

    @Override
    public ChatModel chat() {
        return inner.chat();
    }

    @Override
    public TextModel text() {
        return inner.text();
    }

    @Override
    public Embedder embedder() {
        return inner.embedder();
    }

    @Override
    public Reranker reranker() {
        return inner.reranker();
    }

    @Override
    public List<Integer> tokens(String text, boolean special) {
        return inner.tokens(text, special);
    }

    @Override
    public List<Integer> begin() {
        return inner.begin();
    }

    @Override
    public List<Integer> ends() {
        return inner.ends();
    }

    @Override
    public String piece(int id) {
        return inner.piece(id);
    }

    @Override
    public Defaults defaults() {
        return inner.defaults();
    }

    @Override
    public String text(List<Integer> ids) {
        return inner.text(ids);
    }

    @Override
    public String prompt(ChatRequest request) {
        return inner.prompt(request);
    }

    @Override
    public List<Integer> promptIds(ChatRequest request) {
        return inner.promptIds(request);
    }

    @Override
    public List<Integer> promptIds(TextRequest request) {
        return inner.promptIds(request);
    }

    @Override
    public int promptTokens(ChatRequest request) {
        return promptIds(request).size();
    }
}
