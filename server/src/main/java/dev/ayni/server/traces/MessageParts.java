package dev.ayni.server.traces;

import dev.ayni.chat.Message;
import dev.ayni.chat.ToolCall;
import dev.ayni.server.answers.GatheredAnswer;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What was asked and answered, as JSON in the form of the conventions: messages that have parts. */
final class MessageParts {
    private MessageParts() {}

    static String asked(List<Message> messages) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Message message : messages) {
            ObjectNode one = list.addObject().put("role", message.role().wireName());
            ArrayNode parts = one.putArray("parts");
            ToolCall call = message.answers();
            if (call != null) {
                parts.addObject()
                        .put("type", "tool_call_response")
                        .put("id", call.id())
                        .put("response", message.content());
            } else {
                said(parts, "text", message.content());
                called(parts, message.toolCalls());
            }
        }
        return list.toString();
    }

    /** A text that is continued. */
    static String asked(String text) {
        return asked(List.of(Message.user(text)));
    }

    static String answered(List<GatheredAnswer> answers, List<String> reasons) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < Math.min(answers.size(), reasons.size()); i++) {
            GatheredAnswer answer = answers.get(i);
            ObjectNode one = list.addObject().put("role", "assistant");
            ArrayNode parts = one.putArray("parts");
            said(parts, "reasoning", answer.reasoning());
            said(parts, "text", answer.text());
            called(parts, answer.calls());
            one.put("finish_reason", reasons.get(i));
        }
        return list.toString();
    }

    private static void said(ArrayNode parts, String type, String text) {
        if (!text.isEmpty()) {
            parts.addObject().put("type", type).put("content", text);
        }
    }

    private static void called(ArrayNode parts, List<ToolCall> calls) {
        for (ToolCall call : calls) {
            parts.addObject()
                    .put("type", "tool_call")
                    .put("id", call.id())
                    .put("name", call.name())
                    .put("arguments", call.arguments());
        }
    }
}
