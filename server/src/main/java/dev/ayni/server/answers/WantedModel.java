package dev.ayni.server.answers;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.models.ModelAround;
import dev.ayni.server.models.ServedModel;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A model that works for whoever waits at an exchange, and stops soon after they left: an answer in pieces or whole within a
 * step, also while it waits for its turn and while its prompt is read, vectors and rankings after the portion that is made.
 */
public final class WantedModel extends ModelAround {
    private final Exchange exchange;

    public WantedModel(ServedModel model, Exchange exchange) {
        super(model);
        this.exchange = exchange;
    }

    @Override
    protected void answer(ChatModel chat, ChatRequest request, List<ChatSink> answers) {
        super.answer(chat, request, watching(answers));
    }

    @Override
    protected void complete(TextModel text, TextRequest request, List<ChatSink> answers) {
        super.complete(text, request, watching(answers));
    }

    private List<ChatSink> watching(List<ChatSink> sinks) {
        return sinks.stream().map(this::watching).toList();
    }

    private ChatSink watching(ChatSink sink) {
        return event -> (event instanceof ChatEvent.Finished || !exchange.left()) && sink.accept(event);
    }

    @Override
    protected Embedder.Embeddings embed(
            Embedder embedder, List<String> texts, Scheduling scheduling, BooleanSupplier wanted) {
        return unlessLeft(
                () -> super.embed(embedder, texts, scheduling, () -> !exchange.left() && wanted.getAsBoolean()));
    }

    @Override
    protected Reranker.Ranking rank(Reranker reranker, String query, List<String> documents, BooleanSupplier wanted) {
        return unlessLeft(
                () -> super.rank(reranker, query, documents, () -> !exchange.left() && wanted.getAsBoolean()));
    }

    private <T> T unlessLeft(Supplier<T> work) {
        try {
            return work.get();
        } catch (CancellationException e) {
            throw new ReaderLeft(e);
        }
    }
}
