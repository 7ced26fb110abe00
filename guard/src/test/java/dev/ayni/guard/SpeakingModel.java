package dev.ayni.guard;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Usage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Says what a test has written down, until its reader wants no more. */
final class SpeakingModel implements ChatModel {
    static final Usage USAGE = new Usage(3, 0, 5, 100, 1, 1);

    final List<ChatRequest> asked = new ArrayList<>();
    private final List<ChatEvent> events;

    SpeakingModel(List<? extends ChatEvent> events) {
        this.events = List.copyOf(events);
    }

    static SpeakingModel saying(String... deltas) {
        return new SpeakingModel(Arrays.stream(deltas).map(ChatEvent.Text::new).toList());
    }

    @Override
    public String name() {
        return "speaking";
    }

    @Override
    public void chat(ChatRequest request, ChatSink sink) {
        asked.add(request);
        for (ChatEvent event : events) {
            if (!sink.accept(event)) {
                sink.accept(new ChatEvent.Finished(ChatEvent.Reason.CANCELLED, USAGE));
                return;
            }
        }
        sink.accept(new ChatEvent.Finished(ChatEvent.Reason.END, USAGE));
    }
}
