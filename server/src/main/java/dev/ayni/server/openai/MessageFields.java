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

/** A conversation as chat completions send it. */
final class MessageFields {
    private final Map<String, ToolCall> calls = new HashMap<>();
    private final Map<String, ToolCall> byName = new HashMap<>();

    private MessageFields() {}

    /** @throws ApiException (400) if there is none, or one has a role, a part or a call that is not understood */
    static List<Message> read(JsonFields fields) {
        MessageFields conversation = new MessageFields();
        List<Message> messages = new ArrayList<>();
        for (JsonFields message : fields.objects("messages")) {
            messages.add(conversation.message(message));
            message.end();
        }
        if (messages.isEmpty()) {
            throw new ApiException(
                    400,
                    "missing_required_parameter",
                    fields.at("messages"),
                    Map.of(),
                    "'%s' is missing or empty; expected the conversation's messages, oldest first."
                            .formatted(fields.at("messages")));
        }
        return messages;
    }

    private Message message(JsonFields message) {
        String role = message.text("role");
        if (!role.equals("function")) {
            message.harmless("name");
        }
        return switch (role) {
            case "system", "developer" -> Message.system(content(message));
            case "user" -> Message.user(content(message));
            case "assistant" -> assistant(message);
            case "tool" -> Message.tool(answered(message), content(message));
            case "function" -> Message.tool(answeredByName(message), content(message));
            default ->
                throw ApiException.invalid(
                        message.at("role"),
                        "'%s' is '%s'; expected 'system', 'developer', 'user', 'assistant', 'tool' or 'function'."
                                .formatted(message.at("role"), role));
        };
    }

    private Message assistant(JsonFields message) {
        // what a model thought is for its reader, not for itself
        message.harmless("reasoning_content", "reasoning", "annotations");
        List<ToolCall> asked = new ArrayList<>();
        for (JsonFields call : message.objects("tool_calls")) {
            asked.add(call(call));
            call.harmless("index");
            call.end();
        }
        JsonFields called = message.object("function_call");
        if (called != null) {
            ToolCall call = new ToolCall(
                    "call_%d".formatted(calls.size()), called.text("name"), called.text("arguments", "{}"));
            called.end();
            asked.add(call);
            byName.put(call.name(), call);
        }
        asked.forEach(call -> calls.put(call.id(), call));
        String content = message.has("content") ? content(message) : "";
        return Message.assistant(content + message.text("refusal", ""), asked);
    }

    private static ToolCall call(JsonFields call) {
        String type = call.text("type", "function");
        JsonFields function = call.object("function");
        if (!type.equals("function") || function == null) {
            throw ApiException.invalid(
                    call.at("type"),
                    "'%s' is no call of a function: expected \"type\": \"function\" and an object 'function'."
                            .formatted(call.at("function")));
        }
        ToolCall read = new ToolCall(call.text("id"), function.text("name"), function.text("arguments", "{}"));
        function.end();
        return read;
    }

    private ToolCall answered(JsonFields message) {
        String id = message.text("tool_call_id");
        ToolCall call = calls.get(id);
        if (call == null) {
            throw ApiException.invalid(
                    message.at("tool_call_id"),
                    "'%s' is '%s', but no message before it calls a tool with that id. Send the assistant's message with its 'tool_calls' first."
                            .formatted(message.at("tool_call_id"), id));
        }
        return call;
    }

    /** The latest call of a function, for a result that says nothing but its name. */
    private ToolCall answeredByName(JsonFields message) {
        String name = message.text("name");
        ToolCall call = byName.get(name);
        if (call == null) {
            throw ApiException.invalid(
                    message.at("name"),
                    "'%s' is '%s', but no message before it calls that function. Send the assistant's message with its 'function_call' first."
                            .formatted(message.at("name"), name));
        }
        return call;
    }

    private static String content(JsonFields message) {
        JsonNode content = message.optional("content");
        if (content == null || content.isString()) {
            return message.text("content");
        }
        if (!content.isArray()) {
            throw message.wrong("content", content, "a string, or a list of parts");
        }
        StringBuilder text = new StringBuilder();
        for (JsonFields part : message.objects("content")) {
            text.append(part(part));
            part.end();
        }
        return text.toString();
    }

    private static String part(JsonFields part) {
        part.harmless("prompt_cache_breakpoint");
        String type = part.text("type");
        return switch (type) {
            case "text" -> part.text("text");
            case "refusal" -> part.text("refusal");
            case "image_url", "input_audio", "file" ->
                throw ApiException.invalid(
                        part.at("type"),
                        "'%s' is '%s', and this server's models read text only. Send parts of type 'text'."
                                .formatted(part.at("type"), type));
            default ->
                throw ApiException.invalid(
                        part.at("type"), "'%s' is '%s'; expected 'text'.".formatted(part.at("type"), type));
        };
    }
}
