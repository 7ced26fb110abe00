package dev.ayni.server.openai;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Tools;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/tokenize} and {@code /v1/detokenize}, as vLLM's clients know them. */
final class Tokenization {
    private final Models models;

    Tokenization(Models models) {
        this.models = models;
    }

    /**
     * What is asked for: the tokens of a text, or those that a model gets for a conversation.
     *
     * @param chat null: a text is asked for
     * @param begin whether what the model expects before every text comes before this one
     */
    record Request(String model, String text, @Nullable ChatRequest chat, boolean begin, boolean pieces) {
        static Request read(JsonFields fields) {
            String model = fields.text("model", Models.DEFAULT);
            boolean pieces = fields.flag("return_token_strs", false);
            boolean conversation = fields.has("messages");
            if (conversation == fields.has("prompt")) {
                throw new ApiException(
                        400,
                        "missing_required_parameter",
                        fields.at("prompt"),
                        Map.of(),
                        "Expected either '%s', a text, or '%s', a conversation."
                                .formatted(fields.at("prompt"), fields.at("messages")));
            }
            boolean begin = fields.flag("add_special_tokens", !conversation);
            String text = fields.text("prompt", "");
            Tools tools = ToolFields.read(fields, ToolFields.Layout.NESTED);
            String arguments = TemplateFields.read(fields);
            if (!fields.flag("add_generation_prompt", true)) {
                throw ApiException.invalid(
                        fields.at("add_generation_prompt"),
                        "'%s' is false, but a conversation is always tokenized as the model gets it, ready for its answer. Leave it out."
                                .formatted(fields.at("add_generation_prompt")));
            }
            ChatRequest chat = null;
            if (conversation) {
                List<Message> messages = MessageFields.read(fields);
                chat = new ChatRequest(
                        messages, Sampling.DEFAULT, Limits.NONE, -1, tools, null, arguments, Scheduling.USUAL);
            }
            fields.end();
            return new Request(model, text, chat, begin, pieces);
        }
    }

    void tokenize(Exchange exchange) {
        Request request = Request.read(JsonFields.of(exchange.body()));
        try (ModelPool.Lease lease = models.lease(request.model(), exchange)) {
            ServedModel model = lease.model();
            List<Integer> ids = new ArrayList<>();
            if (request.chat() != null) {
                ids.addAll(model.promptIds(request.chat()));
            } else {
                if (request.begin()) {
                    ids.addAll(model.begin());
                }
                ids.addAll(model.tokens(request.text(), true));
            }
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            answer.put("count", ids.size());
            answer.put("max_model_len", model.card().context());
            ArrayNode tokens = answer.putArray("tokens");
            ids.forEach(tokens::add);
            if (request.pieces()) {
                ArrayNode pieces = answer.putArray("token_strs");
                ids.forEach(id -> pieces.add(model.text(List.of(id))));
            } else {
                answer.putNull("token_strs");
            }
            exchange.json(answer.toString());
        }
    }

    void detokenize(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String name = fields.text("model", Models.DEFAULT);
        JsonNode tokens = fields.optional("tokens");
        List<Integer> ids = tokens == null || tokens.isArray() && tokens.isEmpty()
                ? List.of()
                : CompletionRequest.tokens("tokens", tokens, fields, "token ids");
        fields.end();
        try (ModelPool.Lease lease = models.lease(name, exchange)) {
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            answer.put("prompt", lease.model().text(ids));
            exchange.json(answer.toString());
        }
    }

    /** {@code GET /tokenizer_info}: which tokens begin and end a text, for clients that count for themselves. */
    void info(Exchange exchange) {
        String name = exchange.query("model");
        try (ModelPool.Lease lease = models.lease(name == null ? Models.DEFAULT : name, exchange)) {
            ServedModel model = lease.model();
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            answer.put("bos_token", first(model, model.begin()));
            answer.put("eos_token", first(model, model.ends()));
            answer.put("model_max_length", model.card().context());
            exchange.json(answer.toString());
        }
    }

    private static @Nullable String first(ServedModel model, List<Integer> ids) {
        return ids.isEmpty() ? null : model.piece(ids.getFirst());
    }
}
