package dev.ayni.guard;

import dev.ayni.chat.ChatRequest;

/** Decides what may go into a model and what may come out. A guard that throws, or takes too long, blocks. */
public interface Guard {
    String name();

    /** Opens a session for one request and its answer. */
    GuardSession begin(ChatRequest request);
}
