package dev.ayni.library.tools;

import dev.ayni.chat.Tool;

/** A tool with what runs when it is called. */
public interface RunnableTool {
    /** What the model gets to know. */
    Tool tool();

    /**
     * Runs it.
     *
     * @param arguments a JSON object as the model wrote it, which need not keep to the tool's schema
     * @return the result, for the model
     * @throws ToolException if there is none; the model is given the message, and may try again
     */
    String run(String arguments);
}
