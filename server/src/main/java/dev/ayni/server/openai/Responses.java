package dev.ayni.server.openai;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.server.answers.FirstCallOnly;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.Afterwards;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import dev.ayni.server.openai.BackgroundResponses.Running;
import dev.ayni.store.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/responses}: answers that are kept, and that later requests go on from. */
final class Responses {
    private static final Logger LOG = LoggerFactory.getLogger(Responses.class);
    /** Lets the events fall, for a client that waits for the whole answer. */
    private static final ResponseWriter.Reader WAITING = new ResponseWriter.Reader() {
        @Override
        public boolean accept(ObjectNode event) {
            return true;
        }

        @Override
        public boolean working() {
            return true;
        }
    };

    private static final int ROOM_FOR_ANSWER = 256;
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long ELSEWHERE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Models models;
    private final StoredResponses stored;
    private final Conversations conversations;
    private final BackgroundResponses background = new BackgroundResponses();

    Responses(Models models, ResponseStore store, Conversations conversations) {
        this.models = models;
        this.stored = new StoredResponses(store);
        this.conversations = conversations;
        stored.endAbandoned(background::writes);
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
        try (ModelPool.Lease lease = models.lease(request.model(), exchange)) {
            ResponseWriter writer = new ResponseWriter(
                    body(FreshId.of("resp_"), request, lease.model().card().name()),
                    request.stream() ? sending(events) : WAITING);
            try {
                write(exchange, request, before, new WantedModel(lease.model(), exchange), writer);
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

    private static ObjectNode body(String id, ResponseRequest request, String model) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("id", id);
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
        body.put("service_tier", ChatCompletions.SERVICE_TIER);
        body.putNull("usage");
        return body;
    }

    /** Lets a model answer, and keeps what it said. */
    private void write(
            Exchange exchange, ResponseRequest request, ArrayNode before, ServedModel model, ResponseWriter writer) {
        ChatRequest question = request.over(before, model.defaults());
        ChatSink sink = new FirstCallOnly(writer, request.question().firstCallOnly());
        model.chat().chat(request.shortened() ? shortened(question, model) : question, sink);
        writer.took().reasoning(ChatCompletions.reasoningTokens(model, writer.reasoning()));
        exchange.used(model.card().name(), writer.took().usage());
        keep(request, owner(exchange), writer);
        writer.end();
    }

    /** Keeps an answer, unless nothing is to be kept. */
    private void keep(ResponseRequest request, String owner, ResponseWriter writer) {
        ObjectNode response = writer.response();
        response.set("usage", writer.took().responseJson());
        if (!request.store()) {
            return;
        }
        if (request.background()) {
            stored.end(owner, response, request.input());
        } else {
            stored.add(owner, response, request.input());
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
        if (context <= 0 || model.promptTokens(question) + room <= context) {
            return question;
        }
        // how many go has to be found in few trials: each of them writes and tokenizes all that is left
        List<Integer> beginnings = beginnings(question.messages());
        int low = 0;
        int high = beginnings.size() - 1; // if not even this is enough, it is refused with the model's own letter
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (model.promptTokens(from(question, beginnings.get(middle))) + room <= context) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return beginnings.isEmpty() ? question : from(question, beginnings.get(low));
    }

    /** Where a shortened conversation may begin, latest last: never with the result of a call that is gone. */
    private static List<Integer> beginnings(List<Message> messages) {
        List<Integer> beginnings = new ArrayList<>();
        int first = instructions(messages);
        for (int i = first + 1; i < messages.size(); i++) {
            if (messages.get(i).role() != Message.Role.TOOL || i == messages.size() - 1) {
                beginnings.add(i);
            }
        }
        return beginnings;
    }

    /** How many messages at the beginning stay, since they instruct the model. */
    private static int instructions(List<Message> messages) {
        int count = 0;
        while (count < messages.size() && messages.get(count).role() == Message.Role.SYSTEM) {
            count++;
        }
        return count;
    }

    private static ChatRequest from(ChatRequest question, int beginning) {
        List<Message> messages = question.messages();
        List<Message> kept = new ArrayList<>(messages.subList(0, instructions(messages)));
        kept.addAll(messages.subList(beginning, messages.size()));
        return question.with(kept);
    }

    private void inBackground(Exchange exchange, ResponseRequest request, ArrayNode before) {
        String owner = owner(exchange);
        Afterwards work = exchange.afterwards();
        String id = FreshId.of("resp_");
        ModelPool.Lease lease = null;
        Running running;
        ResponseWriter writer;
        try {
            lease = models.lease(request.model(), work);
            request.over(before, lease.model().defaults()); // what is wrong with it is said at once
            running = background.begin(owner, id, size(exchange, before));
            writer = new ResponseWriter(body(id, request, lease.model().card().name()), recording(running, owner, id));
            writer.queued();
            stored.begin(owner, writer.response(), request.input());
        } catch (RuntimeException e) {
            background.forget(owner, id);
            if (lease != null) {
                lease.close();
            }
            work.leaveOut();
            throw e;
        }
        String queued = writer.response().toString();
        ModelPool.Lease leased = lease;
        Thread.ofVirtual().name(id).start(() -> writeAfterwards(work, request, before, leased, writer, running));
        if (request.stream()) {
            running.follow(new ServerSentEvents(exchange), -1);
        } else {
            exchange.json(queued);
        }
    }

    private void writeAfterwards(
            Afterwards work,
            ResponseRequest request,
            ArrayNode before,
            ModelPool.Lease lease,
            ResponseWriter writer,
            Running running) {
        int status = 200;
        String error = "";
        try (lease) {
            write(work, request, before, lease.model(), writer);
            error = writer.response().get("status").stringValue().equals("cancelled") ? "cancelled" : "";
        } catch (RuntimeException e) {
            ApiException failure = Failures.of(e);
            status = failure.status();
            error = failure.code();
            writer.failed(failure);
            endAsFailed(owner(work), request, writer);
        } finally {
            running.end();
            work.end(status, error);
        }
    }

    /** What is held of a request until it is answered. */
    private static long size(Exchange exchange, ArrayNode before) {
        return exchange.body().length
                + (before.isEmpty() ? 0 : before.toString().length());
    }

    private void endAsFailed(String owner, ResponseRequest request, ResponseWriter writer) {
        try {
            stored.end(owner, writer.response(), request.input());
        } catch (StoreException e) {
            LOG.warn(
                    "response {} failed, and that could not be kept: {}",
                    writer.response().get("id").stringValue(),
                    e.getMessage());
        }
    }

    /** Keeps that an answer was begun, and looks now and then whether it is still wanted. */
    private ResponseWriter.Reader recording(Running running, String owner, String id) {
        return new ResponseWriter.Reader() {
            private long looked = System.nanoTime();
            private boolean wanted = true;

            @Override
            public boolean accept(ObjectNode event) {
                if (event.get("type").stringValue().equals("response.in_progress")) {
                    stored.progress(owner, event.get("response"));
                }
                return running.accept(event) && wanted();
            }

            @Override
            public boolean working() {
                return running.working() && wanted();
            }

            private boolean wanted() {
                long now = System.nanoTime();
                if (wanted && now - looked > LOOK_NANOS) {
                    looked = now;
                    wanted = stored.wanted(owner, id);
                }
                return wanted;
            }
        };
    }

    /** An answer as it is now; one whose program died has failed. */
    private JsonNode current(String owner, String id) {
        JsonNode response = stored.response(owner, id);
        if (!open(response) || background.writes(id)) {
            return response;
        }
        stored.endAbandoned(background::writes);
        return stored.response(owner, id);
    }

    private static boolean open(JsonNode response) {
        return Set.of("queued", "in_progress").contains(response.get("status").stringValue());
    }

    /** Ends what died with its program, and forgets what nobody used for too long. */
    void tidy() {
        stored.endAbandoned(background::writes);
        stored.forgetOld();
    }

    void get(Exchange exchange) {
        String id = exchange.pathValue("response");
        JsonNode response = current(owner(exchange), id);
        if (!"true".equals(exchange.query("stream"))) {
            exchange.json(response.toString());
            return;
        }
        Running running = background
                .find(owner(exchange), id)
                .orElseThrow(() -> ApiException.invalid(
                        "stream",
                        "The response '%s' was not made in the background, or by another server, or ended long ago, so its events are not here. Ask for it without 'stream'."
                                .formatted(id)));
        String after = exchange.query("starting_after");
        if (after != null && !after.matches("\\d{1,9}")) {
            throw ApiException.invalid(
                    "starting_after", "'starting_after' is '%s'; expected an event's number.".formatted(after));
        }
        int last = after == null ? -1 : Integer.parseInt(after);
        if (last + 1 < running.first()) {
            throw ApiException.invalid(
                    "starting_after",
                    "The events of the response '%s' before number %d are not kept any more: it has many, and others want room. Give that number, or a later one, as 'starting_after', or ask for the response without 'stream'."
                            .formatted(id, running.first()));
        }
        running.follow(new ServerSentEvents(exchange), last);
    }

    void cancel(Exchange exchange) {
        String id = exchange.pathValue("response");
        JsonNode response = current(owner(exchange), id);
        if (!response.get("background").booleanValue()) {
            throw ApiException.invalid(
                    null,
                    "The response '%s' was not made in the background. Close the connection of a response to stop it."
                            .formatted(id));
        }
        Optional<Running> here = background.find(owner(exchange), id);
        if (here.isPresent()) {
            here.get().cancel();
        } else if (open(response)) {
            cancelElsewhere(owner(exchange), id);
        }
        exchange.json(current(owner(exchange), id).toString());
    }

    /** Asks another server to stop, and waits a while until it has. */
    private void cancelElsewhere(String owner, String id) {
        stored.askToStop(owner, id);
        long until = System.nanoTime() + ELSEWHERE_NANOS;
        try {
            while (open(current(owner, id)) && System.nanoTime() < until) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        try (ModelPool.Lease lease = models.lease(request.model(), exchange)) {
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
