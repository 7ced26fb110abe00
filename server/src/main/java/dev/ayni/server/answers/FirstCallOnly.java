package dev.ayni.server.answers;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatSink;

/** Ends an answer after its first call of a tool, where a client does not want several at once; passes others on. */
public final class FirstCallOnly implements ChatSink {
    private final ChatSink sink;
    private final boolean asked;
    private boolean called;

    /** @param asked whether an answer is to end after its first call */
    public FirstCallOnly(ChatSink sink, boolean asked) {
        this.sink = sink;
        this.asked = asked;
    }

    @Override
    public boolean accept(ChatEvent event) {
        boolean over = asked && called;
        if (event instanceof ChatEvent.Finished end) {
            return sink.accept(over ? new ChatEvent.Finished(Reason.TOOL_CALLS, end.usage()) : end);
        }
        if (over) {
            return false;
        }
        called |= event instanceof ChatEvent.ToolCallFinished;
        return sink.accept(event) && !(asked && called);
    }

    /** Whether a tool was called. */
    public boolean called() {
        return called;
    }
}
