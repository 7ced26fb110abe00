package dev.ayni.chat;

/** Whether an answer may, must or must not call tools. */
public sealed interface ToolChoice {
    /** The model decides. What it calls need not exist, nor its arguments fit. */
    record Auto() implements ToolChoice {}

    /** The model does not get to know the tools. */
    record None() implements ToolChoice {}

    /** The answer is one call or several, of tools that there are, with arguments that fit their schemas. */
    record Required() implements ToolChoice {}

    /** The answer is one call of this tool, with arguments that fit its schema. */
    record Named(String name) implements ToolChoice {}

    ToolChoice AUTO = new Auto();
    ToolChoice NONE = new None();
    ToolChoice REQUIRED = new Required();
}
