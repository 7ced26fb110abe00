package dev.ayni.server.openai;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatSink;

/** Ends an answer after its first call of a tool. */
final class FirstCallOnly implements ChatSink {
    private final ChatSink sink;
    private boolean called;

    FirstCallOnly(ChatSink sink) {
        this.sink = sink;
    }

    @Override
    public boolean accept(ChatEvent event) {
        if (event instanceof ChatEvent.Finished end) {
            return sink.accept(called ? new ChatEvent.Finished(Reason.TOOL_CALLS, end.usage()) : end);
        }
        if (called) {
            return false;
        }
        called = event instanceof ChatEvent.ToolCallFinished;
        return sink.accept(event) && !called;
    }
}
