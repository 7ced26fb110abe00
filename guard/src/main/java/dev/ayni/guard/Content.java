package dev.ayni.guard;

import dev.ayni.chat.Message;
import java.util.List;

/**
 * A text to be looked at.
 *
 * @param text the text alone; the spans of findings and edits count its UTF-16 units
 * @param before the conversation up to this text, oldest first; empty where there is none
 * @param complete whether the text has ended; false while an answer is still being written
 */
public record Content(Stage stage, String text, List<Message> before, boolean complete) {
    public Content {
        before = List.copyOf(before);
    }

    /** A whole text that stands alone. */
    public static Content of(Stage stage, String text) {
        return new Content(stage, text, List.of(), true);
    }
}
