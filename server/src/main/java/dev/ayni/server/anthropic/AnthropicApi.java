package dev.ayni.server.anthropic;

import dev.ayni.chat.ChatRequest;
import dev.ayni.server.answers.FirstCallOnly;
import dev.ayni.server.answers.GatheredAnswer;
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
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Messages as Anthropic's clients send them. */
public final class AnthropicApi implements Api {
    /** The header that Anthropic's clients are known by. */
    public static final String VERSION = "anthropic-version";

    static final JsonMapper JSON = new JsonMapper();

    private final ModelPool pool;

    public AnthropicApi(ModelPool pool) {
        this.pool = pool;
    }

    @Override
    public String name() {
        return "anthropic";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.of("POST", "/v1/messages", "Answers a conversation.", Schemas.MESSAGES, this::messages),
                Route.of(
                        "POST",
                        "/v1/messages/count_tokens",
                        "Says how many tokens a conversation has.",
                        Schemas.COUNT,
                        this::count));
    }

    @Override
    public ErrorShape errors() {
        return (error, requestId) -> error(error, requestId).toString();
    }

    static ObjectNode error(ApiException error, String requestId) {
        ObjectNode body = JSON.createObjectNode().put("type", "error");
        body.putObject("error").put("type", type(error.status())).put("message", error.getMessage());
        return body.put("request_id", requestId);
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            case 504 -> "timeout_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    private void messages(Exchange exchange) {
        begin(exchange);
        JsonFields fields = JsonFields.of(exchange.body());
        MessagesRequest asked = MessagesRequest.read(fields);
        passedOver(fields, exchange);
        try (ModelPool.Lease lease = pool.lease(asked.model(), exchange)) {
            ServedModel model = new WantedModel(lease.model(), exchange);
            ChatRequest request =
                    asked.chat(model.defaults()).with(exchange.caller().scheduling());
            if (asked.stream()) {
                stream(exchange, asked, model, request);
            } else {
                GatheredAnswer gathered = new GatheredAnswer();
                FirstCallOnly answer = new FirstCallOnly(gathered, asked.oneCall());
                model.chat().chat(request, answer);
                exchange.used(asked.model(), gathered.finished().usage());
                exchange.json(MessageJson.whole(exchange.id(), asked.model(), gathered, answer.called()));
            }
        }
    }

    private static void stream(Exchange exchange, MessagesRequest asked, ServedModel model, ChatRequest request) {
        LateStream stream = new LateStream(exchange, "text/event-stream");
        MessageStream message = new MessageStream(stream, exchange, asked.model(), model.promptTokens(request));
        FirstCallOnly answer = new FirstCallOnly(message, asked.oneCall());
        try {
            model.chat().chat(request, answer);
            message.end(answer.called());
        } catch (ReaderLeft e) {
            // nobody is left to tell
        } catch (RuntimeException e) {
            if (!exchange.begun()) {
                throw e;
            }
            message.broken(Failures.of(e));
        }
    }

    private void count(Exchange exchange) {
        begin(exchange);
        JsonFields fields = JsonFields.of(exchange.body());
        MessagesRequest asked = MessagesRequest.readToCount(fields);
        passedOver(fields, exchange);
        try (ModelPool.Lease lease = pool.lease(asked.model(), exchange)) {
            ServedModel model = lease.model();
            exchange.json(JSON.createObjectNode()
                    .put("input_tokens", model.promptTokens(asked.chat(model.defaults())))
                    .toString());
        }
    }

    /** Answers {@code GET /v1/models} to one of Anthropic's clients, who share the path with OpenAI's. */
    public void models(Exchange exchange) {
        begin(exchange);
        ObjectNode list = JSON.createObjectNode();
        ArrayNode data = list.putArray("data");
        List<ModelCard> cards = pool.models().stream()
                .filter(card -> card.abilities().contains(ModelCard.Ability.CHAT))
                .toList();
        cards.forEach(card -> data.add(card(card)));
        list.put("has_more", false);
        list.put("first_id", cards.isEmpty() ? null : cards.getFirst().name());
        list.put("last_id", cards.isEmpty() ? null : cards.getLast().name());
        exchange.json(list.toString());
    }

    /** Answers {@code GET /v1/models/{name}} to one of Anthropic's clients. */
    public void model(Exchange exchange, String name) {
        begin(exchange);
        pool.find(name).ifPresentOrElse(card -> exchange.json(card(card).toString()), () -> {
            ApiException missing = ApiException.notFound(
                    "model_not_found",
                    "There is no model '%s' here. GET /v1/models lists those that are.".formatted(name));
            exchange.answer(
                    404,
                    "application/json",
                    error(missing, exchange.id()).toString().getBytes(StandardCharsets.UTF_8));
        });
    }

    private static ObjectNode card(ModelCard card) {
        ObjectNode json = JSON.createObjectNode()
                .put("type", "model")
                .put("id", card.name())
                .put("display_name", card.name())
                .put(
                        "created_at",
                        card.created().equals(Instant.MIN)
                                ? "1970-01-01T00:00:00Z"
                                : card.created().toString())
                .put("lifecycle", "active");
        if (card.context() > 0) {
            json.put("max_input_tokens", card.context()).put("max_tokens", card.context());
        }
        return json;
    }

    private static void begin(Exchange exchange) {
        exchange.header("request-id", exchange.id());
        @Nullable String version = exchange.header(VERSION);
        if (version != null && !version.matches("\\d{4}-\\d{2}-\\d{2}")) {
            throw new ApiException(
                    400,
                    "invalid_value",
                    null,
                    Map.of(),
                    "The header anthropic-version is '%s'; expected a date such as 2023-06-01, or no such header."
                            .formatted(version.length() > 40 ? version.substring(0, 40) + "..." : version));
        }
    }

    private static void passedOver(JsonFields fields, Exchange exchange) {
        if (!fields.passedOver().isEmpty()) {
            exchange.header("x-ayni-passed-over", String.join(", ", fields.passedOver()));
        }
    }
}
