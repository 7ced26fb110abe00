package dev.ayni.server.openai;

import dev.ayni.chat.Embedder;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import dev.ayni.server.openai.EmbeddingRequest.Input;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/embeddings}: texts as vectors. */
final class Embeddings {
    private final Models models;

    Embeddings(Models models) {
        this.models = models;
    }

    void answer(Exchange exchange) {
        EmbeddingRequest request = EmbeddingRequest.read(JsonFields.of(exchange.body()));
        LimitFields.tell(exchange, request.passedOver());
        try (ModelPool.Lease lease = models.lease(request.model(), exchange)) {
            ServedModel model = new WantedModel(lease.model(), exchange);
            Embedder embedder = model.embedder();
            if (request.dimensions() != 0 && request.dimensions() != embedder.width()) {
                throw ApiException.invalid(
                        "dimensions",
                        "'dimensions' is %d, but the vectors of %s have %d numbers, and it was not trained to have fewer. Leave it out."
                                .formatted(request.dimensions(), model.card().name(), embedder.width()));
            }
            long start = System.nanoTime();
            Embedder.Embeddings embeddings = embedder.embed(
                    request.inputs().stream().map(input -> text(input, model)).toList(),
                    exchange.caller().scheduling());
            exchange.used(
                    model.card().name(),
                    new Usage(embeddings.tokens(), 0, 0, model.card().context(), System.nanoTime() - start, 0));
            exchange.json(
                    json(model.card().name(), embeddings, request.base64()).toString());
        }
    }

    private static String text(Input input, ServedModel model) {
        return switch (input) {
            case Input.Text(String text) -> text;
            case Input.Tokens(List<Integer> ids) -> model.text(ids);
        };
    }

    private static ObjectNode json(String model, Embedder.Embeddings embeddings, boolean base64) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("object", "list");
        ArrayNode data = answer.putArray("data");
        for (float[] vector : embeddings.vectors()) {
            ObjectNode item = data.addObject();
            item.put("object", "embedding");
            item.put("index", data.size() - 1);
            if (base64) {
                item.put("embedding", Base64.getEncoder().encodeToString(bytes(vector)));
            } else {
                ArrayNode numbers = item.putArray("embedding");
                for (float number : vector) {
                    numbers.add(number);
                }
            }
        }
        answer.put("model", model);
        answer.putObject("usage").put("prompt_tokens", embeddings.tokens()).put("total_tokens", embeddings.tokens());
        return answer;
    }

    private static byte[] bytes(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return bytes.array();
    }
}
