package dev.ayni.server.llamacpp;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.LateStream;
import dev.ayni.server.answers.Timings;
import dev.ayni.server.http.ReaderLeft;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A continuation as clients of llama.cpp's server read it: piece by piece, or whole. */
final class Completion implements ChatSink {
    private final CompletionRequest asked;
    private final String model;
    private final int promptTokens;
    private final @Nullable LateStream stream;
    private final StringBuilder text = new StringBuilder();
    private final List<LogProbability> probabilities = new ArrayList<>();
    private int drawn;
    private ChatEvent.@Nullable Finished finished;
    private ChatEvent.@Nullable Blocked blocked;

    /** @param stream null: the text is gathered, and told whole at its end */
    Completion(CompletionRequest asked, String model, int promptTokens, @Nullable LateStream stream) {
        this.asked = asked;
        this.model = model;
        this.promptTokens = promptTokens;
        this.stream = stream;
    }

    @Override
    public boolean accept(ChatEvent event) {
        try {
            switch (event) {
                case ChatEvent.Text(String delta) -> text(delta);
                case ChatEvent.LogProbability probability -> {
                    probabilities.add(probability);
                    drawn++;
                }
                case ChatEvent.Finished end -> finished = end;
                case ChatEvent.Working ignored -> alive();
                // a text that is continued has none of these
                case ChatEvent.Reasoning ignored -> {}
                case ChatEvent.PromptToken ignored -> {}
                case ChatEvent.ToolCallStarted ignored -> {}
                case ChatEvent.ToolCallArguments ignored -> {}
                case ChatEvent.ToolCallFinished ignored -> {}
                case ChatEvent.ToolCallBroken ignored -> {}
                case ChatEvent.Blocked why -> blocked = why;
            }
            return true;
        } catch (ReaderLeft e) {
            return false;
        }
    }

    private void alive() {
        if (stream != null) {
            stream.alive(": working\n\n");
        }
    }

    private void text(String delta) {
        if (stream == null) {
            text.append(delta);
            return;
        }
        ObjectNode piece = LlamaCppApi.JSON.createObjectNode().put("index", 0).put("content", delta);
        details(piece);
        piece.put("stop", false)
                .put("id_slot", 0)
                .put("tokens_predicted", drawn)
                .put("tokens_evaluated", promptTokens);
        stream.data(piece.toString());
    }

    /** The tokens since the last piece. */
    private void details(ObjectNode to) {
        ArrayNode ids = to.putArray("tokens");
        if (asked.tokens()) {
            probabilities.forEach(probability -> ids.add(probability.token().id()));
        }
        if (asked.probabilities()) {
            ArrayNode list = to.putArray("completion_probabilities");
            for (LogProbability probability : probabilities) {
                ArrayNode instead = write(probability.token(), list.addObject()).putArray("top_logprobs");
                probability.alternatives().forEach(other -> write(other, instead.addObject()));
            }
        }
        probabilities.clear();
    }

    private static ObjectNode write(TokenProbability token, ObjectNode to) {
        to.put("id", token.id()).put("token", token.text()).put("logprob", token.logProbability());
        ArrayNode bytes = to.putArray("bytes");
        for (byte b : token.text().getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xff);
        }
        return to;
    }

    Usage usage() {
        return Objects.requireNonNull(finished).usage();
    }

    /** The last piece, or the whole answer. */
    ObjectNode end() {
        ChatEvent.Finished end = Objects.requireNonNull(finished);
        Usage usage = end.usage();
        ObjectNode answer = LlamaCppApi.JSON.createObjectNode().put("index", 0).put("content", text.toString());
        details(answer);
        answer.put("id_slot", 0)
                .put("stop", true)
                .put("model", model)
                .put("tokens_predicted", usage.answerTokens())
                .put("tokens_evaluated", usage.promptTokens())
                .put("truncated", false)
                .put("stop_type", type(end.reason()))
                .put("stopping_word", end.stop())
                .put("tokens_cached", usage.promptTokens() + usage.answerTokens());
        if (blocked != null) {
            answer.putObject("content_filter")
                    .put("stage", blocked.stage())
                    .put("category", blocked.category())
                    .put("rule", blocked.rule())
                    .put("policy", blocked.policy());
        }
        answer.set("timings", Timings.of(usage));
        return answer;
    }

    private static String type(Reason reason) {
        return switch (reason) {
            case END, TOOL_CALLS -> "eos";
            case STOP -> "word";
            case LENGTH, CONTEXT_FULL, DEADLINE -> "limit";
            case CANCELLED, FILTERED -> "none";
        };
    }
}
