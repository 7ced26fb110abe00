package dev.ayni.library.tools;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import dev.ayni.chat.Usage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lets a model use tools until it has an answer: it calls, the tools run, it reads their results, and again. */
public final class ToolLoop {
    /** How many answers with calls one question may take, unless said otherwise. */
    public static final int USUAL_STEPS = 8;

    /** Decides about a call before it is run. */
    public interface Gate {
        /** Why the call must not be run, for the model; empty: it may. */
        Optional<String> refuses(ToolCall call);
    }

    /** Hears what the calls gave. */
    public interface Listener {
        void result(ToolCall call, String result);
    }

    /**
     * How a question ended.
     *
     * @param messages all of the conversation, the new turns at its end
     * @param text what the model said last
     * @param reason END for an answer; TOOL_CALLS if the steps were used up and it still wanted to call; or why it broke off
     */
    public record Outcome(List<Message> messages, String text, Reason reason) {
        public Outcome {
            messages = List.copyOf(messages);
        }
    }

    private final ChatModel model;
    private final Map<String, RunnableTool> tools = new LinkedHashMap<>();
    private final int steps;
    private final Gate gate;
    private final Listener listener;

    /** @param steps how many answers with calls are let happen */
    public ToolLoop(ChatModel model, List<RunnableTool> tools, int steps, Gate gate, Listener listener) {
        if (steps < 1) {
            throw new IllegalArgumentException(
                    "The limit of steps is %d; it must be 1 or more, for a call to be answered.".formatted(steps));
        }
        this.model = model;
        tools.forEach(tool -> this.tools.put(tool.tool().name(), tool));
        this.steps = steps;
        this.gate = gate;
        this.listener = listener;
    }

    /**
     * Answers a conversation.
     *
     * @param request its tools are replaced by those of the loop; a call that it requires is required of the first answer only
     * @param sink hears every event of every answer but the ends of those in between
     */
    public Outcome run(ChatRequest request, ChatSink sink) {
        List<Message> messages = new ArrayList<>(request.messages());
        ToolChoice choice = request.tools().choice();
        for (int step = 0; ; step++) {
            boolean mayCall = step < steps;
            Tools offered = new Tools(
                    tools.values().stream().map(RunnableTool::tool).toList(), mayCall ? choice : ToolChoice.NONE);
            Answer answer = new Answer(sink);
            model.chat(request.with(messages).with(offered), answer);
            messages.add(Message.assistant(answer.text.toString(), answer.calls));
            boolean brokenOff = answer.end.reason() == Reason.CANCELLED || answer.end.reason() == Reason.FILTERED;
            boolean over = answer.calls.isEmpty() || brokenOff;
            if (over || !mayCall) {
                answer.calls.forEach(call -> messages.add(Message.tool(call, "It was not run: the answer had ended.")));
                sink.accept(answer.end);
                return new Outcome(messages, answer.text.toString(), answer.end.reason());
            }
            for (ToolCall call : answer.calls) {
                String result = result(call);
                listener.result(call, result);
                messages.add(Message.tool(call, result));
            }
            choice = choice instanceof ToolChoice.None ? choice : ToolChoice.AUTO;
        }
    }

    private String result(ToolCall call) {
        RunnableTool tool = tools.get(call.name());
        if (tool == null) {
            return "Error: there is no tool %s. The tools are: %s."
                    .formatted(call.name(), String.join(", ", tools.keySet()));
        }
        Optional<String> refusal = gate.refuses(call);
        if (refusal.isPresent()) {
            return "Error: " + refusal.get();
        }
        try {
            return tool.run(call.arguments());
        } catch (ToolException e) {
            return "Error: " + e.getMessage();
        }
    }

    /** Keeps what an answer says while it passes on. */
    private static final class Answer implements ChatSink {
        private final ChatSink to;
        private final StringBuilder text = new StringBuilder();
        private final List<ToolCall> calls = new ArrayList<>();
        private ChatEvent.Finished end = new ChatEvent.Finished(Reason.CANCELLED, new Usage(0, 0, 0, 0, 0, 0));

        Answer(ChatSink to) {
            this.to = to;
        }

        @Override
        public boolean accept(ChatEvent event) {
            switch (event) {
                case ChatEvent.Finished finished -> {
                    end = finished;
                    return true;
                }
                case ChatEvent.Text(String delta) -> text.append(delta);
                case ChatEvent.ToolCallFinished(ToolCall call) -> calls.add(call);
                case ChatEvent.ToolCallBroken(String id, String broken, String why) -> text.append(broken);
                case ChatEvent.Reasoning ignored -> {}
                case ChatEvent.ToolCallStarted ignored -> {}
                case ChatEvent.ToolCallArguments ignored -> {}
                case ChatEvent.LogProbability ignored -> {}
                case ChatEvent.PromptToken ignored -> {}
                case ChatEvent.Blocked ignored -> {}
                case ChatEvent.Working ignored -> {}
            }
            return to.accept(event);
        }
    }
}
