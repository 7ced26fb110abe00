package dev.ayni.server.openai;

import dev.ayni.chat.Message;
import dev.ayni.chat.ToolCall;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What was said and called, as responses and conversations list it. */
final class ResponseItems {
    private ResponseItems() {}

    /**
     * The items in a field, each written out in full and with an id of its own; a text is one message of a user.
     *
     * @throws ApiException (400) if an item is of a kind that is not understood
     */
    static ArrayNode read(JsonFields fields, String name) {
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        JsonNode given = fields.optional(name);
        if (given != null && given.isString()) {
            items.add(message("user", given.stringValue()));
            return items;
        }
        for (JsonFields item : fields.objects(name)) {
            items.add(item(item));
            item.end();
        }
        return items;
    }

    private static ObjectNode item(JsonFields item) {
        String type = item.text("type", "message");
        String id = item.text("id", "");
        item.harmless("status");
        return switch (type) {
            case "message" -> message(item, id);
            case "function_call" -> {
                ObjectNode call = typed(id, "fc_", type);
                call.put("call_id", item.text("call_id"));
                call.put("name", item.text("name"));
                call.put("arguments", item.text("arguments"));
                yield call.put("status", "completed");
            }
            case "function_call_output" -> {
                ObjectNode output = typed(id, "fco_", type);
                output.put("call_id", item.text("call_id"));
                output.put("output", text(item, "output"));
                yield output.put("status", "completed");
            }
            case "reasoning" -> {
                ObjectNode reasoning = typed(id, "rs_", type);
                reasoning.putArray("summary");
                ArrayNode content = reasoning.putArray("content");
                item.items("content").forEach(content::add);
                item.items("summary");
                item.harmless("encrypted_content");
                yield reasoning;
            }
            default ->
                throw ApiException.invalid(
                        item.at("type"),
                        "'%s' is '%s'; expected 'message', 'function_call', 'function_call_output' or 'reasoning'."
                                .formatted(item.at("type"), type));
        };
    }

    private static ObjectNode typed(String id, String kind, String type) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id.isEmpty() ? FreshId.of(kind) : id)
                .put("type", type);
    }

    private static ObjectNode message(JsonFields item, String id) {
        String role = item.text("role");
        if (!List.of("user", "assistant", "system", "developer").contains(role)) {
            throw ApiException.invalid(
                    item.at("role"),
                    "'%s' is '%s'; expected 'user', 'assistant', 'system' or 'developer'."
                            .formatted(item.at("role"), role));
        }
        item.harmless("phase");
        ObjectNode message = message(role, text(item, "content"));
        if (!id.isEmpty()) {
            message.put("id", id);
        }
        return message;
    }

    /** A whole message, as responses list it. */
    static ObjectNode message(String role, String text) {
        ObjectNode message = typed("", "msg_", "message");
        message.put("role", role).put("status", "completed");
        ObjectNode part = message.putArray("content").addObject();
        if (role.equals("assistant")) {
            part.put("type", "output_text").put("text", text);
            part.putArray("annotations");
            part.putArray("logprobs");
        } else {
            part.put("type", "input_text").put("text", text);
        }
        return message;
    }

    private static String text(JsonFields item, String name) {
        JsonNode content = item.optional(name);
        if (content == null || content.isString()) {
            return item.text(name);
        }
        StringBuilder text = new StringBuilder();
        for (JsonFields part : item.objects(name)) {
            String type = part.text("type");
            part.harmless("annotations", "logprobs", "prompt_cache_breakpoint");
            switch (type) {
                case "input_text", "output_text", "text" -> text.append(part.text("text"));
                case "refusal" -> text.append(part.text("refusal"));
                default ->
                    throw ApiException.invalid(
                            part.at("type"),
                            "'%s' is '%s', and this server's models read text only. Send parts of type 'input_text'."
                                    .formatted(part.at("type"), type));
            }
            part.end();
        }
        return text.toString();
    }

    /**
     * Items as a model reads them: what an assistant said and what it called in one turn is one message, and what it thought
     * is left out.
     *
     * @throws ApiException (400) if there is the result of a call that nobody made
     */
    static List<Message> messages(Iterable<? extends JsonNode> items) {
        List<Message> messages = new ArrayList<>();
        Map<String, ToolCall> calls = new HashMap<>();
        StringBuilder said = new StringBuilder();
        List<ToolCall> called = new ArrayList<>();
        for (JsonNode item : items) {
            String type = item.get("type").stringValue();
            String role = item.path("role").asString("");
            boolean goesOn = type.equals("function_call") || role.equals("assistant") && called.isEmpty();
            if (!goesOn && !type.equals("reasoning")) {
                flush(messages, said, called);
            }
            switch (type) {
                case "function_call" -> {
                    ToolCall call = new ToolCall(
                            item.get("call_id").stringValue(),
                            item.get("name").stringValue(),
                            item.get("arguments").stringValue());
                    called.add(call);
                    calls.put(call.id(), call);
                }
                case "function_call_output" -> {
                    String id = item.get("call_id").stringValue();
                    ToolCall call = calls.get(id);
                    if (call == null) {
                        throw ApiException.invalid(
                                "input",
                                "There is a result of the call '%s', but no call of that id before it. Send the 'function_call' first, or 'previous_response_id'."
                                        .formatted(id));
                    }
                    messages.add(Message.tool(call, item.get("output").stringValue()));
                }
                case "message" -> {
                    String text = text(item);
                    switch (role) {
                        case "assistant" -> said.append(text);
                        case "user" -> messages.add(Message.user(text));
                        default -> messages.add(Message.system(text));
                    }
                }
                default -> {}
            }
        }
        flush(messages, said, called);
        return messages;
    }

    private static String text(JsonNode message) {
        StringBuilder text = new StringBuilder();
        message.get("content").forEach(part -> text.append(part.path("text").asString("")));
        return text.toString();
    }

    private static void flush(List<Message> messages, StringBuilder said, List<ToolCall> called) {
        if (!said.isEmpty() || !called.isEmpty()) {
            messages.add(Message.assistant(said.toString(), called));
        }
        said.setLength(0);
        called.clear();
    }
}
