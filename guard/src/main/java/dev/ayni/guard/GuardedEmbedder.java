package dev.ayni.guard;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Scheduling;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Turns texts into vectors, behind a guard. */
public final class GuardedEmbedder implements Embedder {
    private final Embedder embedder;
    private final SupervisedGuard guard;
    private final VerdictListener listener;

    /** @param listener hears every decision */
    public GuardedEmbedder(Embedder embedder, Guard guard, VerdictListener listener) {
        this.embedder = embedder;
        this.guard = SupervisedGuard.of(guard);
        this.listener = listener;
    }

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

    /** @throws BlockedException if one of the texts may not go in */
    @Override
    public Embeddings embed(List<String> texts, Scheduling scheduling) {
        return embedder.embed(passed(texts, scheduling), scheduling);
    }

    /** @throws BlockedException if one of the texts may not go in; they are all judged before the first portion */
    @Override
    public Embeddings embed(List<String> texts, Scheduling scheduling, BooleanSupplier wanted) {
        return embedder.embed(passed(texts, scheduling), scheduling, wanted);
    }

    private List<String> passed(List<String> texts, Scheduling scheduling) {
        GuardSession session = guard.begin(ChatRequest.of(List.of()).with(scheduling));
        GuardedRequest checks = new GuardedRequest(session, listener);
        List<String> passed = new ArrayList<>();
        for (String text : texts) {
            passed.add(checks.text(Stage.PROMPT, text, List.of()));
        }
        return passed;
    }
}
