package dev.ayni.chat;

/** Where a model's answer goes. */
@FunctionalInterface
public interface ChatSink {
    /** Takes an event; false means "stop", and only {@link ChatEvent.Finished} follows. */
    boolean accept(ChatEvent event);
}
