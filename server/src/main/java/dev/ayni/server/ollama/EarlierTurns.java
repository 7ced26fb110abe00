package dev.ayni.server.ollama;

import dev.ayni.chat.Message;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code context} of a prompt: numbers that an answer carries and the next prompt brings back, so that the server need not
 * remember. Ollama's are token ids; these are the bytes of the turns as JSON, so that a user's words cannot become marks.
 */
final class EarlierTurns {
    private static final String FIELD = "context";

    private EarlierTurns() {}

    static void write(List<Message> turns, String answer, ObjectNode to) {
        ArrayNode said = OllamaApi.JSON.createArrayNode();
        for (Message turn : turns) {
            said.addArray().add(turn.role().wireName()).add(turn.content());
        }
        said.addArray().add(Message.Role.ASSISTANT.wireName()).add(answer);
        ArrayNode numbers = to.putArray(FIELD);
        for (byte b : said.toString().getBytes(StandardCharsets.UTF_8)) {
            numbers.add(b & 0xff);
        }
    }

    /** @throws ApiException (400) if the numbers are no earlier answer's */
    static List<Message> read(JsonFields fields) {
        List<JsonNode> numbers = fields.items(FIELD);
        byte[] bytes = new byte[numbers.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) numbers.get(i).asInt(0);
        }
        List<Message> turns = new ArrayList<>();
        if (bytes.length == 0) {
            return turns;
        }
        try {
            for (JsonNode turn : OllamaApi.JSON.readTree(bytes)) {
                String content = turn.path(1).stringValue();
                turns.add(
                        turn.path(0).stringValue().equals("user") ? Message.user(content) : Message.assistant(content));
            }
            return turns;
        } catch (JacksonException e) {
            throw ApiException.invalid(
                    FIELD,
                    "'context' is not what an answer of this server carried; expected its numbers as they were. Leave it out to begin anew, or use /api/chat.");
        }
    }
}
