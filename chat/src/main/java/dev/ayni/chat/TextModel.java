package dev.ayni.chat;

/** Something that continues a text. */
public interface TextModel {
    /** Continues the text, one event after another, and returns after the last one. */
    void complete(TextRequest request, ChatSink sink);
}
