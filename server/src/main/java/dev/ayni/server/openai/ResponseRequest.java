package dev.ayni.server.openai;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.Shape;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.Defaults;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code POST /v1/responses} asks for.
 *
 * @param input what is new, see {@link ResponseItems}
 * @param instructions empty: none
 * @param previous the response that this one goes on from; empty: none
 * @param conversation that this belongs to; empty: none
 * @param store whether the answer is kept
 * @param background whether the answer is not waited for
 * @param shortened whether a conversation that has become too long loses its oldest messages
 * @param repeated the fields of the request that its answer repeats
 * @param passedOver the fields that change nothing here
 */
record ResponseRequest(
        String model,
        ArrayNode input,
        String instructions,
        String previous,
        String conversation,
        boolean store,
        boolean background,
        boolean stream,
        boolean shortened,
        QuestionFields question,
        ObjectNode repeated,
        List<String> passedOver) {
    static ResponseRequest read(JsonFields fields, Caller caller) {
        String model = fields.text("model");
        ArrayNode input = ResponseItems.read(fields, "input");
        String instructions = fields.text("instructions", "");
        String previous = fields.text("previous_response_id", "");
        String conversation = conversation(fields);
        if (!previous.isEmpty() && !conversation.isEmpty()) {
            throw ApiException.invalid(
                    fields.at("conversation"),
                    "'%s' and '%s' both say what came before. Send one of them."
                            .formatted(fields.at("previous_response_id"), fields.at("conversation")));
        }
        boolean store = fields.flag("store", true);
        boolean background = fields.flag("background", false);
        if (background && !store) {
            throw ApiException.invalid(
                    fields.at("background"),
                    "'%s' is true and '%s' is false: the answer could never be read. Change one of them."
                            .formatted(fields.at("background"), fields.at("store")));
        }
        boolean stream = fields.flag("stream", false);
        JsonFields options = fields.object("stream_options");
        if (options != null) {
            options.harmless("include_obfuscation");
            options.end();
        }
        ObjectNode template = JsonNodeFactory.instance.objectNode();
        JsonFields kwargs = fields.object("chat_template_kwargs");
        if (kwargs != null) {
            kwargs.whole().properties().forEach(entry -> template.set(entry.getKey(), entry.getValue()));
        }
        reasoning(fields, template);
        boolean shortened = truncation(fields).equals("auto");
        QuestionFields question = new QuestionFields(
                SamplingFields.read(fields),
                LimitFields.read(fields, 1, "max_output_tokens"),
                logProbabilities(fields),
                ToolFields.read(fields, ToolFields.Layout.FLAT),
                !fields.flag("parallel_tool_calls", true),
                shape(fields),
                TemplateFields.text(template),
                LimitFields.scheduling(fields, caller));
        ObjectNode repeated = repeated(fields);
        // metadata and some of these come back in the answer; 'image' says what to do with images, and there are none
        fields.harmless(
                "user",
                "service_tier",
                "safety_identifier",
                "prompt_cache_key",
                "prompt_cache_options",
                "prompt_cache_retention",
                "max_tool_calls",
                "image");
        fields.end();
        return new ResponseRequest(
                model,
                input,
                instructions,
                previous,
                conversation,
                store,
                background,
                stream,
                shortened,
                question,
                repeated,
                fields.passedOver());
    }

    private static String conversation(JsonFields fields) {
        JsonNode given = fields.optional("conversation");
        if (given == null || given.isString()) {
            return fields.text("conversation", "");
        }
        JsonFields object = fields.object("conversation");
        if (object == null) {
            return "";
        }
        String id = object.text("id");
        object.end();
        return id;
    }

    private static String truncation(JsonFields fields) {
        String truncation = fields.text("truncation", "disabled");
        if (!truncation.equals("auto") && !truncation.equals("disabled")) {
            throw ApiException.invalid(
                    fields.at("truncation"),
                    "'%s' is '%s'; expected 'auto' or 'disabled'.".formatted(fields.at("truncation"), truncation));
        }
        return truncation;
    }

    private static void reasoning(JsonFields fields, ObjectNode template) {
        JsonFields reasoning = fields.object("reasoning");
        if (reasoning != null) {
            TemplateFields.effort(reasoning, "effort", template);
            reasoning.harmless("summary", "generate_summary", "context", "mode");
            reasoning.end();
        }
    }

    private static int logProbabilities(JsonFields fields) {
        boolean wanted = fields.has("top_logprobs");
        for (String include : fields.texts("include")) {
            switch (include) {
                case "message.output_text.logprobs" -> wanted = true;
                // what was thought is sent as text: it needs no sealed form to come back in
                case "reasoning.encrypted_content" -> fields.passOver("include");
                default ->
                    throw ApiException.invalid(
                            fields.at("include"),
                            "'%s' has '%s'; expected 'message.output_text.logprobs', or nothing."
                                    .formatted(fields.at("include"), include));
            }
        }
        int alternatives = (int) fields.whole("top_logprobs", 0, QuestionFields.MOST_ALTERNATIVES, 0);
        return wanted ? alternatives : -1;
    }

    private static @Nullable Shape shape(JsonFields fields) {
        JsonFields text = fields.object("text");
        if (text == null) {
            return null;
        }
        JsonFields format = text.object("format");
        Shape shape = format == null ? null : ShapeFields.readFlat(format);
        text.harmless("verbosity");
        text.end();
        return shape;
    }

    private static ObjectNode repeated(JsonFields fields) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        ObjectNode repeated = json.objectNode();
        repeat(fields, "background", repeated, json.booleanNode(false));
        repeat(fields, "instructions", repeated, json.nullNode());
        repeat(fields, "max_output_tokens", repeated, json.nullNode());
        repeat(fields, "parallel_tool_calls", repeated, json.booleanNode(true));
        repeat(fields, "previous_response_id", repeated, json.nullNode());
        repeat(
                fields,
                "reasoning",
                repeated,
                json.objectNode().putNull("effort").putNull("summary"));
        repeat(fields, "store", repeated, json.booleanNode(true));
        repeat(fields, "temperature", repeated, json.nullNode());
        ObjectNode text = json.objectNode();
        text.putObject("format").put("type", "text");
        repeat(fields, "text", repeated, text);
        repeat(fields, "tool_choice", repeated, json.stringNode("auto"));
        repeat(fields, "tools", repeated, json.arrayNode());
        repeat(fields, "top_logprobs", repeated, json.numberNode(0));
        repeat(fields, "top_p", repeated, json.nullNode());
        repeat(fields, "truncation", repeated, json.stringNode("disabled"));
        repeat(fields, "metadata", repeated, json.objectNode());
        for (String name : List.of(
                "max_tool_calls",
                "prompt_cache_key",
                "prompt_cache_options",
                "prompt_cache_retention",
                "safety_identifier",
                "user")) {
            repeat(fields, name, repeated, json.nullNode());
        }
        return repeated;
    }

    private static void repeat(JsonFields fields, String name, ObjectNode to, JsonNode otherwise) {
        JsonNode given = fields.optional(name);
        to.set(name, given == null ? otherwise : given);
    }

    /** The question to a model, after what came before it. */
    ChatRequest over(Iterable<? extends JsonNode> before, Defaults defaults) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        if (!instructions.isEmpty()) {
            all.add(ResponseItems.message("system", instructions));
        }
        before.forEach(all::add);
        input.forEach(all::add);
        List<Message> messages = ResponseItems.messages(all);
        if (messages.isEmpty()) {
            throw ApiException.invalid(
                    "input", "'input' is missing or empty, and nothing came before it. Send a text, or items.");
        }
        return question.over(messages, defaults);
    }
}
