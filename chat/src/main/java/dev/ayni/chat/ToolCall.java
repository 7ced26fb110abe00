package dev.ayni.chat;

/**
 * What a model asks to be run.
 *
 * @param id unlike that of any other call of the conversation; its result carries the same
 * @param name the tool's; a model may make one up that there is not
 * @param arguments a JSON object, as text; not checked against the tool's schema
 */
public record ToolCall(String id, String name, String arguments) {}
