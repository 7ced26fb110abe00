package dev.ayni.chat;

/** Something that answers in a conversation. */
public interface ChatModel {
    String name();

    /** Answers, one event after another, and returns after the last one. */
    void chat(ChatRequest request, ChatSink sink);
}
