package dev.ayni.server.openai;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.ToolCall;
import dev.ayni.server.answers.Timings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One of the answers of a streamed chat completion. A call is told while it is written; should it break off, it stays as far
 * as it came, and {@code finish_reason} tells why.
 */
final class ChatChunks implements ChatSink {
    private final ServerSentEvents events;
    private final ObjectNode head;
    private final int index;
    private final boolean logProbabilities;
    private final boolean beforeTools;
    private final boolean usage;
    private final List<LogProbability> untold = new ArrayList<>();
    private final StringBuilder reasoning = new StringBuilder();
    private ChatEvent.@Nullable Finished finished;
    private ChatEvent.@Nullable Blocked blocked;
    private boolean begun;
    private int call = -1;

    /**
     * @param head what every chunk begins with
     * @param beforeTools whether a call is told as one of a function, as was done before there were tools
     * @param usage whether every chunk has a field for what the answer took, which the last one fills
     */
    ChatChunks(
            ServerSentEvents events,
            ObjectNode head,
            int index,
            boolean logProbabilities,
            boolean beforeTools,
            boolean usage) {
        this.events = events;
        this.head = head;
        this.index = index;
        this.logProbabilities = logProbabilities;
        this.beforeTools = beforeTools;
        this.usage = usage;
    }

    /** How it ended; only after it has. */
    ChatEvent.Finished finished() {
        return Objects.requireNonNull(finished);
    }

    /** What the model thought. */
    String reasoning() {
        return reasoning.toString();
    }

    @Override
    public boolean accept(ChatEvent event) {
        return switch (event) {
            case ChatEvent.Text(String delta) -> delta(delta().put("content", delta));
            case ChatEvent.Reasoning(String delta) -> {
                reasoning.append(delta);
                yield delta(delta().put("reasoning_content", delta));
            }
            case ChatEvent.ToolCallStarted(String id, String name) -> {
                call++;
                ObjectNode delta = delta();
                if (beforeTools) {
                    delta.putObject("function_call").put("name", name).put("arguments", "");
                    yield delta(delta);
                }
                ObjectNode started = delta.putArray("tool_calls").addObject();
                started.put("index", call).put("id", id).put("type", "function");
                started.putObject("function").put("name", name).put("arguments", "");
                yield delta(delta);
            }
            case ChatEvent.ToolCallArguments(String id, String more) -> {
                ObjectNode delta = delta();
                if (beforeTools) {
                    delta.putObject("function_call").put("arguments", more);
                    yield delta(delta);
                }
                ObjectNode going = delta.putArray("tool_calls").addObject().put("index", call);
                going.putObject("function").put("arguments", more);
                yield delta(delta);
            }
            case ChatEvent.ToolCallFinished(ToolCall whole) -> true;
            case ChatEvent.ToolCallBroken broken -> true;
            case ChatEvent.LogProbability probability -> {
                if (logProbabilities) {
                    untold.add(probability);
                }
                yield true;
            }
            case ChatEvent.PromptToken ignored -> true;
            case ChatEvent.Blocked why -> {
                blocked = why;
                yield true;
            }
            case ChatEvent.Working ignored -> events.working();
            case ChatEvent.Finished end -> {
                finished = end;
                begin();
                ObjectNode last = chunk(delta(), ChatCompletions.reason(end.reason(), beforeTools));
                if (blocked != null) {
                    ((ObjectNode) last.get("choices").get(0)).set("content_filter", ChatCompletions.blocked(blocked));
                }
                last.set("timings", Timings.of(end.usage()));
                yield events.data(last);
            }
        };
    }

    private static ObjectNode delta() {
        return JsonNodeFactory.instance.objectNode();
    }

    private boolean delta(ObjectNode delta) {
        return begin() && events.data(chunk(delta, null));
    }

    private boolean begin() {
        if (begun) {
            return true;
        }
        begun = true;
        List<LogProbability> later = List.copyOf(untold);
        untold.clear();
        boolean wanted = events.data(chunk(delta().put("role", "assistant").put("content", ""), null));
        untold.addAll(later);
        return wanted;
    }

    private ObjectNode chunk(ObjectNode delta, @Nullable String reason) {
        ObjectNode chunk = head.deepCopy();
        ObjectNode choice = chunk.putArray("choices").addObject();
        choice.put("index", index);
        choice.set("delta", delta);
        if (untold.isEmpty()) {
            choice.putNull("logprobs");
        } else {
            ChatCompletions.logProbabilities(choice.putObject("logprobs"), LogProbabilityJson.tokens(untold));
            untold.clear();
        }
        choice.put("finish_reason", reason);
        if (usage) {
            chunk.putNull("usage");
        }
        return chunk;
    }
}
