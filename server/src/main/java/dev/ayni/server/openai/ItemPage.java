package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A part of a list of items: the newest first, unless the query says otherwise. */
final class ItemPage {
    private static final int MOST = 100;
    private static final int USUAL = 20;

    private ItemPage() {}

    /** The part that the query's {@code limit}, {@code order} and {@code after} ask for. */
    static ObjectNode of(ArrayNode items, Exchange exchange) {
        List<JsonNode> ordered = new ArrayList<>(items.values());
        String order = exchange.query("order");
        if (order == null || order.equals("desc")) {
            Collections.reverse(ordered);
        } else if (!order.equals("asc")) {
            throw ApiException.invalid("order", "'order' is '%s'; expected 'asc' or 'desc'.".formatted(order));
        }
        int first = 0;
        String after = exchange.query("after");
        if (after != null) {
            while (first < ordered.size() && !id(ordered.get(first)).equals(after)) {
                first++;
            }
            first++;
        }
        int limit = limit(exchange.query("limit"));
        List<JsonNode> page =
                first >= ordered.size() ? List.of() : ordered.subList(first, Math.min(ordered.size(), first + limit));
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.put("object", "list");
        list.putArray("data").addAll(page);
        list.put("first_id", page.isEmpty() ? "" : id(page.getFirst()));
        list.put("last_id", page.isEmpty() ? "" : id(page.getLast()));
        list.put("has_more", first + page.size() < ordered.size());
        return list;
    }

    private static String id(JsonNode item) {
        return item.get("id").stringValue();
    }

    private static int limit(@Nullable String asked) {
        if (asked == null) {
            return USUAL;
        }
        if (!asked.matches("\\d{1,3}") || Integer.parseInt(asked) < 1 || Integer.parseInt(asked) > MOST) {
            throw ApiException.invalid(
                    "limit", "'limit' is '%s'; expected a whole number from 1 to %d.".formatted(asked, MOST));
        }
        return Integer.parseInt(asked);
    }
}
