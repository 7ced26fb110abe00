package dev.ayni.server.openai;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.ToolCall;
import dev.ayni.server.answers.FirstCallOnly;
import dev.ayni.server.answers.GatheredAnswer;
import dev.ayni.server.answers.Timings;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/chat/completions}: conversations. */
final class ChatCompletions {
    /** All requests are served alike. */
    static final String SERVICE_TIER = "default";

    private final Models models;

    ChatCompletions(Models models) {
        this.models = models;
    }

    void answer(Exchange exchange) {
        ChatCompletionRequest request = ChatCompletionRequest.read(JsonFields.of(exchange.body()), exchange.caller());
        LimitFields.tell(exchange, request.passedOver());
        try (ModelPool.Lease lease = models.lease(request.model(), exchange)) {
            ServedModel model = new WantedModel(lease.model(), exchange);
            if (request.stream().wanted()) {
                stream(exchange, request, model);
            } else {
                whole(exchange, request, model);
            }
        }
    }

    private static void whole(Exchange exchange, ChatCompletionRequest request, ServedModel model) {
        List<GatheredAnswer> answers = new ArrayList<>();
        List<ChatSink> sinks = new ArrayList<>();
        for (int i = 0; i < request.answers(); i++) {
            GatheredAnswer answer = new GatheredAnswer();
            answers.add(answer);
            sinks.add(new FirstCallOnly(answer, request.question().firstCallOnly()));
        }
        model.chat().chat(request.over(model.defaults()), sinks);
        Took took = new Took();
        took.prompt(answers.getFirst().finished().usage());
        answers.stream().skip(1).forEach(answer -> took.answer(answer.finished().usage()));
        answers.forEach(answer -> took.reasoning(reasoningTokens(model, answer.reasoning())));
        ObjectNode body = head(model, FreshId.of("chatcmpl-"), "chat.completion");
        body.put("service_tier", SERVICE_TIER);
        if (request.metadata() != null) {
            body.set("metadata", request.metadata());
        }
        ArrayNode choices = body.putArray("choices");
        for (GatheredAnswer answer : answers) {
            ObjectNode choice = choices.addObject();
            choice.put("index", choices.size() - 1);
            choice.set("message", message(answer, request.beforeTools()));
            if (request.question().topLogProbabilities() < 0) {
                choice.putNull("logprobs");
            } else {
                logProbabilities(choice.putObject("logprobs"), LogProbabilityJson.tokens(answer.logProbabilities()));
            }
            choice.put("finish_reason", reason(answer.finished().reason(), request.beforeTools()));
            answer.blocked().ifPresent(blocked -> choice.set("content_filter", blocked(blocked)));
        }
        body.set("usage", took.json());
        body.set("timings", Timings.of(took.usage()));
        exchange.used(model.card().name(), took.usage());
        exchange.json(body.toString());
    }

    private static void stream(Exchange exchange, ChatCompletionRequest request, ServedModel model) {
        ServerSentEvents events = new ServerSentEvents(exchange);
        ObjectNode head = head(model, FreshId.of("chatcmpl-"), "chat.completion.chunk");
        head.put("service_tier", SERVICE_TIER);
        List<ChatChunks> answers = new ArrayList<>();
        List<ChatSink> sinks = new ArrayList<>();
        for (int i = 0; i < request.answers(); i++) {
            ChatChunks answer = new ChatChunks(
                    events,
                    head,
                    i,
                    request.question().topLogProbabilities() >= 0,
                    request.beforeTools(),
                    request.stream().usage());
            answers.add(answer);
            sinks.add(new FirstCallOnly(answer, request.question().firstCallOnly()));
        }
        try {
            model.chat().chat(request.over(model.defaults()), sinks);
        } catch (RuntimeException e) {
            tell(events, e);
            return;
        }
        Took took = new Took();
        took.prompt(answers.getFirst().finished().usage());
        answers.stream().skip(1).forEach(answer -> took.answer(answer.finished().usage()));
        answers.forEach(answer -> took.reasoning(reasoningTokens(model, answer.reasoning())));
        exchange.used(model.card().name(), took.usage());
        if (request.stream().usage()) {
            ObjectNode last = head.deepCopy();
            last.putArray("choices");
            last.set("usage", took.json());
            events.data(last);
        }
        events.done();
        events.end();
    }

    /** Tells an error within a stream that has begun; else it is answered as all are. What is our own mistake goes on to the log. */
    static void tell(ServerSentEvents events, RuntimeException failure) {
        if (!events.begun()) {
            throw failure;
        }
        ApiException error = Failures.of(failure);
        events.data(JsonFields.of(OpenAiErrors.body(error).getBytes(StandardCharsets.UTF_8))
                .whole());
        events.done();
        if (error.status() >= 500) {
            throw failure;
        }
    }

    static ObjectNode head(ServedModel model, String id, String object) {
        ObjectNode head = JsonNodeFactory.instance.objectNode();
        head.put("id", id);
        head.put("object", object);
        head.put("created", Instant.now().getEpochSecond());
        head.put("model", model.card().name());
        head.put("system_fingerprint", Models.fingerprint(model.card()));
        return head;
    }

    /** How many tokens a thought has, its marks left out. */
    static int reasoningTokens(ServedModel model, String reasoning) {
        return reasoning.isEmpty() ? 0 : model.tokens(reasoning, false).size();
    }

    private static ObjectNode message(GatheredAnswer answer, boolean beforeTools) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("role", "assistant");
        if (answer.text().isEmpty() && !answer.calls().isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", answer.text());
        }
        message.putNull("refusal");
        message.putArray("annotations");
        if (!answer.reasoning().isEmpty()) {
            message.put("reasoning_content", answer.reasoning());
        }
        if (!answer.calls().isEmpty() && beforeTools) {
            ToolCall call = answer.calls().getFirst();
            message.putObject("function_call").put("name", call.name()).put("arguments", call.arguments());
        } else if (!answer.calls().isEmpty()) {
            ArrayNode calls = message.putArray("tool_calls");
            for (ToolCall call : answer.calls()) {
                ObjectNode json = calls.addObject();
                json.put("id", call.id());
                json.put("type", "function");
                json.putObject("function").put("name", call.name()).put("arguments", call.arguments());
            }
        }
        return message;
    }

    static void logProbabilities(ObjectNode to, ArrayNode tokens) {
        to.set("content", tokens);
        to.putNull("refusal");
    }

    /** Why a guard let nothing further through. */
    static ObjectNode blocked(ChatEvent.Blocked blocked) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("stage", blocked.stage())
                .put("category", blocked.category())
                .put("rule", blocked.rule())
                .put("policy", blocked.policy());
    }

    static String reason(Reason reason, boolean beforeTools) {
        return switch (reason) {
            case END, STOP, CANCELLED -> "stop";
            case TOOL_CALLS -> beforeTools ? "function_call" : "tool_calls";
            case LENGTH, CONTEXT_FULL, DEADLINE -> "length";
            case FILTERED -> "content_filter";
        };
    }
}
