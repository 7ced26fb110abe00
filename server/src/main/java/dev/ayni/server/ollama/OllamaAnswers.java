package dev.ayni.server.ollama;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.Tools;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.Role;
import dev.ayni.server.answers.LateStream;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/chat} and {@code /api/generate}. */
final class OllamaAnswers {
    private static final int MOST_ALTERNATIVES = 20;

    private final OllamaApi api;

    OllamaAnswers(OllamaApi api) {
        this.api = api;
    }

    /**
     * What both have in common.
     *
     * @param options null: none were given
     * @param logProbabilities how many alternatives with each token; -1: no probabilities
     * @param templateArguments a JSON object as text; empty: none
     */
    private record Asked(
            String model,
            boolean stream,
            @Nullable JsonFields options,
            @Nullable Shape shape,
            Optional<Duration> keepAlive,
            int logProbabilities,
            String templateArguments,
            boolean thinks) {
        static Asked read(JsonFields fields, Caller caller) {
            boolean probabilities = fields.flag("logprobs", false);
            int alternatives = (int) fields.whole("top_logprobs", 0, MOST_ALTERNATIVES, 0);
            fields.harmless("truncate", "shift");
            @Nullable JsonNode think = fields.optional("think");
            ObjectNode arguments = OllamaApi.JSON.createObjectNode();
            if (think != null && think.isString()) {
                arguments.put("enable_thinking", true).put("reasoning_effort", think.stringValue());
            } else if (think != null) {
                arguments.put("enable_thinking", fields.flag("think", true));
            }
            return new Asked(
                    fields.text("model"),
                    fields.flag("stream", true),
                    fields.object("options"),
                    shape(fields),
                    KeepAlive.read(fields, caller),
                    probabilities ? alternatives : -1,
                    arguments.isEmpty() ? "" : arguments.toString(),
                    think == null || !think.isBoolean() || think.booleanValue());
        }

        private static @Nullable Shape shape(JsonFields fields) {
            @Nullable JsonNode format = fields.optional("format");
            if (format == null || format.isString() && format.stringValue().isEmpty()) {
                return null;
            }
            if (format.isString() && format.stringValue().equals("json")) {
                return new Shape.JsonSchema("{\"type\": \"object\"}");
            }
            if (!format.isObject()) {
                throw fields.wrong("format", format, "\"json\" or a JSON Schema");
            }
            return new Shape.JsonSchema(format.toString());
        }

        Sampling sampling(ServedModel model) {
            Sampling usual = model.defaults().sampling(OllamaOptions.USUAL);
            return options == null ? usual : OllamaOptions.sampling(options, usual);
        }

        Limits limits(ServedModel model) {
            Limits usual = model.defaults().limits(Limits.NONE);
            return options == null ? usual : OllamaOptions.limits(options, usual);
        }

        /** All options that are known have been read: another one is an error. */
        void end(JsonFields fields, Exchange exchange) {
            if (options != null) {
                options.end();
            }
            fields.end();
            OllamaApi.passedOver(fields, exchange);
        }
    }

    void chat(Exchange exchange) {
        long start = System.nanoTime();
        JsonFields fields = JsonFields.of(exchange.body());
        Asked asked = Asked.read(fields, exchange.caller());
        List<Message> messages = OllamaMessages.read(fields);
        Tools tools = OllamaMessages.tools(fields);
        if (messages.isEmpty()) {
            asked.end(fields, exchange);
            loadOnly(exchange, asked, OllamaAnswer.Form.CHAT);
            return;
        }
        try (ModelPool.Lease lease = api.lease(asked.model(), exchange)) {
            KeepAlive.hold(lease, asked.keepAlive(), exchange);
            ServedModel model = new WantedModel(lease.model(), exchange);
            ChatRequest request = ChatRequest.of(messages)
                    .with(asked.sampling(model))
                    .with(asked.limits(model))
                    .with(tools)
                    .with(asked.shape())
                    .withTemplateArguments(asked.templateArguments())
                    .with(exchange.caller().scheduling());
            asked.end(fields, exchange);
            answer(
                    exchange,
                    asked,
                    new OllamaAnswer.Frame(OllamaAnswer.Form.CHAT, asked.model(), asked.thinks(), start),
                    model.card(),
                    List.of(),
                    sink -> model.chat().chat(probabilities(request, asked.logProbabilities()), sink));
        }
    }

    private static ChatRequest probabilities(ChatRequest request, int alternatives) {
        return new ChatRequest(
                request.messages(),
                request.sampling(),
                request.limits(),
                alternatives,
                request.tools(),
                request.shape(),
                request.templateArguments(),
                request.scheduling());
    }

    void generate(Exchange exchange) {
        long start = System.nanoTime();
        JsonFields fields = JsonFields.of(exchange.body());
        Asked asked = Asked.read(fields, exchange.caller());
        String prompt = fields.text("prompt", "");
        String system = fields.text("system", "");
        boolean raw = fields.flag("raw", false);
        refuse(fields, "suffix", "no model here fills in a middle");
        refuse(
                fields,
                "template",
                "a conversation is written by the model's own template, or not at all with \"raw\": true");
        refuse(fields, "images", "no model here sees images");
        List<Message> before = EarlierTurns.read(fields);
        if (prompt.isEmpty()) {
            asked.end(fields, exchange);
            loadOnly(exchange, asked, OllamaAnswer.Form.GENERATE);
            return;
        }
        try (ModelPool.Lease lease = api.lease(asked.model(), exchange)) {
            KeepAlive.hold(lease, asked.keepAlive(), exchange);
            ServedModel model = new WantedModel(lease.model(), exchange);
            Sampling sampling = asked.sampling(model);
            Limits limits = asked.limits(model);
            asked.end(fields, exchange);
            OllamaAnswer.Frame frame =
                    new OllamaAnswer.Frame(OllamaAnswer.Form.GENERATE, asked.model(), asked.thinks(), start);
            if (raw || !model.card().abilities().contains(ModelCard.Ability.CHAT)) {
                List<Integer> ids = new ArrayList<>(model.begin());
                ids.addAll(model.tokens(prompt, raw)); // whoever writes the marks himself means them
                TextRequest request = new TextRequest(
                        new TextRequest.Prompt.Tokens(ids),
                        sampling,
                        limits,
                        asked.logProbabilities(),
                        false,
                        asked.shape(),
                        exchange.caller().scheduling());
                answer(
                        exchange,
                        asked,
                        frame,
                        model.card(),
                        List.of(),
                        sink -> model.text().complete(request, sink));
                return;
            }
            List<Message> messages = new ArrayList<>();
            if (!system.isEmpty()) {
                messages.add(Message.system(system));
            }
            messages.addAll(before);
            messages.add(Message.user(prompt));
            ChatRequest request = ChatRequest.of(messages)
                    .with(sampling)
                    .with(limits)
                    .with(asked.shape())
                    .withTemplateArguments(asked.templateArguments())
                    .with(exchange.caller().scheduling());
            List<Message> turns = new ArrayList<>(before);
            turns.add(Message.user(prompt));
            answer(
                    exchange,
                    asked,
                    frame,
                    model.card(),
                    turns,
                    sink -> model.chat().chat(probabilities(request, asked.logProbabilities()), sink));
        }
    }

    private static void refuse(JsonFields fields, String name, String why) {
        @Nullable JsonNode value = fields.optional(name);
        if (value != null
                && !(value.isString() && value.stringValue().isEmpty())
                && !(value.isArray() && value.isEmpty())) {
            throw ApiException.invalid(
                    fields.at(name), "'%s' is not supported: %s. Leave it out.".formatted(fields.at(name), why));
        }
    }

    /** Loads a model, or unloads it: what a request without a question means. */
    private void loadOnly(Exchange exchange, Asked asked, OllamaAnswer.Form form) {
        boolean unload =
                asked.keepAlive().isPresent() && asked.keepAlive().get().isZero();
        if (unload) {
            if (!exchange.caller().may(Role.OPERATOR)) {
                throw new ApiException(
                        403,
                        "not_allowed",
                        "keep_alive",
                        Map.of(),
                        "Unloading a model is for the role OPERATOR, which this key has not. Use a key that has it, or leave the model to the server.");
            }
            String name = api.known(asked.model());
            if (api.pool().find(name).isEmpty()) {
                throw OllamaApi.missing(asked.model());
            }
            api.pool().unload(name);
        } else {
            try (ModelPool.Lease lease = api.lease(asked.model(), exchange)) {
                KeepAlive.hold(lease, asked.keepAlive(), exchange);
            }
        }
        exchange.json(OllamaAnswer.empty(form, asked.model())
                .put("done", true)
                .put("done_reason", unload ? "unload" : "load")
                .toString());
    }

    private static void answer(
            Exchange exchange,
            Asked asked,
            OllamaAnswer.Frame frame,
            ModelCard card,
            List<Message> turns,
            Consumer<ChatSink> work) {
        long loaded = System.nanoTime();
        LateStream stream = new LateStream(exchange, OllamaApi.LINES);
        OllamaAnswer answer = new OllamaAnswer(frame, asked.stream() ? stream : null);
        try {
            work.accept(answer);
            exchange.used(card.name(), answer.usage());
            ObjectNode end = answer.end(loaded);
            if (!turns.isEmpty()) {
                EarlierTurns.write(turns, answer.text(), end);
            }
            if (asked.stream()) {
                stream.send(end + "\n");
            } else {
                exchange.json(end.toString());
            }
        } catch (ReaderLeft e) {
            // nobody is left to tell
        } catch (RuntimeException e) {
            if (!exchange.begun()) {
                throw e;
            }
            try {
                stream.send(OllamaApi.error(Failures.of(e)) + "\n");
            } catch (ReaderLeft left) {
                // nobody is left to tell
            }
        }
    }
}
