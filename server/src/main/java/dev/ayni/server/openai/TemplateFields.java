package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What requests tell a model's chat template. */
final class TemplateFields {
    private TemplateFields() {}

    /** Reads {@code chat_template_kwargs} and {@code reasoning_effort}; gives the text of a JSON object, or nothing. */
    static String read(JsonFields fields) {
        JsonFields given = fields.object("chat_template_kwargs");
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        if (given != null) {
            given.whole().properties().forEach(entry -> arguments.set(entry.getKey(), entry.getValue()));
        }
        effort(fields, "reasoning_effort", arguments);
        return text(arguments);
    }

    /**
     * Reads how much a model shall think. Templates know it by one of two names, and one that knows neither passes over
     * both: the model was not made to think more or less.
     */
    static void effort(JsonFields fields, String name, ObjectNode arguments) {
        JsonNode effort = fields.optional(name);
        if (effort == null) {
            return;
        }
        String word = fields.text(name);
        switch (word) {
            case "none", "minimal" -> arguments.put("enable_thinking", false);
            case "low", "medium", "high", "xhigh", "max" -> {
                arguments.put("enable_thinking", true);
                arguments.put("reasoning_effort", word.startsWith("x") || word.startsWith("max") ? "high" : word);
            }
            default ->
                throw ApiException.invalid(
                        fields.at(name),
                        "'%s' is '%s'; expected 'none', 'minimal', 'low', 'medium', 'high' or 'xhigh'."
                                .formatted(fields.at(name), word));
        }
    }

    static String text(ObjectNode arguments) {
        return arguments.isEmpty() ? "" : arguments.toString();
    }
}
