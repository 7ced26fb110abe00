package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.openai.ResponseStore.Kind;
import java.time.Instant;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/conversations}: what was said, kept under a name, so that responses can go on from it. */
final class Conversations {
    private final ResponseStore store;

    Conversations(ResponseStore store) {
        this.store = store;
    }

    void create(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body().length == 0 ? new byte[] {'{', '}'} : exchange.body());
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ObjectNode conversation = document.putObject("conversation");
        conversation.put("id", FreshId.of("conv_"));
        conversation.put("object", "conversation");
        conversation.put("created_at", Instant.now().getEpochSecond());
        conversation.set("metadata", metadata(fields));
        document.set("items", ResponseItems.read(fields, "items"));
        fields.end();
        store.add(Kind.CONVERSATION, owner(exchange), conversation.get("id").stringValue(), text(document));
        exchange.json(conversation.toString());
    }

    void get(Exchange exchange) {
        exchange.json(document(owner(exchange), exchange.pathValue("conversation"))
                .get("conversation")
                .toString());
    }

    void update(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        JsonNode metadata = metadata(fields);
        fields.end();
        ObjectNode document = change(owner(exchange), exchange.pathValue("conversation"), changed -> {
            ((ObjectNode) changed.get("conversation")).set("metadata", metadata);
        });
        exchange.json(document.get("conversation").toString());
    }

    void delete(Exchange exchange) {
        String id = exchange.pathValue("conversation");
        if (!store.delete(Kind.CONVERSATION, owner(exchange), id)) {
            throw unknown(id);
        }
        exchange.json(JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "conversation.deleted")
                .put("deleted", true)
                .toString());
    }

    void items(Exchange exchange) {
        exchange.json(ItemPage.of(items(owner(exchange), exchange.pathValue("conversation")), exchange)
                .toString());
    }

    void addItems(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        ArrayNode added = ResponseItems.read(fields, "items");
        fields.end();
        add(owner(exchange), exchange.pathValue("conversation"), added);
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.put("object", "list");
        list.set("data", added);
        list.put("first_id", added.isEmpty() ? "" : added.get(0).get("id").stringValue());
        list.put(
                "last_id",
                added.isEmpty() ? "" : added.get(added.size() - 1).get("id").stringValue());
        list.put("has_more", false);
        exchange.json(list.toString());
    }

    void item(Exchange exchange) {
        ArrayNode items = items(owner(exchange), exchange.pathValue("conversation"));
        exchange.json(items.get(index(items, exchange.pathValue("item"))).toString());
    }

    void deleteItem(Exchange exchange) {
        ObjectNode document = change(owner(exchange), exchange.pathValue("conversation"), changed -> {
            ArrayNode items = (ArrayNode) changed.get("items");
            items.remove(index(items, exchange.pathValue("item")));
        });
        exchange.json(document.get("conversation").toString());
    }

    private static int index(ArrayNode items, String id) {
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).get("id").stringValue().equals(id)) {
                return i;
            }
        }
        throw ApiException.notFound("item_not_found", "The conversation has no item '%s'.".formatted(id));
    }

    /**
     * What was said in a conversation.
     *
     * @throws ApiException 404 if there is none of that name
     */
    ArrayNode items(String owner, String id) {
        return (ArrayNode) document(owner, id).get("items");
    }

    /** Adds what was said; a conversation that was deleted in the meantime stays so. */
    void add(String owner, String id, ArrayNode said) {
        change(owner, id, document -> ((ArrayNode) document.get("items")).addAll(said));
    }

    private static JsonNode metadata(JsonFields fields) {
        JsonFields metadata = fields.object("metadata");
        return metadata == null ? JsonNodeFactory.instance.objectNode() : metadata.whole();
    }

    private static String owner(Exchange exchange) {
        return exchange.caller().principal();
    }

    /** Changes a conversation and gives it as it is then. */
    private ObjectNode change(String owner, String id, Consumer<ObjectNode> change) {
        return (ObjectNode) store.change(Kind.CONVERSATION, owner, id, json -> {
                    ObjectNode document = (ObjectNode) StoredResponses.parsed(json);
                    change.accept(document);
                    return text(document);
                })
                .map(StoredResponses::parsed)
                .orElseThrow(() -> unknown(id));
    }

    /** @throws ApiException 400 if it has become too long to be held in memory by every request that goes on from it */
    private static String text(ObjectNode document) {
        String text = document.toString();
        if (text.length() > StoredResponses.MOST_CHARACTERS) {
            throw StoredResponses.tooLong(null, "The items of the conversation");
        }
        return text;
    }

    private ObjectNode document(String owner, String id) {
        return (ObjectNode) store.get(Kind.CONVERSATION, owner, id)
                .map(StoredResponses::parsed)
                .orElseThrow(() -> unknown(id));
    }

    private static ApiException unknown(String id) {
        return ApiException.notFound(
                "conversation_not_found",
                "There is no conversation '%s': it was never made, or not by you, or it was deleted.".formatted(id));
    }
}
