package dev.ayni.server.openai;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.TextRequest.Prompt;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.Timings;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.ServedModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/completions}: texts that are continued as they stand. */
final class Completions {
    private final Models models;

    Completions(Models models) {
        this.models = models;
    }

    void answer(Exchange exchange) {
        CompletionRequest request = CompletionRequest.read(JsonFields.of(exchange.body()), exchange.caller());
        LimitFields.tell(exchange, request.passedOver());
        try (ModelPool.Lease lease = models.lease(request.model(), exchange)) {
            ServedModel model = new WantedModel(lease.model(), exchange);
            ServerSentEvents events = new ServerSentEvents(exchange);
            ObjectNode head = ChatCompletions.head(model, FreshId.of("cmpl-"), "text_completion");
            List<List<Continuation>> all = new ArrayList<>();
            for (int i = 0; i < request.prompts().size(); i++) {
                List<Continuation> answers = new ArrayList<>();
                for (int j = 0; j < request.drawn(); j++) {
                    String echo = request.echo() ? text(request.prompts().get(i), model) : "";
                    int index = i * request.answers() + j;
                    answers.add(new Continuation(
                            request, echo, index, request.stream().wanted() ? events : null, head));
                }
                all.add(answers);
            }
            List<Runnable> parts = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                Prompt prompt = request.prompts().get(i);
                List<ChatSink> sinks = List.copyOf(all.get(i));
                parts.add(() -> model.text().complete(request.over(prompt, model.defaults()), sinks));
            }
            try {
                SideBySide.run(parts);
            } catch (RuntimeException e) {
                ChatCompletions.tell(events, e);
                return;
            }
            finish(exchange, request, model, events, head, all);
        }
    }

    private static void finish(
            Exchange exchange,
            CompletionRequest request,
            ServedModel model,
            ServerSentEvents events,
            ObjectNode head,
            List<List<Continuation>> all) {
        Took took = new Took();
        for (List<Continuation> answers : all) {
            took.prompt(answers.getFirst().usage());
            answers.stream().skip(1).forEach(answer -> took.answer(answer.usage()));
        }
        exchange.used(model.card().name(), took.usage());
        if (request.stream().wanted()) {
            if (request.stream().usage()) {
                ObjectNode last = head.deepCopy();
                last.putArray("choices");
                last.set("usage", took.json());
                events.data(last);
            }
            events.done();
            events.end();
            return;
        }
        ArrayNode choices = head.putArray("choices");
        for (List<Continuation> answers : all) {
            answers.stream()
                    .sorted(Comparator.comparingDouble(
                            answer -> request.drawn() > request.answers() ? -answer.probabilities.mean() : 0))
                    .limit(request.answers())
                    .forEach(answer -> choices.add(answer.whole(choices.size())));
        }
        head.set("usage", took.json());
        head.set("timings", Timings.of(took.usage()));
        exchange.json(head.toString());
    }

    private static String text(Prompt prompt, ServedModel model) {
        return switch (prompt) {
            case Prompt.Text(String text) -> text;
            case Prompt.Tokens(List<Integer> ids) -> model.text(ids);
        };
    }

    /** One continuation of one prompt, whole or in pieces. */
    private static final class Continuation implements ChatSink {
        private final CompletionRequest request;
        private final int index;
        private final @Nullable ServerSentEvents events;
        private final ObjectNode head;
        private final LegacyLogProbabilities probabilities = new LegacyLogProbabilities();
        private final StringBuilder text = new StringBuilder();
        private int told;
        private ChatEvent.@Nullable Finished finished;
        private ChatEvent.@Nullable Blocked blocked;

        /**
         * @param echo what the text begins with
         * @param events null: the text is wanted whole
         */
        Continuation(
                CompletionRequest request, String echo, int index, @Nullable ServerSentEvents events, ObjectNode head) {
            this.request = request;
            this.index = index;
            this.events = events;
            this.head = head;
            text.append(echo);
        }

        @Override
        public boolean accept(ChatEvent event) {
            return switch (event) {
                case ChatEvent.PromptToken token -> {
                    probabilities.add(token);
                    yield true;
                }
                case ChatEvent.LogProbability token -> {
                    probabilities.add(token);
                    yield true;
                }
                case ChatEvent.Text(String delta) -> {
                    text.append(delta);
                    yield tell(null);
                }
                case ChatEvent.Working ignored -> events == null || events.working();
                case ChatEvent.Finished end -> {
                    finished = end;
                    yield tell(reason());
                }
                case ChatEvent.Reasoning ignored -> true;
                case ChatEvent.ToolCallStarted ignored -> true;
                case ChatEvent.ToolCallArguments ignored -> true;
                case ChatEvent.ToolCallFinished ignored -> true;
                case ChatEvent.ToolCallBroken ignored -> true;
                case ChatEvent.Blocked why -> {
                    blocked = why;
                    yield true;
                }
            };
        }

        Usage usage() {
            return Objects.requireNonNull(finished).usage();
        }

        private String reason() {
            return ChatCompletions.reason(Objects.requireNonNull(finished).reason(), false);
        }

        ObjectNode whole(int number) {
            return choice(text.toString(), number, reason());
        }

        private boolean tell(@Nullable String reason) {
            if (events == null) {
                return true;
            }
            ObjectNode chunk = head.deepCopy();
            chunk.putArray("choices").add(choice(text.substring(told), index, reason));
            told = text.length();
            if (finished != null) {
                chunk.set("timings", Timings.of(finished.usage()));
            }
            if (request.stream().usage()) {
                chunk.putNull("usage");
            }
            return events.data(chunk);
        }

        private ObjectNode choice(String piece, int number, @Nullable String reason) {
            ObjectNode choice = head.objectNode();
            choice.put("text", piece);
            choice.put("index", number);
            if (request.alternatives() >= 0 && (events == null || probabilities.waits())) {
                choice.set("logprobs", probabilities.next());
            } else {
                choice.putNull("logprobs");
            }
            choice.put("finish_reason", reason);
            if (reason != null && blocked != null) {
                choice.set("content_filter", ChatCompletions.blocked(blocked));
            }
            return choice;
        }
    }
}
