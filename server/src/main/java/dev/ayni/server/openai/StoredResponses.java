package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.openai.ResponseStore.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Answers that are kept: each with the input that was new in its request, and with which answer came before. */
final class StoredResponses {
    private static final JsonMapper JSON = new JsonMapper();

    /** What was said before a request is held in memory while it is answered; no model here reads as much. */
    static final int MOST_CHARACTERS = 8 << 20;

    private final ResponseStore store;

    StoredResponses(ResponseStore store) {
        this.store = store;
    }

    /** Keeps an answer that is whole. */
    void add(String owner, ObjectNode response, ArrayNode input) {
        store.add(Kind.RESPONSE, owner, id(response), document(response, input));
    }

    /** Keeps an answer that is still to be written. */
    void begin(String owner, ObjectNode response, ArrayNode input) {
        store.begin(owner, id(response), document(response, input));
    }

    /** Keeps how far an answer is that was begun. */
    void progress(String owner, JsonNode response) {
        store.change(Kind.RESPONSE, owner, id(response), document -> {
            ObjectNode changed = (ObjectNode) parsed(document);
            changed.set("response", response);
            return changed.toString();
        });
    }

    /** Keeps the end of an answer that was begun. */
    void end(String owner, ObjectNode response, ArrayNode input) {
        store.end(owner, id(response), document(response, input));
    }

    boolean wanted(String owner, String id) {
        return store.wanted(owner, id);
    }

    void askToStop(String owner, String id) {
        store.askToStop(owner, id);
    }

    /** Ends answers whose program died as failed. */
    void endAbandoned(Predicate<String> here) {
        store.endAbandoned(here, document -> {
            ObjectNode changed = (ObjectNode) parsed(document);
            ObjectNode response = (ObjectNode) changed.get("response");
            response.put("status", "failed");
            response.putObject("error")
                    .put("code", "server_error")
                    .put(
                            "message",
                            "The server stopped while it wrote this answer, and nothing of it was kept. Send the request again.");
            return changed.toString();
        });
    }

    void forgetOld() {
        store.forgetOld();
    }

    private static String id(JsonNode response) {
        return response.get("id").stringValue();
    }

    private static String document(ObjectNode response, ArrayNode input) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.set("response", response);
        document.set("input", input);
        return document.toString();
    }

    /** @throws ApiException 404 if there is none */
    JsonNode response(String owner, String id) {
        return document(owner, id).get("response");
    }

    /** @throws ApiException 404 if there is none */
    ArrayNode input(String owner, String id) {
        return (ArrayNode) document(owner, id).get("input");
    }

    /** @throws ApiException 404 if there is none */
    void delete(String owner, String id) {
        if (!store.delete(Kind.RESPONSE, owner, id)) {
            throw unknown(id);
        }
    }

    private JsonNode document(String owner, String id) {
        return store.get(Kind.RESPONSE, owner, id).map(StoredResponses::parsed).orElseThrow(() -> unknown(id));
    }

    /** Text that was written here. */
    static JsonNode parsed(String json) {
        return JSON.readTree(json);
    }

    /** @param what has become too long */
    static ApiException tooLong(@Nullable String parameter, String what) {
        return new ApiException(
                400,
                "conversation_too_long",
                parameter,
                Map.of(),
                "%s have more than %d characters together, which is more than is kept in memory while a model answers. Begin anew, with what matters of it."
                        .formatted(what, MOST_CHARACTERS));
    }

    private static ApiException unknown(String id) {
        return ApiException.notFound(
                "response_not_found",
                "There is no response '%s': it was never made, or not by you, or not kept, or it was deleted."
                        .formatted(id));
    }

    /**
     * All that was said up to a response, and in it.
     *
     * @param last empty: nothing was
     * @throws ApiException 400 if a part of it is not kept any more, or it is longer than {@link #MOST_CHARACTERS}
     */
    ArrayNode upTo(String owner, String last) {
        Deque<JsonNode> documents = new ArrayDeque<>();
        long characters = 0;
        for (String id = last; !id.isEmpty(); ) {
            String missing = id;
            String json = store.get(Kind.RESPONSE, owner, id)
                    .orElseThrow(() -> new ApiException(
                            400,
                            "previous_response_not_found",
                            "previous_response_id",
                            Map.of(),
                            "The response '%s' is not kept any more, so nothing can go on from it. Send the conversation as items."
                                    .formatted(missing)));
            characters += json.length();
            if (characters > MOST_CHARACTERS) {
                throw tooLong("previous_response_id", "The responses up to '%s'".formatted(last));
            }
            documents.addFirst(parsed(json));
            id = documents
                    .getFirst()
                    .get("response")
                    .path("previous_response_id")
                    .asString("");
        }
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        for (JsonNode document : documents) {
            items.addAll((ArrayNode) document.get("input"));
            items.addAll((ArrayNode) document.get("response").get("output"));
        }
        return items;
    }
}
