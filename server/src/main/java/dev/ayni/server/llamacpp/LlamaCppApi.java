package dev.ayni.server.llamacpp;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Message;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.LateStream;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Completions, tokens and prompts as clients of llama.cpp's server ask for them. That has one model; a request here may name
 * one with {@code model}, and means the first of the server if it does not.
 */
public final class LlamaCppApi implements Api {
    static final JsonMapper JSON = new JsonMapper();

    private final ModelPool pool;

    public LlamaCppApi(ModelPool pool) {
        this.pool = pool;
    }

    @Override
    public String name() {
        return "llama.cpp";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.of("POST", "/completion", "Continues a text.", Schemas.COMPLETION, this::completion),
                Route.of("POST", "/tokenize", "Gives the tokens of a text.", Schemas.TOKENIZE, this::tokenize),
                Route.of("POST", "/detokenize", "Gives the text of tokens.", Schemas.DETOKENIZE, this::detokenize),
                Route.of(
                        "POST",
                        "/apply-template",
                        "Writes a conversation as its model reads it.",
                        Schemas.TEMPLATE,
                        this::applyTemplate),
                Route.of("POST", "/embedding", "Turns texts into vectors.", Schemas.EMBEDDING, this::embedding),
                Route.of("GET", "/props", "Describes the model that comes first.", Described.NOTHING, this::props),
                Route.of("GET", "/slots", "Tells which models are at work.", Described.NOTHING, this::slots));
    }

    @Override
    public ErrorShape errors() {
        return (error, requestId) -> error(error).toString();
    }

    private static ObjectNode error(ApiException error) {
        ObjectNode body = JSON.createObjectNode();
        body.putObject("error")
                .put("code", error.status())
                .put("message", error.getMessage())
                .put("type", type(error.status()));
        return body;
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 429, 503 -> "unavailable_error";
            default -> status < 500 ? "invalid_request_error" : "server_error";
        };
    }

    private void completion(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        try (ModelPool.Lease lease = lease(fields, exchange)) {
            ServedModel model = new WantedModel(lease.model(), exchange);
            CompletionRequest asked = CompletionRequest.read(fields, model, exchange.caller());
            if (!fields.passedOver().isEmpty()) {
                exchange.header("x-ayni-passed-over", String.join(", ", fields.passedOver()));
            }
            LateStream stream = new LateStream(exchange, "text/event-stream");
            Completion completion = new Completion(
                    asked, model.card().name(), model.promptIds(asked.text()).size(), asked.stream() ? stream : null);
            try {
                model.text().complete(asked.text(), completion);
                exchange.used(model.card().name(), completion.usage());
                String end = completion.end().toString();
                if (asked.stream()) {
                    stream.data(end);
                } else {
                    exchange.json(end);
                }
            } catch (ReaderLeft e) {
                // nobody is left to tell
            } catch (RuntimeException e) {
                if (!exchange.begun()) {
                    throw e;
                }
                stream.data(error(Failures.of(e)).toString());
            }
        }
    }

    private void tokenize(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        try (ModelPool.Lease lease = lease(fields, exchange)) {
            ServedModel model = lease.model();
            List<Integer> ids = new ArrayList<>();
            if (fields.flag("add_special", fields.flag("add_special_tokens", false))) {
                ids.addAll(model.begin());
            }
            String text = fields.text(fields.has("prompt") ? "prompt" : "content"); // the first as vLLM names it
            ids.addAll(model.tokens(text, fields.flag("parse_special", true)));
            boolean pieces = fields.flag("with_pieces", false);
            fields.end();
            ObjectNode answer = JSON.createObjectNode();
            ArrayNode tokens = answer.putArray("tokens");
            for (int id : ids) {
                if (pieces) {
                    tokens.addObject().put("id", id).put("piece", model.text(List.of(id)));
                } else {
                    tokens.add(id);
                }
            }
            exchange.json(answer.toString());
        }
    }

    private void detokenize(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        try (ModelPool.Lease lease = lease(fields, exchange)) {
            List<Integer> ids = new ArrayList<>();
            for (JsonNode item : fields.items("tokens")) {
                if (!item.isIntegralNumber() || !item.canConvertToInt() || item.intValue() < 0) {
                    throw fields.wrong("tokens[%d]".formatted(ids.size()), item, "a token id");
                }
                ids.add(item.intValue());
            }
            fields.end();
            String text = lease.model().text(ids);
            exchange.json(JSON.createObjectNode()
                    .put("content", text)
                    .put("prompt", text)
                    .toString());
        }
    }

    private void applyTemplate(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        try (ModelPool.Lease lease = lease(fields, exchange)) {
            List<Message> messages = new ArrayList<>();
            for (JsonFields message : fields.objects("messages")) {
                messages.add(message(message));
                message.end();
            }
            @Nullable JsonFields arguments = fields.object("chat_template_kwargs");
            ChatRequest request = ChatRequest.of(messages)
                    .withTemplateArguments(
                            arguments == null ? "" : arguments.whole().toString());
            fields.end();
            exchange.json(JSON.createObjectNode()
                    .put("prompt", lease.model().prompt(request))
                    .toString());
        }
    }

    private static Message message(JsonFields message) {
        String role = message.text("role");
        String content = message.text("content", "");
        return switch (role) {
            case "system", "developer" -> Message.system(content);
            case "user" -> Message.user(content);
            case "assistant" -> Message.assistant(content);
            default ->
                throw ApiException.invalid(
                        message.at("role"),
                        "'%s' is '%s'; expected system, user or assistant.".formatted(message.at("role"), role));
        };
    }

    private void embedding(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        try (ModelPool.Lease lease = lease(fields, exchange)) {
            List<String> texts = fields.texts(fields.has("input") ? "input" : "content");
            fields.end();
            if (texts.isEmpty()) {
                throw ApiException.invalid("content", "'content' is missing; expected a text or a list of texts.");
            }
            long start = System.nanoTime();
            Embedder.Embeddings embeddings = new WantedModel(lease.model(), exchange)
                    .embedder()
                    .embed(texts, exchange.caller().scheduling());
            exchange.used(
                    lease.model().card().name(), new Usage(embeddings.tokens(), 0, 0, 0, System.nanoTime() - start, 0));
            ArrayNode answer = JSON.createArrayNode();
            for (float[] vector : embeddings.vectors()) {
                ObjectNode one = answer.addObject().put("index", answer.size() - 1);
                ArrayNode numbers = one.putArray("embedding").addArray();
                for (float x : vector) {
                    numbers.add(x);
                }
            }
            exchange.json(answer.toString());
        }
    }

    private void props(Exchange exchange) {
        ModelCard first = first();
        ObjectNode answer = JSON.createObjectNode();
        answer.putObject("default_generation_settings").put("n_ctx", first.context());
        answer.put("total_slots", Math.max(1, pool.loaded().size()))
                .put("model_alias", first.name())
                .put("model_path", first.name())
                .put("build_info", "ayni");
        answer.putObject("modalities").put("vision", false).put("audio", false);
        exchange.json(answer.toString());
    }

    private void slots(Exchange exchange) {
        ArrayNode answer = JSON.createArrayNode();
        for (ModelPool.Loaded loaded : pool.loaded()) {
            answer.addObject()
                    .put("id", answer.size() - 1)
                    .put("model", loaded.card().name())
                    .put("n_ctx", loaded.card().context())
                    .put("is_processing", loaded.users() > 0)
                    .put("users", loaded.users());
        }
        exchange.json(answer.toString());
    }

    private ModelPool.Lease lease(JsonFields fields, Exchange exchange) {
        return pool.lease(fields.has("model") ? fields.text("model") : first().name(), exchange);
    }

    private ModelCard first() {
        return pool.models().stream()
                .findFirst()
                .orElseThrow(() -> ApiException.notFound(
                        "model_not_found",
                        "This server has no model. Fetch one with `ayni pull`, or start the server with one."));
    }
}
