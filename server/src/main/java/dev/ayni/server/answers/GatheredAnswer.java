package dev.ayni.server.answers;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.PromptToken;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An answer that is sent whole. A call that broke off is text: the client learns what the model wrote. */
public final class GatheredAnswer implements ChatSink {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private final List<LogProbability> logProbabilities = new ArrayList<>();
    private final List<PromptToken> prompt = new ArrayList<>();
    private ChatEvent.@Nullable Finished finished;
    private ChatEvent.@Nullable Blocked blocked;

    @Override
    public boolean accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Text(String delta) -> text.append(delta);
            case ChatEvent.Reasoning(String delta) -> reasoning.append(delta);
            case ChatEvent.ToolCallFinished(ToolCall call) -> calls.add(call);
            case ChatEvent.ToolCallBroken broken -> text.append(broken.text());
            case ChatEvent.LogProbability probability -> logProbabilities.add(probability);
            case ChatEvent.PromptToken token -> prompt.add(token);
            case ChatEvent.Blocked why -> blocked = why;
            case ChatEvent.Finished end -> finished = end;
            case ChatEvent.ToolCallStarted ignored -> {}
            case ChatEvent.ToolCallArguments ignored -> {}
            case ChatEvent.Working ignored -> {}
        }
        return true;
    }

    public String text() {
        return text.toString();
    }

    public String reasoning() {
        return reasoning.toString();
    }

    public List<ToolCall> calls() {
        return List.copyOf(calls);
    }

    public List<LogProbability> logProbabilities() {
        return List.copyOf(logProbabilities);
    }

    /** The prompt's tokens, where they were asked for. */
    public List<PromptToken> prompt() {
        return List.copyOf(prompt);
    }

    /** Why a guard let nothing further through; empty where none stepped in. */
    public Optional<ChatEvent.Blocked> blocked() {
        return Optional.ofNullable(blocked);
    }

    /** How it ended; only after it has. */
    public ChatEvent.Finished finished() {
        return Objects.requireNonNull(finished);
    }
}
