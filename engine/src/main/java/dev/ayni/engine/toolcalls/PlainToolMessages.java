package dev.ayni.engine.toolcalls;

import dev.ayni.chat.Message;
import dev.ayni.chat.Message.Role;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tools for models whose templates have no place for them: told in the system message, called in JSON. */
public final class PlainToolMessages {
    private static final String TOLD = """
            You can use tools. To use one, answer with nothing but its line of JSON, the values filled in. You will be given
            the result, and can then use another tool or answer the user. Use a tool only if it helps. The tools are:
            """;

    private PlainToolMessages() {}

    /**
     * The messages with the tools' description before what the system message says.
     *
     * @param hasSystem whether the template takes a system message; if not, the first user message begins with it
     */
    public static List<Message> describing(List<Tool> tools, List<Message> messages, boolean hasSystem) {
        if (tools.isEmpty()) {
            return messages;
        }
        String told = TOLD + tools.stream().map(PlainToolMessages::line).collect(Collectors.joining("\n"));
        List<Message> all = new ArrayList<>(messages);
        boolean system = !all.isEmpty() && all.getFirst().role() == Role.SYSTEM;
        if (system) {
            told += "\n\n" + all.removeFirst().content();
        }
        if (hasSystem) {
            all.addFirst(Message.system(told));
        } else if (!all.isEmpty() && all.getFirst().role() == Role.USER) {
            all.set(0, Message.user(told + "\n\n" + all.getFirst().content()));
        } else {
            all.addFirst(Message.user(told));
        }
        return all;
    }

    /** The messages without calls and roles that the template would not know: calls as JSON, results as a user's words. */
    public static List<Message> inWords(List<Message> messages) {
        List<Message> words = new ArrayList<>();
        for (Message message : messages) {
            switch (message.role()) {
                case SYSTEM, USER -> add(words, message.role(), message.content());
                case ASSISTANT -> {
                    String calls = message.toolCalls().stream()
                            .map(PlainToolMessages::line)
                            .collect(Collectors.joining("\n"));
                    String between = message.content().isEmpty() || calls.isEmpty() ? "" : "\n";
                    words.add(Message.assistant(message.content() + between + calls));
                }
                case TOOL ->
                    add(
                            words,
                            Role.USER,
                            "Result of %s: %s"
                                    .formatted(
                                            Objects.requireNonNull(message.answers())
                                                    .name(),
                                            message.content()));
            }
        }
        return words;
    }

    /** Results of several calls, and what the user then says, are one turn: many templates want speakers to alternate. */
    private static void add(List<Message> words, Role role, String content) {
        if (role == Role.USER && !words.isEmpty() && words.getLast().role() == Role.USER) {
            words.set(words.size() - 1, Message.user(words.getLast().content() + "\n\n" + content));
        } else {
            words.add(new Message(role, content));
        }
    }

    /**
     * A call with the types of its values, for small models copy what they read; below it the schema, if that says more.
     */
    private static String line(Tool tool) {
        JsonNode schema = CallShape.parameters(tool);
        boolean says = false;
        List<String> values = new ArrayList<>();
        for (Map.Entry<String, JsonNode> parameter : schema.path("properties").properties()) {
            JsonNode type = parameter.getValue().path("type");
            values.add("%s: <%s>"
                    .formatted(JsonMapper.shared().writeValueAsString(parameter.getKey()), type.asString("any")));
            says = says || !type.isString() || parameter.getValue().size() > 1;
        }
        String line = "{\"name\": \"%s\", \"arguments\": {%s}}  %s"
                .formatted(tool.name(), String.join(", ", values), tool.description());
        return says ? line + "\n  arguments by JSON Schema: " + schema : line;
    }

    private static String line(ToolCall call) {
        return "{\"name\": %s, \"arguments\": %s}"
                .formatted(JsonMapper.shared().writeValueAsString(call.name()), call.arguments());
    }
}
