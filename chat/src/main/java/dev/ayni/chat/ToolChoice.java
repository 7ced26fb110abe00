package dev.ayni.chat;

/** Whether an answer may, must or must not call tools. */
public sealed interface ToolChoice {
    /** The model decides. */
    record Auto() implements ToolChoice {}

    /** The model does not get to know the tools. */
    record None() implements ToolChoice {}

    /** The answer is a call of some tool. */
    record Required() implements ToolChoice {}

    /** The answer is a call of this tool. */
    record Named(String name) implements ToolChoice {}

    ToolChoice AUTO = new Auto();
    ToolChoice NONE = new None();
    ToolChoice REQUIRED = new Required();
}
