package dev.ayni.server.models;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.Usage;
import dev.ayni.server.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A model that says what a test tells it to, and the pool that has it alone. A token is a character, whose id is its code;
 * the vector of a text is its length and 1; a document is the better, the longer it is.
 */
public final class ScriptedModel implements ServedModel, ChatModel, TextModel, ModelPool {
    private final String name;
    private final List<ChatEvent> events;
    private final List<ChatRequest> chats = Collections.synchronizedList(new ArrayList<>());
    private final List<TextRequest> texts = Collections.synchronizedList(new ArrayList<>());
    private boolean echoes;
    private int prompts;
    private Runnable before = () -> {};
    private Runnable after = () -> {};
    private Consumer<ChatEvent> listener = event -> {};
    private int open;
    private String template = "";

    public ScriptedModel(String name, ChatEvent... events) {
        this.name = name;
        this.events = List.of(events);
    }

    /** The end of an answer to a prompt of 7 tokens, 3 of which were remembered. */
    public static ChatEvent.Finished end(ChatEvent.Reason reason, int answerTokens) {
        return new ChatEvent.Finished(reason, new Usage(7, 3, answerTokens, 100, 20_000_000, 50_000_000));
    }

    /** The same model, which does something first: fails, or waits. */
    public ScriptedModel first(Runnable action) {
        before = action;
        return this;
    }

    /** The same model, which does something where its answer would end: fails, or waits. */
    public ScriptedModel last(Runnable action) {
        after = action;
        return this;
    }

    /** Tells of each event that is said, the end left out. */
    public void heard(Consumer<ChatEvent> other) {
        listener = other;
    }

    /** The chat template by which it was last asked to write conversations; empty: its own. */
    public String template() {
        return template;
    }

    @Override
    public ServedModel withTemplate(String source) {
        template = source;
        return this;
    }

    /** The conversations that it was asked. */
    public List<ChatRequest> chats() {
        return chats;
    }

    /** The texts that it was asked to continue. */
    public List<TextRequest> texts() {
        return texts;
    }

    /** How often it wrote a conversation as a model reads it. */
    public int prompts() {
        return prompts;
    }

    /** How many uses of it have not ended. */
    public int open() {
        return open;
    }

    /** The same model, which says what it was asked, in pieces of three characters. */
    public ScriptedModel echoing() {
        echoes = true;
        return this;
    }

    private List<ChatEvent> said(String asked) {
        if (!echoes) {
            return events;
        }
        List<ChatEvent> echo = new ArrayList<>();
        for (int i = 0; i < asked.length(); i += 3) {
            echo.add(new ChatEvent.Text(asked.substring(i, Math.min(asked.length(), i + 3))));
        }
        echo.add(end(ChatEvent.Reason.END, echo.size()));
        return echo;
    }

    private void play(List<ChatEvent> said, ChatSink sink) {
        boolean wanted = true;
        for (ChatEvent event : said) {
            if (event instanceof ChatEvent.Finished end) {
                sink.accept(wanted ? end : new ChatEvent.Finished(ChatEvent.Reason.CANCELLED, end.usage()));
            } else {
                if (wanted) {
                    listener.accept(event);
                    wanted = sink.accept(event);
                }
            }
        }
        after.run();
    }

    @Override
    public void chat(ChatRequest request, ChatSink sink) {
        chats.add(request);
        before.run();
        play(said(request.messages().getLast().content()), sink);
    }

    @Override
    public void complete(TextRequest request, ChatSink sink) {
        texts.add(request);
        before.run();
        play(said(text(promptIds(request))), sink);
    }

    @Override
    public void complete(TextRequest request, List<ChatSink> answers) {
        answers.forEach(sink -> complete(request, sink));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ModelCard card() {
        return new ModelCard(
                name,
                "llama",
                "135M",
                "Q4_1",
                98_000_000,
                100,
                "0123456789abcdef".repeat(4),
                Instant.ofEpochSecond(1_700_000_000),
                Set.of(ModelCard.Ability.values()));
    }

    @Override
    public ChatModel chat() {
        return this;
    }

    @Override
    public TextModel text() {
        return this;
    }

    @Override
    public Embedder embedder() {
        return new Embedder() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int width() {
                return 2;
            }

            @Override
            public Embeddings embed(List<String> inputs) {
                before.run();
                return new Embeddings(
                        inputs.stream()
                                .map(input -> new float[] {input.length(), 1})
                                .toList(),
                        inputs.stream().mapToInt(String::length).sum());
            }
        };
    }

    @Override
    public Reranker reranker() {
        return new Reranker() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Ranking rank(String query, List<String> documents) {
                before.run();
                return new Ranking(
                        documents.stream()
                                .map(document -> (double) document.length())
                                .toList(),
                        query.length());
            }
        };
    }

    @Override
    public List<Integer> tokens(String text, boolean special) {
        return text.chars().boxed().toList();
    }

    @Override
    public List<Integer> begin() {
        return List.of(1);
    }

    @Override
    public String text(List<Integer> ids) {
        return ids.stream().map(Character::toString).collect(Collectors.joining());
    }

    @Override
    public String prompt(ChatRequest request) {
        prompts++;
        return request.messages().stream()
                .map(message -> message.role().wireName() + ":" + message.content() + "\n")
                .collect(Collectors.joining());
    }

    @Override
    public List<Integer> promptIds(ChatRequest request) {
        return tokens(prompt(request), true);
    }

    @Override
    public List<Integer> promptIds(TextRequest request) {
        return switch (request.prompt()) {
            case TextRequest.Prompt.Text(String text) -> tokens(text, false);
            case TextRequest.Prompt.Tokens(List<Integer> ids) -> ids;
        };
    }

    @Override
    public List<ModelCard> models() {
        return List.of(card());
    }

    @Override
    public List<String> names() {
        return List.of(name);
    }

    @Override
    public Optional<ModelCard> find(String asked) {
        return asked.equals(name) ? Optional.of(card()) : Optional.empty();
    }

    @Override
    public synchronized Lease lease(String asked) {
        if (find(asked).isEmpty()) {
            throw ApiException.notFound(
                    "model_not_found", "There is no model '%s' here. The server has [%s].".formatted(asked, name));
        }
        open++;
        return new Lease() {
            @Override
            public ServedModel model() {
                return ScriptedModel.this;
            }

            @Override
            public void keepAlive(Duration after) {}

            @Override
            public void close() {
                synchronized (ScriptedModel.this) {
                    open--;
                }
            }
        };
    }

    @Override
    public List<Loaded> loaded() {
        return List.of(new Loaded(card(), 98_000_000, Instant.MAX, open));
    }

    @Override
    public void unload(String asked) {}

    @Override
    public void close() {}
}
