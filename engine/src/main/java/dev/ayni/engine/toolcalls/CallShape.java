package dev.ayni.engine.toolcalls;

import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an answer has to be when it must call a tool: a text as the format has it, JSON by a schema, another text.
 *
 * @param prefix what the answer begins with
 * @param opening how every JSON text of the schema begins, written as the family's models write it: members come in the
 *     order of the schema, so that a first one that is required is part of it
 * @param schema JSON Schema, draft 2020-12, of what follows the prefix; empty for a format whose arguments are no JSON
 * @param suffix what follows the JSON, and ends the answer
 */
public record CallShape(String prefix, String opening, String schema, String suffix) {
    /** The shapes of which an answer has to have one; none where the model may decide. */
    public static List<CallShape> of(ToolCallFormat format, Tools tools) {
        List<Tool> callable = switch (tools.choice()) {
            case ToolChoice.Auto(), ToolChoice.None() -> List.<Tool>of();
            case ToolChoice.Required() -> tools.offered();
            case ToolChoice.Named(String name) ->
                tools.offered().stream()
                        .filter(tool -> tool.name().equals(name))
                        .toList();
        };
        if (callable.isEmpty()) {
            return List.of();
        }
        return switch (format) {
            case HERMES -> List.of(object(format, callable, "<tool_call>\n", "\n</tool_call>"));
            case LLAMA, JSON -> List.of(object(format, callable, "", ""));
            case MISTRAL -> List.of(array(object(format, callable, "[TOOL_CALLS]", "")));
            case MISTRAL_NAMED -> each(callable, "[TOOL_CALLS]", "[ARGS]", "");
            case DEEPSEEK ->
                each(
                        callable,
                        ToolCallFormat.DEEPSEEK_BEGIN
                                + format.openings().get(0)
                                + "function"
                                + ToolCallFormat.DEEPSEEK_SEPARATOR,
                        "\n```json\n",
                        "\n```" + format.closings().get(1) + format.closings().get(2));
            case FUNCTION_GEMMA, GEMMA_4 ->
                callable.stream()
                        .map(tool -> new CallShape(
                                format.openings().get(0) + "call:" + tool.name() + "{",
                                "",
                                "",
                                format.closings().get(0)))
                        .toList();
        };
    }

    /**
     * What all these shapes begin with. A model that goes on from there has little choice but to call, even where nothing
     * makes sure that it keeps to the schema.
     */
    public static String beginning(List<CallShape> shapes) {
        if (shapes.isEmpty()) {
            return "";
        }
        String first = shapes.getFirst().prefix() + shapes.getFirst().opening();
        int same = first.length();
        for (CallShape shape : shapes) {
            String other = shape.prefix() + shape.opening();
            same = Math.min(same, other.length());
            while (!other.startsWith(first.substring(0, same))) {
                same--;
            }
        }
        String common = first.substring(0, same);
        // not half a name: models write names in tokens of their own
        return shapes.size() == 1 ? common : common.replaceFirst("[A-Za-z0-9_.-]*$", "");
    }

    private static CallShape object(ToolCallFormat format, List<Tool> tools, String prefix, String suffix) {
        List<JsonNode> schemas = new ArrayList<>();
        for (Tool tool : tools) {
            ObjectNode schema = JsonMapper.shared().createObjectNode();
            schema.put("type", "object");
            ObjectNode properties = schema.putObject("properties");
            properties.putObject("name").put("const", tool.name());
            properties.set(format.argumentsName(), parameters(tool));
            schema.putArray("required").add("name").add(format.argumentsName());
            schema.put("additionalProperties", false);
            schemas.add(schema);
        }
        String opening = tools.size() > 1
                ? "{\"name\":"
                : "{\"name\": \"%s\", \"%s\":%s"
                        .formatted(
                                tools.getFirst().name(), format.argumentsName(), firstMember(" {", tools.getFirst()));
        return new CallShape(prefix, opening, anyOf(schemas).toString(), suffix);
    }

    private static CallShape array(CallShape one) {
        ObjectNode schema = JsonMapper.shared().createObjectNode();
        schema.put("type", "array");
        schema.set("items", JsonMapper.shared().readTree(one.schema()));
        schema.put("minItems", 1);
        return new CallShape(one.prefix(), "[" + one.opening(), schema.toString(), one.suffix());
    }

    private static List<CallShape> each(List<Tool> tools, String before, String after, String suffix) {
        return tools.stream()
                .map(tool -> new CallShape(
                        before + tool.name() + after,
                        firstMember("{", tool),
                        parameters(tool).toString(),
                        suffix))
                .toList();
    }

    /** A brace and the first parameter's name, if every call has to give it; else nothing. */
    private static String firstMember(String brace, Tool tool) {
        JsonNode schema = parameters(tool);
        for (Map.Entry<String, JsonNode> first : schema.path("properties").properties()) {
            for (JsonNode required : schema.path("required")) {
                if (required.asString("").equals(first.getKey())) {
                    return brace + JsonMapper.shared().writeValueAsString(first.getKey()) + ":";
                }
            }
            return "";
        }
        return "";
    }

    private static JsonNode anyOf(List<JsonNode> schemas) {
        if (schemas.size() == 1) {
            return schemas.getFirst();
        }
        ObjectNode any = JsonMapper.shared().createObjectNode();
        ArrayNode list = any.putArray("anyOf");
        schemas.forEach(list::add);
        return any;
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
