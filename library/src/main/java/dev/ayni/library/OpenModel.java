package dev.ayni.library;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.LocalModel;
import dev.ayni.library.tools.MethodTool;
import dev.ayni.library.tools.RunnableTool;
import dev.ayni.library.tools.ToolLoop;
import dev.ayni.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A model that answers. Several threads may use it; it has to be closed, for it holds memory outside the Java heap. */
public final class OpenModel implements ChatModel, TextModel, AutoCloseable {
    private final LocalModel model;

    OpenModel(LocalModel model) {
        this.model = model;
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
        model.chat(request, sink);
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
        model.complete(request, sink);
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
