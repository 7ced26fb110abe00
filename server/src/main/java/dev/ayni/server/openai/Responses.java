package dev.ayni.server.openai;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import dev.ayni.server.openai.BackgroundResponses.Running;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/responses}: answers that are kept, and that later requests go on from. */
final class Responses {
    private static final int ROOM_FOR_ANSWER = 256;

    private final Models models;
    private final StoredResponses stored;
    private final Conversations conversations;
    private final BackgroundResponses background = new BackgroundResponses();

    Responses(Models models, ResponseStore store, Conversations conversations) {
        this.models = models;
        this.stored = new StoredResponses(store);
        this.conversations = conversations;
    }

    void create(Exchange exchange) {
        ResponseRequest request = ResponseRequest.read(JsonFields.of(exchange.body()), exchange.caller());
        ArrayNode before = before(request, owner(exchange));
        LimitFields.tell(exchange, request.passedOver());
        if (request.background()) {
            inBackground(exchange, request, before);
            return;
        }
        ServerSentEvents events = new ServerSentEvents(exchange);
        try (ModelPool.Lease lease = models.lease(request.model())) {
            ResponseWriter writer = new ResponseWriter(
                    body(request, lease.model().card().name()), request.stream() ? sending(events) : waiting(exchange));
            try {
                write(exchange, request, before, lease.model(), writer);
            } catch (RuntimeException e) {
                if (!events.begun()) {
                    throw e;
                }
                ApiException error = Failures.of(e);
                writer.failed(error);
                if (error.status() >= 500) {
                    throw e;
                }
                return;
            }
            if (request.stream()) {
                events.end();
            } else {
                exchange.json(writer.response().toString());
            }
        }
    }

    /** What was said before a request. */
    private ArrayNode before(ResponseRequest request, String owner) {
        return request.conversation().isEmpty()
                ? stored.upTo(owner, request.previous())
                : conversations.items(owner, request.conversation());
    }

    /** Lets the events fall, for a client that waits for the whole answer. */
    private static ResponseWriter.Reader waiting(Exchange exchange) {
        return new ResponseWriter.Reader() {
            @Override
            public boolean accept(ObjectNode event) {
                return !exchange.left();
            }

            @Override
            public boolean working() {
                return !exchange.left();
            }
        };
    }

    private static ResponseWriter.Reader sending(ServerSentEvents events) {
        return new ResponseWriter.Reader() {
            @Override
            public boolean accept(ObjectNode event) {
                return events.event(event.get("type").stringValue(), event);
            }

            @Override
            public boolean working() {
                return events.working();
            }
        };
    }

    private static ObjectNode body(ResponseRequest request, String model) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("id", FreshId.of("resp_"));
        body.put("object", "response");
        body.put("created_at", Instant.now().getEpochSecond());
        body.put("status", "in_progress");
        body.putNull("completed_at");
        body.putNull("error");
        body.putNull("incomplete_details");
        body.put("model", model);
        if (request.conversation().isEmpty()) {
            body.putNull("conversation");
        } else {
            body.putObject("conversation").put("id", request.conversation());
        }
        request.repeated().properties().forEach(entry -> body.set(entry.getKey(), entry.getValue()));
        body.putNull("usage");
        return body;
    }

    /** Lets a model answer, and keeps what it said. */
    private void write(
            Exchange exchange, ResponseRequest request, ArrayNode before, ServedModel model, ResponseWriter writer) {
        ChatRequest question = request.over(before, model.defaults());
        ChatSink sink = request.firstCallOnly() ? new FirstCallOnly(writer) : writer;
        model.chat().chat(request.shortened() ? shortened(question, model) : question, sink);
        writer.took().reasoning(ChatCompletions.reasoningTokens(model, writer.reasoning()));
        exchange.used(model.card().name(), writer.took().usage());
        keep(request, owner(exchange), writer);
        writer.end();
    }

    private void keep(ResponseRequest request, String owner, ResponseWriter writer) {
        ObjectNode response = writer.response();
        response.set("usage", writer.took().responseJson());
        if (request.store()) {
            stored.put(owner, response, request.input());
        }
        if (!request.conversation().isEmpty()
                && !response.get("status").stringValue().equals("cancelled")) {
            ArrayNode said = request.input().deepCopy();
            said.addAll((ArrayNode) response.get("output"));
            conversations.add(owner, request.conversation(), said);
        }
    }

    /** A conversation without its oldest messages, so that it and an answer have room; instructions stay. */
    private static ChatRequest shortened(ChatRequest question, ServedModel model) {
        int context = model.card().context();
        int room = Math.min(
                Math.min(ROOM_FOR_ANSWER, context / 4), question.limits().maxTokens());
        List<Message> messages = new ArrayList<>(question.messages());
        ChatRequest shorter = question;
        while (context > 0 && model.promptTokens(shorter) + room > context) {
            int oldest = 0;
            while (oldest < messages.size() && messages.get(oldest).role() == Message.Role.SYSTEM) {
                oldest++;
            }
            if (oldest >= messages.size() - 1) {
                break; // what remains is refused with the model's own letter
            }
            messages.remove(oldest);
            while (oldest < messages.size() - 1 && messages.get(oldest).role() == Message.Role.TOOL) {
                messages.remove(oldest); // the result of a call that is gone
            }
            shorter = question.with(List.copyOf(messages));
        }
        return shorter;
    }

    private void inBackground(Exchange exchange, ResponseRequest request, ArrayNode before) {
        String owner = owner(exchange);
        ModelPool.Lease lease = models.lease(request.model());
        Running running = new Running();
        ResponseWriter writer =
                new ResponseWriter(body(request, lease.model().card().name()), running);
        try {
            request.over(before, lease.model().defaults()); // what is wrong with it is said at once
            writer.queued();
            stored.put(owner, writer.response(), request.input());
            background.begin(owner, writer.response().get("id").stringValue(), running);
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
        String queued = writer.response().toString();
        Thread.ofVirtual().start(() -> {
            try (lease) {
                write(exchange, request, before, lease.model(), writer);
            } catch (RuntimeException e) {
                writer.failed(Failures.of(e));
                stored.put(owner, writer.response(), request.input());
            } finally {
                running.end();
            }
        });
        if (request.stream()) {
            running.follow(new ServerSentEvents(exchange), -1);
        } else {
            exchange.json(queued);
        }
    }

    void get(Exchange exchange) {
        String id = exchange.pathValue("response");
        JsonNode response = stored.response(owner(exchange), id);
        if (!"true".equals(exchange.query("stream"))) {
            exchange.json(response.toString());
            return;
        }
        Running running = background
                .find(owner(exchange), id)
                .orElseThrow(() -> ApiException.invalid(
                        "stream",
                        "The response '%s' was not made in the background, or ended long ago, so its events are gone. Ask for it without 'stream'."
                                .formatted(id)));
        String after = exchange.query("starting_after");
        if (after != null && !after.matches("\\d{1,9}")) {
            throw ApiException.invalid(
                    "starting_after", "'starting_after' is '%s'; expected an event's number.".formatted(after));
        }
        running.follow(new ServerSentEvents(exchange), after == null ? -1 : Integer.parseInt(after));
    }

    void cancel(Exchange exchange) {
        String id = exchange.pathValue("response");
        JsonNode response = stored.response(owner(exchange), id);
        if (!response.get("background").booleanValue()) {
            throw ApiException.invalid(
                    null,
                    "The response '%s' was not made in the background. Close the connection of a response to stop it."
                            .formatted(id));
        }
        background.find(owner(exchange), id).ifPresent(Running::cancel);
        exchange.json(stored.response(owner(exchange), id).toString());
    }

    void delete(Exchange exchange) {
        String id = exchange.pathValue("response");
        background.delete(owner(exchange), id);
        stored.delete(owner(exchange), id);
        exchange.json(JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "response")
                .put("deleted", true)
                .toString());
    }

    void inputItems(Exchange exchange) {
        exchange.json(ItemPage.of(stored.input(owner(exchange), exchange.pathValue("response")), exchange)
                .toString());
    }

    /** {@code POST /v1/responses/input_tokens}: how long the prompt of a response would be. */
    void inputTokens(Exchange exchange) {
        ResponseRequest request = ResponseRequest.read(JsonFields.of(exchange.body()), exchange.caller());
        ArrayNode before = before(request, owner(exchange));
        try (ModelPool.Lease lease = models.lease(request.model())) {
            ServedModel model = lease.model();
            exchange.json(JsonNodeFactory.instance
                    .objectNode()
                    .put("object", "response.input_tokens")
                    .put("input_tokens", model.promptTokens(request.over(before, model.defaults())))
                    .toString());
        }
    }

    private static String owner(Exchange exchange) {
        return exchange.caller().principal();
    }
}
