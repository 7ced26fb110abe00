package dev.ayni.server.openai;

import dev.ayni.server.anthropic.AnthropicApi;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import dev.ayni.tensor.Arithmetic;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The models that can be asked for: {@code /v1/models}, and the one that a request names. Anthropic's clients share these
 * paths, and are answered in their own shape.
 */
final class Models {
    /** The name of whichever model the server has first. */
    static final String DEFAULT = "default";

    private final ModelPool pool;

    Models(ModelPool pool) {
        this.pool = pool;
    }

    /**
     * The model of a request.
     *
     * @throws ApiException 404 (model_not_found) if there is none of that name
     */
    ModelPool.Lease lease(String name, Exchange exchange) {
        return pool.lease(name(name), exchange);
    }

    private String name(String asked) {
        if (!asked.equals(DEFAULT) || pool.find(asked).isPresent()) {
            return asked;
        }
        return pool.names().stream().findFirst().orElse(asked);
    }

    /**
     * What an answer's bits depend on besides the request: the version of the arithmetic, and the model's file. The same
     * fingerprint, request and seed give the same answer.
     */
    static String fingerprint(ModelCard card) {
        String digest = card.digest();
        return "ayni-arithmetic%d-%s"
                .formatted(Arithmetic.VERSION, digest.isEmpty() ? card.name() : digest.substring(0, 12));
    }

    void list(Exchange exchange) {
        if (exchange.header(AnthropicApi.VERSION) != null) {
            new AnthropicApi(pool).models(exchange);
            return;
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("object", "list");
        ArrayNode data = answer.putArray("data");
        pool.models().forEach(card -> data.add(described(card)));
        exchange.json(answer.toString());
    }

    void one(Exchange exchange) {
        String asked = exchange.pathValue("model");
        if (exchange.header(AnthropicApi.VERSION) != null) {
            new AnthropicApi(pool).model(exchange, asked);
            return;
        }
        ModelCard card = pool.find(name(asked))
                .orElseThrow(() -> ApiException.notFound(
                        "model_not_found",
                        "There is no model '%s' here. The server has %s.".formatted(asked, pool.names())));
        exchange.json(described(card).toString());
    }

    private static ObjectNode described(ModelCard card) {
        ObjectNode model = JsonNodeFactory.instance.objectNode();
        model.put("id", card.name());
        model.put("object", "model");
        model.put("created", card.created().getEpochSecond());
        model.put("owned_by", "ayni");
        if (card.context() > 0) {
            model.put("max_model_len", card.context());
        }
        return model;
    }
}
