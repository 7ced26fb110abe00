package dev.ayni.server.models;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import java.util.List;
import java.util.function.BooleanSupplier;

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

    /** Answers a conversation, as often as there are sinks. */
    protected void answer(ChatModel chat, ChatRequest request, List<ChatSink> answers) {
        chat.chat(request, answers);
    }

    /** Continues a text, as often as there are sinks. */
    protected void complete(TextModel text, TextRequest request, List<ChatSink> answers) {
        text.complete(request, answers);
    }

    /** Turns texts into vectors, for as long as they are wanted. */
    protected Embedder.Embeddings embed(
            Embedder embedder, List<String> texts, Scheduling scheduling, BooleanSupplier wanted) {
        return embedder.embed(texts, scheduling, wanted);
    }

    /** Ranks documents, for as long as that is wanted. */
    protected Reranker.Ranking rank(Reranker reranker, String query, List<String> documents, BooleanSupplier wanted) {
        return reranker.rank(query, documents, wanted);
    }

    @Override
    public ModelCard card() {
        return inner.card();
    }

    @Override
    public ChatModel chat() {
        ChatModel chat = inner.chat();
        return new ChatModel() {
            @Override
            public String name() {
                return card().name();
            }

            @Override
            public void chat(ChatRequest request, ChatSink sink) {
                answer(chat, request, List.of(sink));
            }

            @Override
            public void chat(ChatRequest request, List<ChatSink> answers) {
                answer(chat, request, answers);
            }
        };
    }

    @Override
    public TextModel text() {
        TextModel text = inner.text();
        return new TextModel() {
            @Override
            public void complete(TextRequest request, ChatSink sink) {
                complete(request, List.of(sink));
            }

            @Override
            public void complete(TextRequest request, List<ChatSink> answers) {
                ModelAround.this.complete(text, request, answers);
            }
        };
    }

    @Override
    public Embedder embedder() {
        Embedder embedder = inner.embedder();
        return new Embedder() {
            @Override
            public String name() {
                return embedder.name();
            }

            @Override
            public int width() {
                return embedder.width();
            }

            @Override
            public Embeddings embed(List<String> texts) {
                return embed(texts, Scheduling.USUAL);
            }

            @Override
            public Embeddings embed(List<String> texts, Scheduling scheduling) {
                return embed(texts, scheduling, () -> true);
            }

            @Override
            public Embeddings embed(List<String> texts, Scheduling scheduling, BooleanSupplier wanted) {
                return ModelAround.this.embed(embedder, texts, scheduling, wanted);
            }

            @Override
            public int layerCount() {
                return embedder.layerCount();
            }

            @Override
            public List<float[][]> layers(List<String> texts, int[] layers) {
                return embedder.layers(texts, layers);
            }
        };
    }

    @Override
    public Reranker reranker() {
        Reranker reranker = inner.reranker();
        return new Reranker() {
            @Override
            public String name() {
                return reranker.name();
            }

            @Override
            public Ranking rank(String query, List<String> documents) {
                return rank(query, documents, () -> true);
            }

            @Override
            public Ranking rank(String query, List<String> documents, BooleanSupplier wanted) {
                return ModelAround.this.rank(reranker, query, documents, wanted);
            }
        };
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
}
