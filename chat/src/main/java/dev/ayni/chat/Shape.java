package dev.ayni.chat;

/** What an answer must look like. What cannot be enforced is refused before the model begins. */
public sealed interface Shape {
    /** The shape as it was written. */
    String text();

    /**
     * JSON that a schema describes. Members come in the schema's order.
     *
     * @param text a JSON Schema, draft 2020-12
     */
    record JsonSchema(String text) implements Shape {}

    /**
     * A text of a grammar.
     *
     * @param text rules in llama.cpp's notation; the answer is the rule "root"
     */
    record Gbnf(String text) implements Shape {}

    /**
     * A text that a regular expression matches whole.
     *
     * @param text a pattern in ECMAScript's notation
     */
    record Regex(String text) implements Shape {}
}
