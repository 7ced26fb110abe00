package dev.ayni.chat;

import java.util.List;

/** Something that continues a text. */
public interface TextModel {
    /** Continues the text, one event after another, and returns after the last one. */
    void complete(TextRequest request, ChatSink sink);

    /** Several continuations of one text, one for each sink; returns after the last event of all. */
    void complete(TextRequest request, List<ChatSink> answers);
}
