package dev.ayni.chat;

import java.util.List;
import java.util.OptionalLong;

/** Something that answers in a conversation. */
public interface ChatModel {
    String name();

    /** Answers, one event after another, and returns after the last one. */
    void chat(ChatRequest request, ChatSink sink);

    /**
     * Several answers to one request, one for each sink; returns after the last event of all. A model that can reads the
     * request once and answers side by side, each sink called by one thread at a time. Answers draw different numbers.
     */
    default void chat(ChatRequest request, List<ChatSink> answers) {
        for (int i = 0; i < answers.size(); i++) {
            OptionalLong seed = request.sampling().seed();
            ChatRequest own = seed.isEmpty() || i == 0
                    ? request
                    : request.with(request.sampling().withSeed(seed.getAsLong() + i));
            chat(own, answers.get(i));
        }
    }
}
