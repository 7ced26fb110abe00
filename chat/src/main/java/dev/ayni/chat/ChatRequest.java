package dev.ayni.chat;

import java.util.List;

/**
 * What a conversation asks for next.
 *
 * @param messages oldest first
 * @param sampling how tokens are drawn
 * @param limits when the answer ends
 * @param logProbabilities how many alternatives to report with each token's log-probability; -1: report none
 * @param tools what the model may ask to be run
 */
public record ChatRequest(List<Message> messages, Sampling sampling, Limits limits, int logProbabilities, Tools tools) {
    public ChatRequest {
        messages = List.copyOf(messages);
    }

    /** A request without tools. */
    public ChatRequest(List<Message> messages, Sampling sampling, Limits limits, int logProbabilities) {
        this(messages, sampling, limits, logProbabilities, Tools.NONE);
    }

    public static ChatRequest of(String userText) {
        return of(List.of(Message.user(userText)));
    }

    public static ChatRequest of(List<Message> messages) {
        return new ChatRequest(messages, Sampling.DEFAULT, Limits.NONE, -1);
    }

    public ChatRequest with(Sampling other) {
        return new ChatRequest(messages, other, limits, logProbabilities, tools);
    }

    public ChatRequest with(Limits other) {
        return new ChatRequest(messages, sampling, other, logProbabilities, tools);
    }

    public ChatRequest with(List<Message> other) {
        return new ChatRequest(other, sampling, limits, logProbabilities, tools);
    }

    public ChatRequest with(Tools other) {
        return new ChatRequest(messages, sampling, limits, logProbabilities, other);
    }
}
