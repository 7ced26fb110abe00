package dev.ayni.server.ollama;

import dev.ayni.chat.Message;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Tools;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Conversations and tools as Ollama's clients write them. */
final class OllamaMessages {
    private OllamaMessages() {}

    static List<Message> read(JsonFields fields) {
        List<Message> messages = new ArrayList<>();
        List<ToolCall> open = new ArrayList<>();
        for (JsonFields message : fields.objects("messages")) {
            messages.add(read(message, open));
            message.end();
        }
        return messages;
    }

    /** @param open calls whose results have not come yet */
    private static Message read(JsonFields message, List<ToolCall> open) {
        String role = message.text("role");
        String content = message.text("content", "");
        if (!message.items("images").isEmpty()) {
            throw ApiException.invalid(
                    message.at("images"),
                    "'%s' are there, and no model here sees images. Leave them out.".formatted(message.at("images")));
        }
        message.optional("thinking"); // what a model thought before is not read again
        List<ToolCall> calls = calls(message, open.size());
        return switch (role) {
            case "system" -> Message.system(content);
            case "user" -> Message.user(content);
            case "assistant" -> {
                open.addAll(calls);
                yield Message.assistant(content, calls);
            }
            case "tool" -> Message.tool(answered(message, open), content);
            default ->
                throw ApiException.invalid(
                        message.at("role"),
                        "'%s' is '%s'; expected system, user, assistant or tool.".formatted(message.at("role"), role));
        };
    }

    private static List<ToolCall> calls(JsonFields message, int before) {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonFields call : message.objects("tool_calls")) {
            @Nullable JsonFields function = call.object("function");
            if (function == null) {
                throw ApiException.invalid(
                        call.at("function"),
                        "'%s' is missing; expected the function that is called.".formatted(call.at("function")));
            }
            @Nullable JsonFields arguments = function.object("arguments");
            String id = call.text("id", "call_" + (before + calls.size()));
            calls.add(new ToolCall(
                    id,
                    function.text("name"),
                    arguments == null ? "{}" : arguments.whole().toString()));
            call.optional("type");
            function.optional("index");
            function.end();
            call.end();
        }
        return calls;
    }

    /** The call that a message has the result of: by its id, else by the tool's name, else the oldest that is open. */
    private static ToolCall answered(JsonFields message, List<ToolCall> open) {
        String id = message.text("tool_call_id", "");
        String name = message.text("tool_name", message.text("name", ""));
        ToolCall call = open.stream()
                .filter(other -> !id.isEmpty()
                        ? other.id().equals(id)
                        : name.isEmpty() || other.name().equals(name))
                .findFirst()
                .orElseThrow(() -> ApiException.invalid(
                        message.at("role"),
                        "'%s' is tool, but no call before it waits for a result%s. Send the assistant's message with its tool_calls, too."
                                .formatted(message.at("role"), name.isEmpty() ? "" : " of '" + name + "'")));
        open.remove(call);
        return call;
    }

    static Tools tools(JsonFields fields) {
        List<Tool> tools = new ArrayList<>();
        for (JsonFields tool : fields.objects("tools")) {
            tool.optional("type");
            @Nullable JsonFields function = tool.object("function");
            if (function == null) {
                throw ApiException.invalid(
                        tool.at("function"),
                        "'%s' is missing; expected a function with its name.".formatted(tool.at("function")));
            }
            @Nullable JsonFields parameters = function.object("parameters");
            tools.add(new Tool(
                    function.text("name"),
                    function.text("description", ""),
                    parameters == null ? Tool.NO_PARAMETERS : parameters.whole().toString()));
            function.harmless("strict");
            function.end();
            tool.end();
        }
        return Tools.of(tools);
    }
}
