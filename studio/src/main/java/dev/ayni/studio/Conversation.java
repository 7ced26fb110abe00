package dev.ayni.studio;

import dev.ayni.chat.Message;
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
    private final List<Message> turns = new ArrayList<>();

    /** All messages as a model gets to see them. */
    List<Message> messages() {
        List<Message> all = new ArrayList<>(turns.size() + 1);
        if (system != null) {
            all.add(Message.system(system));
        }
        all.addAll(turns);
        return all;
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

    /** Writes the conversation as JSON. */
    void save(Path file, String model) throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("model", model);
        ArrayNode messages = root.putArray("messages");
        for (Message message : messages()) {
            messages.addObject().put("role", message.role().wireName()).put("content", message.content());
        }
        Files.writeString(file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
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
                case "assistant" -> said.add(Message.assistant(content));
                default ->
                    throw new Letter("'%s' has a message whose role is %s. Expected system, user or assistant."
                            .formatted(file, message.path("role")));
            }
        }
        system(read);
        turns.clear();
        turns.addAll(said);
    }
}
