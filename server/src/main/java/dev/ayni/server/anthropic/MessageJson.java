package dev.ayni.server.anthropic;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.GatheredAnswer;
import dev.ayni.server.http.ApiException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An answer as Anthropic's clients read it. */
final class MessageJson {
    private MessageJson() {}

    static String whole(String id, String model, GatheredAnswer answer, boolean called) {
        ObjectNode message = empty(id, model);
        ArrayNode content = message.putArray("content");
        if (!answer.reasoning().isEmpty()) {
            content.addObject()
                    .put("type", "thinking")
                    .put("thinking", answer.reasoning())
                    .put("signature", "");
        }
        if (!answer.text().isEmpty()) {
            content.addObject().put("type", "text").put("text", answer.text());
        }
        for (ToolCall call : answer.calls()) {
            toolUse(call, content.addObject()).set("input", AnthropicApi.JSON.readTree(call.arguments()));
        }
        end(message, answer.finished(), called);
        message.set("usage", usage(answer.finished().usage()));
        return message.toString();
    }

    /** A message that says nothing yet. */
    static ObjectNode empty(String id, String model) {
        ObjectNode message = AnthropicApi.JSON
                .createObjectNode()
                .put("id", "msg_" + id)
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
        message.putArray("content");
        return message.putNull("stop_reason").putNull("stop_sequence");
    }

    /** A call's block, without its input. */
    static ObjectNode toolUse(ToolCall call, ObjectNode block) {
        return block.put("type", "tool_use").put("id", call.id()).put("name", call.name());
    }

    /** Says why the answer ended. */
    static void end(ObjectNode to, ChatEvent.Finished finished, boolean called) {
        @Nullable String stop = finished.stop().isEmpty() ? null : finished.stop();
        to.put("stop_reason", reason(finished.reason(), called)).put("stop_sequence", stop);
    }

    /** @throws ApiException (504) if the time was over: half an answer is none */
    private static String reason(Reason reason, boolean called) {
        return switch (reason) {
            case END -> "end_turn";
            case TOOL_CALLS -> "tool_use";
            case STOP -> "stop_sequence";
            case LENGTH -> "max_tokens";
            case FILTERED -> "refusal";
            case CONTEXT_FULL -> "model_context_window_exceeded";
            case CANCELLED -> called ? "tool_use" : "end_turn";
            case DEADLINE ->
                throw new ApiException(
                        504,
                        "timeout",
                        null,
                        Map.of(),
                        "The answer was not complete when its time was over. Ask for fewer tokens, or when less is going on.");
        };
    }

    /** Tokens that were remembered count apart from those that were read. */
    static ObjectNode usage(Usage usage) {
        return AnthropicApi.JSON
                .createObjectNode()
                .put("input_tokens", usage.promptTokens() - usage.reusedTokens())
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", usage.reusedTokens())
                .put("output_tokens", usage.answerTokens());
    }
}
