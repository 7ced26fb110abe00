package dev.ayni.library.tools;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Usage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Answers what a test has written down: a text, or calls as {@code name{...}}. */
final class ScriptedModel implements ChatModel {
    final List<ChatRequest> heard = new ArrayList<>();
    private final Deque<List<String>> answers = new ArrayDeque<>();
    private int ids;

    ScriptedModel answers(String... parts) {
        answers.add(List.of(parts));
        return this;
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public void chat(ChatRequest request, ChatSink sink) {
        heard.add(request);
        boolean calls = false;
        for (String part : answers.remove()) {
            int brace = part.indexOf('{');
            if (brace < 0) {
                sink.accept(new ChatEvent.Text(part));
                continue;
            }
            calls = true;
            ToolCall call = new ToolCall("c" + ++ids, part.substring(0, brace), part.substring(brace));
            sink.accept(new ChatEvent.ToolCallStarted(call.id(), call.name()));
            sink.accept(new ChatEvent.ToolCallArguments(call.id(), call.arguments()));
            sink.accept(new ChatEvent.ToolCallFinished(call));
        }
        sink.accept(new ChatEvent.Finished(calls ? Reason.TOOL_CALLS : Reason.END, new Usage(1, 0, 1, 9, 1, 1)));
    }
}
