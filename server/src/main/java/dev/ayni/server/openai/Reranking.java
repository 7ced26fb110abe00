package dev.ayni.server.openai;

import dev.ayni.chat.Reranker;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/rerank}, as Cohere's, Jina's and vLLM's clients know it: which documents answer a query best. */
final class Reranking {
    private static final int MOST_DOCUMENTS = 10_000;

    private final Models models;

    Reranking(Models models) {
        this.models = models;
    }

    /**
     * What is asked for.
     *
     * @param most how many documents are answered, the best first
     */
    record Request(
            String model, String query, List<String> documents, int most, boolean withText, List<String> passedOver) {
        static Request read(JsonFields fields) {
            String model = fields.text("model");
            String query = fields.text("query");
            List<String> documents = documents(fields);
            int most = (int) fields.whole("top_n", 1, Integer.MAX_VALUE, documents.size());
            boolean withText = fields.flag("return_documents", true);
            fields.harmless("user", "priority");
            fields.end();
            return new Request(model, query, documents, most, withText, fields.passedOver());
        }

        private static List<String> documents(JsonFields fields) {
            List<String> documents = new ArrayList<>();
            for (JsonNode item : fields.items("documents")) {
                JsonNode text = item.isObject() && item.size() == 1 ? item.get("text") : item;
                if (text == null || !text.isString()) {
                    throw fields.wrong(
                            "documents[%d]".formatted(documents.size()),
                            item,
                            "a string, or an object with 'text' alone");
                }
                documents.add(text.stringValue());
            }
            if (documents.isEmpty() || documents.size() > MOST_DOCUMENTS) {
                throw ApiException.invalid(
                        fields.at("documents"),
                        "'%s' has %d documents; expected 1 to %d."
                                .formatted(fields.at("documents"), documents.size(), MOST_DOCUMENTS));
            }
            return documents;
        }
    }

    void answer(Exchange exchange) {
        Request request = Request.read(JsonFields.of(exchange.body()));
        LimitFields.tell(exchange, request.passedOver());
        try (ModelPool.Lease lease = models.lease(request.model(), exchange)) {
            ServedModel model = new WantedModel(lease.model(), exchange);
            long start = System.nanoTime();
            Reranker.Ranking ranking = model.reranker().rank(request.query(), request.documents());
            exchange.used(
                    model.card().name(),
                    new Usage(ranking.tokens(), 0, 0, model.card().context(), System.nanoTime() - start, 0));
            exchange.json(json(model.card().name(), request, ranking).toString());
        }
    }

    private static ObjectNode json(String model, Request request, Reranker.Ranking ranking) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("id", FreshId.of("rerank-"));
        answer.put("model", model);
        answer.putObject("usage").put("prompt_tokens", ranking.tokens()).put("total_tokens", ranking.tokens());
        ArrayNode results = answer.putArray("results");
        IntStream.range(0, request.documents().size())
                .boxed()
                .sorted(Comparator.comparing(i -> -ranking.scores().get(i)))
                .limit(request.most())
                .forEach(i -> {
                    ObjectNode result = results.addObject();
                    result.put("index", i);
                    if (request.withText()) {
                        result.putObject("document")
                                .put("text", request.documents().get(i));
                    }
                    result.put("relevance_score", ranking.scores().get(i));
                });
        return answer;
    }
}
