package dev.ayni.guard;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.Reranker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Says how well documents answer a query, behind a guard. */
public final class GuardedReranker implements Reranker {
    private final Reranker reranker;
    private final SupervisedGuard guard;
    private final VerdictListener listener;

    /** @param listener hears every decision */
    public GuardedReranker(Reranker reranker, Guard guard, VerdictListener listener) {
        this.reranker = reranker;
        this.guard = SupervisedGuard.of(guard);
        this.listener = listener;
    }

    @Override
    public String name() {
        return reranker.name();
    }

    /** @throws BlockedException if the query or one of the documents may not go in */
    @Override
    public Ranking rank(String query, List<String> documents) {
        return rank(query, documents, () -> true);
    }

    /** @throws BlockedException if the query or one of the documents may not go in; all are judged before the first portion */
    @Override
    public Ranking rank(String query, List<String> documents, BooleanSupplier wanted) {
        GuardedRequest checks = new GuardedRequest(guard.begin(ChatRequest.of(query)), listener);
        String asked = checks.text(Stage.PROMPT, query, List.of());
        List<Message> before = List.of(Message.user(asked));
        List<String> passed = new ArrayList<>();
        for (String document : documents) {
            passed.add(checks.text(Stage.RETRIEVED, document, before));
        }
        return reranker.rank(asked, passed, wanted);
    }
}
