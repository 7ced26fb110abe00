package dev.ayni.guard;

import java.util.Locale;

/** Where on its way through a conversation a text is looked at. */
public enum Stage {
    /** What a person or a program asks. */
    PROMPT,
    /** What a search brought, to be put before the model. */
    RETRIEVED,
    /** The arguments with which the model calls a tool. */
    TOOL_CALL,
    /** What a tool answered. */
    TOOL_RESULT,
    /** What the model answers. */
    ANSWER;

    /** In words: {@code tool call}. */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
