package dev.ayni.server.ollama;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.LateStream;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ReaderLeft;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An answer as Ollama's clients read it: line by line, or whole. */
final class OllamaAnswer implements ChatSink {
    /** Where the text of an answer stands. */
    enum Form {
        CHAT,
        GENERATE
    }

    /**
     * What every line of an answer says.
     *
     * @param thinks whether the client wants to see what a model thinks
     */
    record Frame(Form form, String model, boolean thinks, long startNanos) {}

    private final Frame frame;
    private final @Nullable LateStream stream;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private final List<LogProbability> probabilities = new ArrayList<>();
    private ChatEvent.@Nullable Finished finished;

    /** @param stream null: the answer is gathered, and told whole at its end */
    OllamaAnswer(Frame frame, @Nullable LateStream stream) {
        this.frame = frame;
        this.stream = stream;
    }

    @Override
    public boolean accept(ChatEvent event) {
        try {
            switch (event) {
                case ChatEvent.Text(String delta) -> text(delta);
                case ChatEvent.Reasoning(String delta) -> thinking(delta);
                case ChatEvent.ToolCallFinished(ToolCall call) -> call(call);
                case ChatEvent.ToolCallBroken broken -> text(broken.text());
                case ChatEvent.LogProbability probability -> probabilities.add(probability);
                case ChatEvent.Finished end -> finished = end;
                case ChatEvent.ToolCallStarted ignored -> alive();
                case ChatEvent.ToolCallArguments ignored -> alive();
                case ChatEvent.Working ignored -> alive();
                case ChatEvent.PromptToken ignored -> {}
                case ChatEvent.Blocked ignored -> {} // its end says so
            }
            return true;
        } catch (ReaderLeft e) {
            return false;
        }
    }

    private void text(String delta) {
        text.append(delta);
        if (stream != null && !delta.isEmpty()) {
            line(delta, "", List.of());
        }
    }

    private void thinking(String delta) {
        if (!frame.thinks()) {
            alive();
            return;
        }
        thinking.append(delta);
        if (stream != null && !delta.isEmpty()) {
            line("", delta, List.of());
        }
    }

    private void call(ToolCall call) {
        calls.add(call);
        if (stream != null) {
            line("", "", List.of(call));
        }
    }

    /** A line that says nothing: there is none that clients would pass over. */
    private void alive() {
        if (stream != null) {
            stream.alive(empty(frame.form(), frame.model()).put("done", false) + "\n");
        }
    }

    private void line(String said, String thought, List<ToolCall> called) {
        ObjectNode line = empty(frame.form(), frame.model());
        say(line, said, thought, called);
        Objects.requireNonNull(stream).send(line.put("done", false) + "\n");
    }

    private void say(ObjectNode line, String said, String thought, List<ToolCall> called) {
        ObjectNode to = line;
        if (frame.form() == Form.CHAT) {
            to = (ObjectNode) line.get("message");
            to.put("content", said);
            if (!called.isEmpty()) {
                ArrayNode list = to.putArray("tool_calls");
                for (ToolCall call : called) {
                    list.addObject()
                            .put("id", call.id())
                            .putObject("function")
                            .put("name", call.name())
                            .set("arguments", OllamaApi.JSON.readTree(call.arguments()));
                }
            }
        } else {
            to.put("response", said);
        }
        if (!thought.isEmpty()) {
            to.put("thinking", thought);
        }
        if (!probabilities.isEmpty()) {
            ArrayNode list = line.putArray("logprobs");
            for (LogProbability probability : probabilities) {
                ObjectNode token = write(probability.token(), list.addObject());
                ArrayNode instead = token.putArray("top_logprobs");
                probability.alternatives().forEach(other -> write(other, instead.addObject()));
            }
            probabilities.clear();
        }
    }

    private static ObjectNode write(TokenProbability token, ObjectNode to) {
        to.put("token", token.text()).put("logprob", token.logProbability());
        ArrayNode bytes = to.putArray("bytes");
        for (byte b : token.text().getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xff);
        }
        return to;
    }

    /** A line without a text. */
    static ObjectNode empty(Form form, String model) {
        ObjectNode line = OllamaApi.JSON
                .createObjectNode()
                .put("model", model)
                .put("created_at", Instant.now().toString());
        switch (form) {
            case CHAT -> line.putObject("message").put("role", "assistant").put("content", "");
            case GENERATE -> line.put("response", "");
        }
        return line;
    }

    Usage usage() {
        return Objects.requireNonNull(finished).usage();
    }

    /** What was said. */
    String text() {
        return text.toString();
    }

    /**
     * The last line, or the whole answer.
     *
     * @param loadedNanos when the model was there
     * @throws ApiException (504) if the time was over
     */
    ObjectNode end(long loadedNanos) {
        ChatEvent.Finished end = Objects.requireNonNull(finished);
        ObjectNode line = empty(frame.form(), frame.model());
        if (stream == null) {
            say(line, text.toString(), thinking.toString(), calls);
        } else {
            say(line, "", "", List.of());
        }
        return line.put("done", true)
                .put("done_reason", reason(end.reason()))
                .put("total_duration", System.nanoTime() - frame.startNanos())
                .put("load_duration", loadedNanos - frame.startNanos())
                .put("prompt_eval_count", end.usage().promptTokens())
                .put("prompt_eval_duration", end.usage().promptNanos())
                .put("eval_count", end.usage().answerTokens())
                .put("eval_duration", end.usage().answerNanos());
    }

    private static String reason(Reason reason) {
        return switch (reason) {
            case END, TOOL_CALLS, STOP, CANCELLED -> "stop";
            case LENGTH, CONTEXT_FULL -> "length";
            case FILTERED -> "content_filter";
            case DEADLINE ->
                throw new ApiException(
                        504,
                        "timeout",
                        null,
                        Map.of(),
                        "The answer was not complete when its time was over. Ask for fewer tokens, or when less is going on.");
        };
    }
}
