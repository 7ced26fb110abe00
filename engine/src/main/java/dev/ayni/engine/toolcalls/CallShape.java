package dev.ayni.engine.toolcalls;

import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import dev.ayni.engine.shape.FramedValues;
import dev.ayni.engine.shape.FramedValues.Value;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What calls of tools look like, as the family's models write them: a known name, and arguments that fit its schema. */
public final class CallShape {
    private CallShape() {}

    /**
     * What an answer must be that has to call: one call of the named tool, or calls of any; empty where the model decides.
     *
     * @param before what stands before the first call
     * @throws IllegalArgumentException if a tool's parameters are no JSON object
     */
    public static Optional<FramedValues> required(ToolCallFormat format, Tools tools, String before) {
        return switch (tools.choice()) {
            case ToolChoice.Auto(), ToolChoice.None() -> Optional.empty();
            case ToolChoice.Required() -> Optional.of(framed(format, tools.offered(), before, true, true));
            case ToolChoice.Named(String name) ->
                Optional.of(framed(
                        format,
                        tools.offered().stream()
                                .filter(tool -> tool.name().equals(name))
                                .toList(),
                        before,
                        true,
                        false));
        };
    }

    /**
     * What a call must be that the model has begun by itself with {@link ToolCallFormat#begins}; empty where it may not.
     *
     * @throws IllegalArgumentException if a tool's parameters are no JSON object
     */
    public static Optional<FramedValues> begun(ToolCallFormat format, Tools tools) {
        return tools.choice() instanceof ToolChoice.Auto
                        && !tools.offered().isEmpty()
                        && !format.begins().isEmpty()
                ? Optional.of(framed(
                        format, tools.offered(), "", false, !closing(format).isEmpty()))
                : Optional.empty();
    }

    /** @param bare whether a call need not begin with a mark where the format has calls without */
    private static FramedValues framed(
            ToolCallFormat format, List<Tool> tools, String before, boolean bare, boolean several) {
        List<String> openings =
                openings(format, bare).stream().map(opening -> before + opening).toList();
        List<Value> values = tools.stream().map(tool -> value(format, tool)).toList();
        return new FramedValues(openings, values, between(format), closing(format), several, format.quote());
    }

    private static List<String> openings(ToolCallFormat format, boolean bare) {
        return switch (format) {
            case HERMES, MISTRAL_NAMED, FUNCTION_GEMMA, GEMMA_4, JSON -> List.of("");
            case LLAMA -> List.of(bare ? "" : format.begins());
            case MISTRAL -> List.of(format.begins() + "[", format.begins() + " [");
            case DEEPSEEK -> List.of(ToolCallFormat.DEEPSEEK_BEGIN);
        };
    }

    private static Value value(ToolCallFormat format, Tool tool) {
        String name = tool.name();
        String schema = parameters(tool).toString();
        String object = "{\"name\": \"%s\", \"%s\": ".formatted(name, format.argumentsName());
        return switch (format) {
            case HERMES -> new Value(name, "<tool_call>\n" + object, schema, "}\n</tool_call>");
            case LLAMA, JSON, MISTRAL -> new Value(name, object, schema, "}");
            case MISTRAL_NAMED -> new Value(name, format.begins() + name + "[ARGS]", schema, "");
            case DEEPSEEK ->
                new Value(
                        name,
                        "%sfunction%s%s\n```json\n"
                                .formatted(format.openings().getFirst(), ToolCallFormat.DEEPSEEK_SEPARATOR, name),
                        schema,
                        "\n```" + format.closings().get(1));
            case FUNCTION_GEMMA, GEMMA_4 ->
                new Value(
                        name,
                        format.begins() + "call:" + name,
                        schema,
                        format.closings().getFirst());
        };
    }

    private static String between(ToolCallFormat format) {
        return switch (format) {
            case HERMES, JSON, DEEPSEEK -> "\n";
            case LLAMA -> "; ";
            case MISTRAL -> ", ";
            case MISTRAL_NAMED, FUNCTION_GEMMA, GEMMA_4 -> "";
        };
    }

    private static String closing(ToolCallFormat format) {
        return switch (format) {
            case MISTRAL -> "]";
            case DEEPSEEK -> format.closings().get(2);
            case HERMES, LLAMA, MISTRAL_NAMED, FUNCTION_GEMMA, GEMMA_4, JSON -> "";
        };
    }

    /** @throws IllegalArgumentException if the tool's parameters are no JSON object */
    static JsonNode parameters(Tool tool) {
        try {
            JsonNode schema = JsonMapper.shared().readTree(tool.parameters());
            if (schema.isObject()) {
                return schema;
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "The parameters of the tool '%s' are no JSON: %s. Expected a JSON Schema of type object."
                            .formatted(tool.name(), e.getOriginalMessage()),
                    e);
        }
        throw new IllegalArgumentException(
                "The parameters of the tool '%s' are %s. Expected a JSON Schema of type object."
                        .formatted(tool.name(), tool.parameters()));
    }
}
