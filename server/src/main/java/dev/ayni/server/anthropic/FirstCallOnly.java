package dev.ayni.server.anthropic;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatSink;

/** Ends an answer after its first call, where the client does not want several at once. */
final class FirstCallOnly implements ChatSink {
    private final ChatSink to;
    private final boolean asked;
    private boolean called;

    FirstCallOnly(ChatSink to, boolean asked) {
        this.to = to;
        this.asked = asked;
    }

    @Override
    public boolean accept(ChatEvent event) {
        if (asked && called && !(event instanceof ChatEvent.Finished)) {
            return false;
        }
        called |= event instanceof ChatEvent.ToolCallFinished;
        return to.accept(event) && !(asked && called);
    }

    /** Whether a tool was called. */
    boolean called() {
        return called;
    }
}
