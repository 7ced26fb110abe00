package dev.ayni.engine.toolcalls;

import java.util.List;
import java.util.stream.Stream;

/** How a family of models writes calls of tools. */
public enum ToolCallFormat {
    /** JSON between {@code <tool_call>} and {@code </tool_call>}: Hermes, Qwen 2.5 and 3, SmolLM3, and many more. */
    HERMES(List.of("<tool_call>"), List.of("</tool_call>")),
    /**
     * JSON with {@code parameters}, perhaps after {@code <|python_tag|>}, several calls separated by semicolons: Llama 3.x
     * (Meta's prompt format pages).
     */
    LLAMA(List.of("<|python_tag|>"), List.of()),
    /** A JSON array after {@code [TOOL_CALLS]}: Mistral's tokenizers up to version 7. */
    MISTRAL(List.of("[TOOL_CALLS]"), List.of()),
    /** {@code [TOOL_CALLS]name[ARGS]{...}}, perhaps with {@code [CALL_ID]}: Mistral's tokenizers from version 11 on. */
    MISTRAL_NAMED(List.of("[TOOL_CALLS]"), List.of()),
    /** {@code <start_function_call>call:name{key:<escape>text<escape>}<end_function_call>}. */
    FUNCTION_GEMMA(List.of("<start_function_call>"), List.of("<end_function_call>")),
    /** The same with {@code <|tool_call>}, {@code <tool_call|>} and {@code <|"|>}. */
    GEMMA_4(List.of("<|tool_call>"), List.of("<tool_call|>")),
    /**
     * Name, separator, arguments between the marks of DeepSeek V3 and R1; the arguments in a fence, or bare since V3.1.
     * JSON alone as well, for their templates have no place for tools, and so they are told of that form.
     */
    DEEPSEEK(
            List.of("<\uff5ctool\u2581call\u2581begin\uff5c>"),
            List.of("```", "<\uff5ctool\u2581call\u2581end\uff5c>", "<\uff5ctool\u2581calls\u2581end\uff5c>")),
    /**
     * JSON at the beginning of a line or in a fence, or Python in a fence named {@code tool_code}: for models that were
     * trained on no form, which are told of this one, and for Gemma 2 and 3, whose guides name these.
     */
    JSON(List.of("```"), List.of("```"));

    static final String DEEPSEEK_BEGIN = "<\uff5ctool\u2581calls\u2581begin\uff5c>";
    static final String DEEPSEEK_SEPARATOR = "<\uff5ctool\u2581sep\uff5c>";

    private final List<String> openings;
    private final List<String> closings;

    ToolCallFormat(List<String> openings, List<String> closings) {
        this.openings = openings;
        this.closings = closings;
    }

    /** The format that a chat template was written for. */
    public static ToolCallFormat of(String template) {
        if (template.contains("<\uff5ctool\u2581call\u2581begin\uff5c>")) {
            return DEEPSEEK;
        } else if (template.contains("[TOOL_CALLS]")) {
            return template.contains("[ARGS]") ? MISTRAL_NAMED : MISTRAL;
        } else if (template.contains("<start_function_call>")) {
            return FUNCTION_GEMMA;
        } else if (template.contains("<|tool_call>")) {
            return GEMMA_4;
        } else if (template.contains("<tool_call>")) {
            return HERMES;
        } else if (template.contains("<|python_tag|>")
                || template.contains("<|start_header_id|>") && template.contains("ipython")) {
            return LLAMA;
        }
        return JSON;
    }

    /** Begin a call. */
    List<String> openings() {
        return openings;
    }

    /** May stand behind a call, and then are no text. */
    List<String> closings() {
        return closings;
    }

    /** Special tokens that a parser has to see as their text. */
    public List<String> marks() {
        return switch (this) {
            case MISTRAL, MISTRAL_NAMED -> List.of("[TOOL_CALLS]", "[CALL_ID]", "[ARGS]");
            case FUNCTION_GEMMA -> List.of("<start_function_call>", "<end_function_call>", "<escape>");
            case GEMMA_4 -> List.of("<|tool_call>", "<tool_call|>", "<|\"|>");
            case DEEPSEEK ->
                List.of(DEEPSEEK_BEGIN, openings.get(0), DEEPSEEK_SEPARATOR, closings.get(1), closings.get(2));
            case HERMES, LLAMA ->
                Stream.concat(openings.stream(), closings.stream()).toList();
            case JSON -> List.of();
        };
    }

    /** The mark with which a model begins to call; empty where what it writes may be an answer as well. */
    public String begins() {
        return switch (this) {
            case DEEPSEEK -> DEEPSEEK_BEGIN;
            case HERMES, LLAMA, MISTRAL, MISTRAL_NAMED, FUNCTION_GEMMA, GEMMA_4 -> openings.getFirst();
            case JSON -> "";
        };
    }

    /** What stands around texts in arguments; empty where they are JSON. */
    String quote() {
        return switch (this) {
            case FUNCTION_GEMMA -> "<escape>";
            case GEMMA_4 -> "<|\"|>";
            case HERMES, LLAMA, MISTRAL, MISTRAL_NAMED, DEEPSEEK, JSON -> "";
        };
    }

    /** Whether a line may begin with a call, without a mark before it. */
    boolean bare() {
        return this == LLAMA || this == JSON || this == DEEPSEEK;
    }

    /** What a call's arguments are called. */
    String argumentsName() {
        return this == LLAMA ? "parameters" : "arguments";
    }
}
