package dev.ayni.library;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.LocalModel;
import dev.ayni.guard.Guard;
import dev.ayni.guard.GuardedChatModel;
import dev.ayni.guard.GuardedTextModel;
import dev.ayni.guard.VerdictListener;
import dev.ayni.library.tools.MethodTool;
import dev.ayni.library.tools.RunnableTool;
import dev.ayni.library.tools.ToolLoop;
import dev.ayni.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** A model that answers. Several threads may use it; it has to be closed, for it holds memory outside the Java heap. */
public final class OpenModel implements ChatModel, TextModel, AutoCloseable {
    private final LocalModel model;
    private final ChatModel chat;
    private final TextModel text;

    OpenModel(LocalModel model) {
        this(model, model, model);
    }

    private OpenModel(LocalModel model, ChatModel chat, TextModel text) {
        this.model = model;
        this.chat = chat;
        this.text = text;
    }

    /**
     * The same model behind a guard: what it forbids does not go in and does not come out, and an answer in its place ends for
     * {@link ChatEvent.Reason#FILTERED}. What is reached by {@link #local()} is not guarded. Closing either closes both.
     */
    public OpenModel behind(Guard guard) {
        GuardedTextModel.Tokens tokens = new GuardedTextModel.Tokens() {
            @Override
            public String text(List<Integer> ids) {
                return model.tokenizer().decode(ids.stream().mapToInt(id -> id).toArray());
            }

            @Override
            public List<Integer> ids(String text) {
                return Arrays.stream(model.tokenizer().encode(text, true))
                        .boxed()
                        .toList();
            }
        };
        return new OpenModel(
                model,
                new GuardedChatModel(chat, guard),
                new GuardedTextModel(text, guard, VerdictListener.NONE, tokens));
    }

    /** What the model calls itself. */
    @Override
    public String name() {
        return model.name();
    }

    /** The answer to a question, as a conversation of its own. */
    public String ask(String question) {
        return ask(question, text -> {});
    }

    /**
     * The answer to a question, as a conversation of its own.
     *
     * @param onText gets each part of the answer as soon as it is there
     */
    public String ask(String question, Consumer<String> onText) {
        return ask(this, question, onText);
    }

    /**
     * The answer to a question as a record: the model can write nothing but JSON of the record's components, in their order.
     *
     * <p>A component may be a record, a List, Set or Map with texts for keys, an enum, a number, boolean, String, UUID, or a
     * date of java.time; an Optional one, or one annotated as Nullable, may be missing. A record may hold itself. In a program
     * of modules the record's package must be open to tools.jackson.databind.
     *
     * @param type a record
     * @throws IllegalArgumentException if a component is of another type
     * @throws AnswerException if the context is too small for the answer, or a guard lets none through
     */
    public <T> T ask(String question, Class<T> type) {
        return ask(this, question, type);
    }

    static <T> T ask(ChatModel model, String question, Class<T> type) {
        StringBuilder answer = new StringBuilder();
        List<ChatEvent.Blocked> blocked = new ArrayList<>();
        Shape shape = new Shape.JsonSchema(RecordSchema.of(type));
        model.chat(ChatRequest.of(question).with(shape), event -> {
            if (event instanceof ChatEvent.Text(String delta)) {
                answer.append(delta);
            } else if (event instanceof ChatEvent.Blocked why) {
                blocked.add(why);
            }
            return true;
        });
        if (!blocked.isEmpty()) {
            ChatEvent.Blocked why = blocked.getFirst();
            throw new AnswerException(
                    "The guard let no answer through: %s, seen in the %s by %s. Ask for something else."
                            .formatted(why.category(), why.stage(), why.rule()));
        }
        try {
            return JsonMapper.shared().readValue(answer.toString(), type);
        } catch (JacksonException e) {
            throw new AnswerException(
                    "The answer cannot be read as a %s: %s. It was: %s. If it breaks off, allow a larger context; if the record checks its components, ask for what it allows."
                            .formatted(type.getSimpleName(), e.getOriginalMessage(), shortened(answer)),
                    e);
        }
    }

    private static String shortened(CharSequence answer) {
        return answer.length() > 500 ? answer.subSequence(0, 500) + "..." : answer.toString();
    }

    static String ask(ChatModel model, String question, Consumer<String> onText) {
        StringBuilder answer = new StringBuilder();
        model.chat(ChatRequest.of(question), event -> {
            if (event instanceof ChatEvent.Text(String delta)) {
                answer.append(delta);
                onText.accept(delta);
            }
            return true;
        });
        return answer.toString();
    }

    /** Answers a conversation, with settings of one's own; what earlier turns have in common is not computed again. */
    @Override
    public void chat(ChatRequest request, ChatSink sink) {
        chat.chat(request, sink);
    }

    @Override
    public void chat(ChatRequest request, List<ChatSink> answers) {
        chat.chat(request, answers);
    }

    /**
     * Answers a conversation, and lets the model use tools for it: at most {@value ToolLoop#USUAL_STEPS} times in a row.
     *
     * @param conversation oldest message first
     * @param tools objects with methods that are annotated with {@link dev.ayni.library.tools.ToolMethod}; what they do, a
     *     model decides: offer only what it may do
     */
    public ToolLoop.Outcome run(List<Message> conversation, Object... tools) {
        List<RunnableTool> all = Arrays.stream(tools)
                .flatMap(owner -> MethodTool.of(owner).stream())
                .toList();
        return new ToolLoop(this, all, ToolLoop.USUAL_STEPS, call -> Optional.empty(), (call, result) -> {})
                .run(ChatRequest.of(conversation), event -> true);
    }

    /** Continues a text as it stands. */
    @Override
    public void complete(TextRequest request, ChatSink sink) {
        text.complete(request, sink);
    }

    @Override
    public void complete(TextRequest request, List<ChatSink> answers) {
        text.complete(request, answers);
    }

    /** Turns text into the model's token ids and back. */
    public Tokenizer tokenizer() {
        return model.tokenizer();
    }

    /** The model itself, with its weights, its kernels and its forward pass. */
    public LocalModel local() {
        return model;
    }

    @Override
    public void close() {
        model.close();
    }
}
