package dev.ayni.studio;

import dev.ayni.chat.Message;
import dev.ayni.chat.ToolCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What was said so far, and what the model was told to be. */
final class Conversation {
    private @Nullable String system;
    private final List<Message> beginning = new ArrayList<>();
    private final List<Message> turns = new ArrayList<>();

    /** All messages as a model gets to see them. */
    List<Message> messages() {
        List<Message> all = new ArrayList<>(turns.size() + 1);
        if (system != null) {
            all.add(Message.system(system));
        }
        all.addAll(beginning);
        all.addAll(turns);
        return all;
    }

    /** Turns that come before the first one, whatever is cleared or taken back: those of the model itself. */
    void begin(List<Message> before) {
        beginning.clear();
        beginning.addAll(before);
    }

    @Nullable
    String system() {
        return system;
    }

    /** Sets what the model is told before everything else; nothing if it is blank. */
    void system(@Nullable String text) {
        system = text == null || text.isBlank() ? null : text;
    }

    void add(Message turn) {
        turns.add(turn);
    }

    int turns() {
        return turns.size();
    }

    void clear() {
        turns.clear();
    }

    /** Takes back the last turn, if that speaker had it. */
    boolean takeBack(Message.Role role) {
        if (turns.isEmpty() || turns.getLast().role() != role) {
            return false;
        }
        turns.removeLast();
        return true;
    }

    /** Takes back everything after the user's last turn. */
    void takeBackAnswer() {
        while (!turns.isEmpty() && turns.getLast().role() != Message.Role.USER) {
            turns.removeLast();
        }
    }

    /** Goes on with these messages, which begin with its own. */
    void goOnWith(List<Message> messages) {
        turns.clear();
        messages.stream()
                .filter(message -> message.role() != Message.Role.SYSTEM)
                .skip(beginning.size())
                .forEach(turns::add);
    }

    /** Writes the conversation as JSON. */
    void save(Path file, String model) throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("model", model);
        ArrayNode messages = root.putArray("messages");
        for (Message message : messages()) {
            write(message, messages.addObject());
        }
        Files.writeString(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }

    private static void write(Message message, ObjectNode to) {
        to.put("role", message.role().wireName()).put("content", message.content());
        if (!message.toolCalls().isEmpty()) {
            ArrayNode calls = to.putArray("tool_calls");
            for (ToolCall call : message.toolCalls()) {
                calls.addObject()
                        .put("id", call.id())
                        .put("type", "function")
                        .putObject("function")
                        .put("name", call.name())
                        .put("arguments", call.arguments());
            }
        }
        ToolCall answers = message.answers();
        if (answers != null) {
            to.put("tool_call_id", answers.id());
        }
    }

    /** Takes a saved conversation in place of this one, which stays as it is if the file is no such thing. */
    void load(Path file) throws IOException {
        JsonNode root;
        try {
            root = new JsonMapper().readTree(Streams.utf8(Files.readAllBytes(file), "'%s'".formatted(file)));
        } catch (JacksonException e) {
            throw new Letter("'%s' is no saved conversation: %s.".formatted(file, e.getOriginalMessage()), e);
        }
        String read = null;
        List<Message> said = new ArrayList<>();
        if (!root.path("messages").isArray()) {
            throw new Letter("'%s' is no saved conversation: it has no list of messages.".formatted(file));
        }
        for (JsonNode message : root.path("messages")) {
            String content = message.path("content").asString("");
            switch (message.path("role").asString("")) {
                case "system" -> read = content;
                case "user" -> said.add(Message.user(content));
                case "assistant" -> said.add(Message.assistant(content, calls(message)));
                case "tool" -> said.add(Message.tool(call(said, message, file), content));
                default ->
                    throw new Letter("'%s' has a message whose role is %s. Expected system, user, assistant or tool."
                            .formatted(file, message.path("role")));
            }
        }
        system(read);
        beginning.clear(); // a saved conversation has it among its turns
        turns.clear();
        turns.addAll(said);
    }

    private static List<ToolCall> calls(JsonNode message) {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            calls.add(new ToolCall(
                    call.path("id").asString(""),
                    function.path("name").asString(""),
                    function.path("arguments").asString("{}")));
        }
        return calls;
    }

    /** The call that a tool's message answers. */
    private static ToolCall call(List<Message> said, JsonNode message, Path file) {
        String id = message.path("tool_call_id").asString("");
        return said.stream()
                .flatMap(before -> before.toolCalls().stream())
                .filter(call -> call.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new Letter(
                        "'%s' has the result of a tool's call '%s', but no such call before it. Leave the message out."
                                .formatted(file, id)));
    }
}
