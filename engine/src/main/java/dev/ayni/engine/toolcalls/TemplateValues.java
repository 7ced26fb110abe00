package dev.ayni.engine.toolcalls;

import dev.ayni.chat.Message;
import dev.ayni.chat.Message.Role;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Messages and tools as chat templates take them: the form of Hugging Face's transformers, which is OpenAI's. */
public final class TemplateValues {
    /** How a template wants calls, where published ones differ. */
    public enum Style {
        /** Arguments as objects, all calls of an answer in one message: nearly all templates. */
        OBJECTS,
        /** Arguments as text: DeepSeek. */
        TEXT,
        /** Each call in a message of its own, before its result: Llama 3, which takes one at once. */
        ONE_CALL,
    }

    private final UnaryOperator<String> guard;

    /** @param guard is given every text that somebody wrote, and changes what must not be taken for the template's own */
    public TemplateValues(UnaryOperator<String> guard) {
        this.guard = guard;
    }

    /** The value of {@code tools}. */
    public List<Object> tools(List<Tool> tools) {
        List<Object> values = new ArrayList<>();
        for (Tool tool : tools) {
            Map<String, @Nullable Object> function = new LinkedHashMap<>();
            function.put("name", tool.name());
            function.put("description", guard.apply(tool.description()));
            function.put("parameters", guarded(read(CallShape.parameters(tool).toString())));
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("type", "function");
            value.put("function", function);
            values.add(value);
        }
        return values;
    }

    /** The value of {@code messages}. */
    public List<Object> messages(List<Message> messages, Style style) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (style == Style.ONE_CALL && message.toolCalls().size() > 1) {
                i = oneByOne(messages, i, values);
            } else {
                values.add(message(message, message.toolCalls(), style));
            }
        }
        return values;
    }

    /** Writes calls and their results in pairs; gives the index of the last result. */
    private int oneByOne(List<Message> messages, int at, List<Object> values) {
        Message message = messages.get(at);
        int end = at + 1;
        while (end < messages.size() && messages.get(end).role() == Role.TOOL) {
            end++;
        }
        for (ToolCall call : message.toolCalls()) {
            values.add(message(message, List.of(call), Style.ONE_CALL));
            for (Message result : messages.subList(at + 1, end)) {
                if (result.answers() != null && result.answers().id().equals(call.id())) {
                    values.add(message(result, List.of(), Style.ONE_CALL));
                }
            }
        }
        return end - 1;
    }

    /**
     * Further values by name.
     *
     * @param json the text of a JSON object; empty: none
     * @throws IllegalArgumentException if it is something else
     */
    public Map<String, @Nullable Object> arguments(String json) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        if (!json.isEmpty()) {
            try {
                if (!(read(json) instanceof Map<?, ?> members)) {
                    throw new IllegalArgumentException(
                            "The template arguments are not a JSON object. Give one, such as {\"enable_thinking\": false}.");
                }
                members.forEach((name, value) -> values.put(String.valueOf(name), guarded(value)));
            } catch (JacksonException e) {
                throw new IllegalArgumentException(
                        "The template arguments are not JSON: %s. Give an object, such as {\"enable_thinking\": false}."
                                .formatted(e.getOriginalMessage()),
                        e);
            }
        }
        return values;
    }

    private Map<String, @Nullable Object> message(Message message, List<ToolCall> calls, Style style) {
        Map<String, @Nullable Object> value = new LinkedHashMap<>();
        value.put("role", message.role().wireName());
        // nothing said beside a call is null, and some templates ask for exactly that
        value.put("content", calls.isEmpty() || !message.content().isEmpty() ? guard.apply(message.content()) : null);
        if (!calls.isEmpty()) {
            value.put(
                    "tool_calls", calls.stream().map(call -> call(call, style)).toList());
        }
        ToolCall answers = message.answers();
        if (answers != null) {
            value.put("tool_call_id", guard.apply(answers.id()));
            value.put("name", guard.apply(answers.name()));
        }
        return value;
    }

    private Map<String, Object> call(ToolCall call, Style style) {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", guard.apply(call.name()));
        function.put(
                "arguments",
                style == Style.TEXT ? guard.apply(call.arguments()) : guarded(readOrText(call.arguments())));
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("id", guard.apply(call.id()));
        value.put("type", "function");
        value.put("function", function);
        return value;
    }

    private static @Nullable Object readOrText(String json) {
        try {
            return read(json);
        } catch (JacksonException e) {
            return json; // a call that somebody put together; what it means is up to the template
        }
    }

    private static @Nullable Object read(String json) {
        return JsonMapper.shared().readValue(json, Object.class);
    }

    private @Nullable Object guarded(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> guard.apply(text);
            case List<?> list -> {
                List<@Nullable Object> copy = new ArrayList<>();
                list.forEach(item -> copy.add(guarded(item)));
                yield copy;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, item) -> copy.put(guard.apply(String.valueOf(key)), guarded(item)));
                yield copy;
            }
            default -> value;
        };
    }
}
