package dev.ayni.chat;

/**
 * What a model asks to be run.
 *
 * @param id unlike that of any other call of the conversation; its result carries the same
 * @param name the tool's; where no call was required a model may make one up that there is not
 * @param arguments a JSON object, as text; where no call was required it may not fit the tool's schema
 */
public record ToolCall(String id, String name, String arguments) {}
