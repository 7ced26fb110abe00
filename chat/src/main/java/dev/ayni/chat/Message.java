package dev.ayni.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a conversation.
 *
 * @param content what was said; empty where an assistant only calls tools
 * @param toolCalls what an assistant asked to be run, in this turn
 * @param answers the call that a tool's turn is the result of; null for all other roles
 */
public record Message(
        Role role,
        String content,
        List<ToolCall> toolCalls,
        @Nullable ToolCall answers) {
    /** Who speaks. */
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT,
        TOOL;

        /** The name in chat templates and protocols. */
        public String wireName() {
            return switch (this) {
                case SYSTEM -> "system";
                case USER -> "user";
                case ASSISTANT -> "assistant";
                case TOOL -> "tool";
            };
        }
    }

    public Message {
        toolCalls = List.copyOf(toolCalls);
        if (!toolCalls.isEmpty() && role != Role.ASSISTANT) {
            throw new IllegalArgumentException(
                    "A message of role %s calls tools, which only an assistant does.".formatted(role.wireName()));
        }
        if ((answers != null) != (role == Role.TOOL)) {
            throw new IllegalArgumentException(
                    "A message of role %s %s the result of a call. Messages of role tool are, and no others."
                            .formatted(role.wireName(), answers == null ? "is not" : "is"));
        }
    }

    /** A turn in which no tool takes part. */
    public Message(Role role, String content) {
        this(role, content, List.of(), null);
    }

    public static Message system(String content) {
        return new Message(Role.SYSTEM, content);
    }

    public static Message user(String content) {
        return new Message(Role.USER, content);
    }

    public static Message assistant(String content) {
        return new Message(Role.ASSISTANT, content);
    }

    /** An answer that calls tools; each call's result has to follow it. */
    public static Message assistant(String content, List<ToolCall> toolCalls) {
        return new Message(Role.ASSISTANT, content, toolCalls, null);
    }

    /** What came out of a call, or why nothing did. */
    public static Message tool(ToolCall call, String result) {
        return new Message(Role.TOOL, result, List.of(), call);
    }
}
