package dev.ayni.server.anthropic;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.Defaults;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one of Anthropic's clients asks for.
 *
 * @param maxTokens of the answer
 * @param oneCall whether the answer may hold one call only
 * @param templateArguments a JSON object as text; empty: none
 */
record MessagesRequest(
        String model,
        List<Message> messages,
        int maxTokens,
        boolean stream,
        List<String> stop,
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Integer topK,
        Tools tools,
        boolean oneCall,
        @Nullable Shape shape,
        String templateArguments) {

    /** Reads a request for an answer. */
    static MessagesRequest read(JsonFields fields) {
        int maxTokens = (int) fields.whole("max_tokens", 0, Integer.MAX_VALUE, -1);
        if (maxTokens < 0) {
            throw new ApiException(
                    400,
                    "missing_required_parameter",
                    "max_tokens",
                    Map.of(),
                    "'max_tokens' is missing; expected the most tokens that the answer may have.");
        }
        boolean stream = fields.flag("stream", false);
        List<String> stop = fields.texts("stop_sequences");
        @Nullable Double temperature = fields.has("temperature") ? fields.number("temperature", 0, 2, 1) : null;
        @Nullable Double topP = fields.has("top_p") ? fields.number("top_p", 0, 1, 1) : null;
        @Nullable Integer topK = fields.has("top_k") ? (int) fields.whole("top_k", 0, Integer.MAX_VALUE, 0) : null;
        fields.harmless("metadata", "service_tier", "inference_geo", "diagnostics");
        MessagesRequest asked = readConversation(fields, maxTokens, stream, stop, temperature, topP, topK);
        if (asked.messages().getLast().role() == Message.Role.ASSISTANT) {
            throw ApiException.invalid(
                    "messages",
                    "The last message is the assistant's, and its text would have to be continued, which is not supported. End with a message of role user; to hold an answer to a form, use output_config.format.");
        }
        return asked;
    }

    /** Reads a request of which only the tokens count. */
    static MessagesRequest readToCount(JsonFields fields) {
        return readConversation(fields, 0, false, List.of(), null, null, null);
    }

    private static MessagesRequest readConversation(
            JsonFields fields,
            int maxTokens,
            boolean stream,
            List<String> stop,
            @Nullable Double temperature,
            @Nullable Double topP,
            @Nullable Integer topK) {
        String model = fields.text("model");
        List<Message> messages = new ArrayList<>();
        @Nullable JsonNode system = fields.optional("system");
        if (system != null) {
            String text = system.isString() ? system.stringValue() : texts(fields.objects("system"), "\n");
            if (!text.isBlank()) {
                messages.add(Message.system(text));
            }
        }
        Map<String, ToolCall> calls = new HashMap<>();
        List<JsonFields> said = fields.objects("messages");
        if (said.isEmpty()) {
            throw ApiException.invalid("messages", "'messages' is missing or empty; expected at least one message.");
        }
        for (JsonFields message : said) {
            read(message, calls, messages);
            message.end();
        }
        fields.harmless("cache_control", "speed", "context_management");
        List<Tool> offered = tools(fields);
        @Nullable JsonFields choice = fields.object("tool_choice");
        boolean oneCall = choice != null && choice.flag("disable_parallel_tool_use", false);
        Tools tools = new Tools(offered, choice(choice));
        ObjectNode arguments = AnthropicApi.JSON.createObjectNode();
        thinking(fields.object("thinking"), arguments);
        @Nullable Shape shape = shape(fields.object("output_config"));
        fields.end();
        return new MessagesRequest(
                model,
                List.copyOf(messages),
                maxTokens,
                stream,
                stop,
                temperature,
                topP,
                topK,
                tools,
                oneCall,
                shape,
                arguments.isEmpty() ? "" : arguments.toString());
    }

    /** One message of the client's may be several of ours: results of calls stand by themselves. */
    private static void read(JsonFields message, Map<String, ToolCall> calls, List<Message> to) {
        String role = message.text("role");
        @Nullable JsonNode content = message.optional("content");
        boolean plain = content != null && content.isString();
        List<JsonFields> blocks = plain ? List.of() : message.objects("content");
        switch (role) {
            case "system" -> to.add(Message.system(plain ? message.text("content") : texts(blocks, "\n")));
            case "user" -> {
                if (plain) {
                    to.add(Message.user(message.text("content")));
                } else {
                    user(blocks, calls, to);
                }
            }
            case "assistant" -> {
                if (plain) {
                    to.add(Message.assistant(message.text("content")));
                } else {
                    assistant(blocks, calls, to);
                }
            }
            default ->
                throw ApiException.invalid(
                        message.at("role"),
                        "'%s' is '%s'; expected user or assistant.".formatted(message.at("role"), role));
        }
    }

    private static void user(List<JsonFields> blocks, Map<String, ToolCall> calls, List<Message> to) {
        StringBuilder text = new StringBuilder();
        boolean any = blocks.isEmpty();
        for (JsonFields block : blocks) {
            if (block.text("type").equals("tool_result")) {
                flush(text, to);
                to.add(result(block, calls));
            } else {
                text.append(text.isEmpty() ? "" : "\n").append(textOf(block));
                any = true;
            }
            block.end();
        }
        if (any) {
            to.add(Message.user(text.toString()));
        }
    }

    private static void flush(StringBuilder text, List<Message> to) {
        if (!text.isEmpty()) {
            to.add(Message.user(text.toString()));
            text.setLength(0);
        }
    }

    private static Message result(JsonFields block, Map<String, ToolCall> calls) {
        String id = block.text("tool_use_id");
        @Nullable ToolCall call = calls.get(id);
        if (call == null) {
            throw ApiException.invalid(
                    block.at("tool_use_id"),
                    "'%s' is the result of a call '%s', but no message before it has a tool_use block with that id. Send the assistant's message that called it, too."
                            .formatted(block.at("tool_use_id"), id));
        }
        @Nullable JsonNode content = block.optional("content");
        String text = content == null
                ? ""
                : content.isString() ? content.stringValue() : texts(block.objects("content"), "\n");
        block.harmless("cache_control");
        return Message.tool(call, block.flag("is_error", false) ? "Error: " + text : text);
    }

    private static void assistant(List<JsonFields> blocks, Map<String, ToolCall> calls, List<Message> to) {
        StringBuilder text = new StringBuilder();
        List<ToolCall> called = new ArrayList<>();
        for (JsonFields block : blocks) {
            switch (block.text("type")) {
                // what a model thought before is not read again
                case "thinking", "redacted_thinking" -> block.whole();
                case "tool_use" -> {
                    @Nullable JsonFields input = block.object("input");
                    ToolCall call = new ToolCall(
                            block.text("id"),
                            block.text("name"),
                            input == null ? "{}" : input.whole().toString());
                    block.harmless("cache_control", "caller");
                    called.add(call);
                    calls.put(call.id(), call);
                }
                default -> text.append(textOf(block));
            }
            block.end();
        }
        to.add(Message.assistant(text.toString(), called));
    }

    private static String texts(List<JsonFields> blocks, String between) {
        List<String> texts = new ArrayList<>();
        for (JsonFields block : blocks) {
            texts.add(textOf(block));
            block.end();
        }
        return String.join(between, texts);
    }

    private static String textOf(JsonFields block) {
        String type = block.text("type");
        if (!type.equals("text")) {
            throw ApiException.invalid(
                    block.at("type"),
                    "'%s' is '%s', which no model here reads. Supported are text, tool_use and tool_result; leave the block out, or send what it says as text."
                            .formatted(block.at("type"), type));
        }
        block.harmless("cache_control", "citations");
        return block.text("text");
    }

    private static List<Tool> tools(JsonFields fields) {
        List<Tool> tools = new ArrayList<>();
        for (JsonFields tool : fields.objects("tools")) {
            String type = tool.text("type", "custom");
            if (!type.equals("custom")) {
                throw ApiException.invalid(
                        tool.at("type"),
                        "'%s' is '%s', a tool that runs in Anthropic's own service or that its models were trained on. Supported are tools of your own, with an input_schema."
                                .formatted(tool.at("type"), type));
            }
            @Nullable JsonFields schema = tool.object("input_schema");
            tools.add(new Tool(
                    tool.text("name"),
                    tool.text("description", ""),
                    schema == null ? Tool.NO_PARAMETERS : schema.whole().toString()));
            tool.harmless("cache_control", "eager_input_streaming", "input_examples", "strict", "defer_loading");
            tool.harmless("allowed_callers");
            tool.end();
        }
        return tools;
    }

    private static ToolChoice choice(@Nullable JsonFields choice) {
        if (choice == null) {
            return ToolChoice.AUTO;
        }
        String type = choice.text("type");
        ToolChoice read = switch (type) {
            case "auto" -> ToolChoice.AUTO;
            case "any" -> ToolChoice.REQUIRED;
            case "none" -> ToolChoice.NONE;
            case "tool" -> new ToolChoice.Named(choice.text("name"));
            default ->
                throw ApiException.invalid(
                        choice.at("type"),
                        "'%s' is '%s'; expected auto, any, tool or none.".formatted(choice.at("type"), type));
        };
        choice.end();
        return read;
    }

    private static void thinking(@Nullable JsonFields thinking, ObjectNode arguments) {
        if (thinking == null) {
            return;
        }
        String type = thinking.text("type");
        switch (type) {
            case "enabled", "adaptive", "between_tools" -> arguments.put("enable_thinking", true);
            case "disabled" -> arguments.put("enable_thinking", false);
            default ->
                throw ApiException.invalid(
                        thinking.at("type"),
                        "'%s' is '%s'; expected enabled, adaptive or disabled.".formatted(thinking.at("type"), type));
        }
        thinking.harmless("budget_tokens", "display");
        thinking.end();
    }

    private static @Nullable Shape shape(@Nullable JsonFields output) {
        if (output == null) {
            return null;
        }
        output.harmless("effort");
        @Nullable JsonFields format = output.object("format");
        @Nullable Shape shape = null;
        if (format != null) {
            String type = format.text("type");
            @Nullable JsonFields schema = format.object("schema");
            if (!type.equals("json_schema") || schema == null) {
                throw ApiException.invalid(
                        format.at("type"), "'output_config.format' needs the type json_schema and a schema.");
            }
            shape = new Shape.JsonSchema(schema.whole().toString());
            format.end();
        }
        output.end();
        return shape;
    }

    /** The request as models understand it. */
    ChatRequest chat(Defaults defaults) {
        Sampling usual = defaults.sampling(Sampling.DEFAULT);
        Sampling sampling = usual.but()
                .temperature(Objects.requireNonNullElse(temperature, usual.temperature()))
                .topP(topP == null ? usual.topP() : Math.max(topP, 1e-9)) // 0 means the most probable one
                .topK(Objects.requireNonNullElse(topK, usual.topK()))
                .build();
        Limits limits = defaults.limits(Limits.NONE);
        return ChatRequest.of(messages)
                .with(sampling)
                .with(new Limits(maxTokens, stop.isEmpty() ? limits.stop() : stop, false))
                .with(tools)
                .with(shape)
                .withTemplateArguments(templateArguments);
    }
}
