package dev.ayni.guard;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatSink;
import java.util.ArrayList;
import java.util.List;

/** Keeps what reaches it. */
final class Reader implements ChatSink {
    final List<ChatEvent> events = new ArrayList<>();

    @Override
    public boolean accept(ChatEvent event) {
        events.add(event);
        return true;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (ChatEvent event : events) {
            if (event instanceof ChatEvent.Text(String delta)) {
                text.append(delta);
            }
        }
        return text.toString();
    }

    /** All characters that reached it, in whatever way. */
    String everything() {
        StringBuilder all = new StringBuilder();
        for (ChatEvent event : events) {
            switch (event) {
                case ChatEvent.Text(String delta) -> all.append(delta);
                case ChatEvent.Reasoning(String delta) -> all.append(delta);
                case ChatEvent.ToolCallArguments(String id, String delta) -> all.append(delta);
                case ChatEvent.ToolCallFinished(dev.ayni.chat.ToolCall call) -> all.append(call.arguments());
                case ChatEvent.ToolCallBroken(String id, String text, String why) -> all.append(text);
                case ChatEvent.LogProbability probability ->
                    all.append(probability.token().text());
                case ChatEvent.ToolCallStarted ignored -> {}
                case ChatEvent.PromptToken ignored -> {}
                case ChatEvent.Working ignored -> {}
                case ChatEvent.Blocked ignored -> {}
                case ChatEvent.Finished ignored -> {}
            }
        }
        return all.toString();
    }

    ChatEvent.Finished end() {
        return (ChatEvent.Finished) events.getLast();
    }

    List<ChatEvent> ofKind(Class<? extends ChatEvent> kind) {
        return events.stream().filter(kind::isInstance).toList();
    }
}
