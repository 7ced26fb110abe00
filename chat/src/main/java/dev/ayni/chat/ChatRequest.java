package dev.ayni.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a conversation asks for next.
 *
 * @param messages oldest first
 * @param sampling how tokens are drawn
 * @param limits when the answer ends
 * @param logProbabilities how many alternatives to report with each token's log-probability; -1: report none
 * @param tools what the model may ask to be run
 * @param shape what the answer must look like, unless it has to call a tool; null: anything
 * @param templateArguments further names that the model's chat template reads, as the text of a JSON object; empty: none
 * @param scheduling how the request stands beside others
 */
public record ChatRequest(
        List<Message> messages,
        Sampling sampling,
        Limits limits,
        int logProbabilities,
        Tools tools,
        @Nullable Shape shape,
        String templateArguments,
        Scheduling scheduling) {
    public ChatRequest {
        messages = List.copyOf(messages);
    }

    /** A request without tools, for an answer of any shape. */
    public ChatRequest(List<Message> messages, Sampling sampling, Limits limits, int logProbabilities) {
        this(messages, sampling, limits, logProbabilities, Tools.NONE, null, "", Scheduling.USUAL);
    }

    public static ChatRequest of(String userText) {
        return of(List.of(Message.user(userText)));
    }

    public static ChatRequest of(List<Message> messages) {
        return new ChatRequest(messages, Sampling.DEFAULT, Limits.NONE, -1);
    }

    public ChatRequest with(Sampling other) {
        return new ChatRequest(messages, other, limits, logProbabilities, tools, shape, templateArguments, scheduling);
    }

    public ChatRequest with(Limits other) {
        return new ChatRequest(
                messages, sampling, other, logProbabilities, tools, shape, templateArguments, scheduling);
    }

    public ChatRequest with(List<Message> other) {
        return new ChatRequest(other, sampling, limits, logProbabilities, tools, shape, templateArguments, scheduling);
    }

    public ChatRequest with(Tools other) {
        return new ChatRequest(
                messages, sampling, limits, logProbabilities, other, shape, templateArguments, scheduling);
    }

    public ChatRequest with(@Nullable Shape other) {
        return new ChatRequest(
                messages, sampling, limits, logProbabilities, tools, other, templateArguments, scheduling);
    }

    /** The same request, with further names for the chat template, as the text of a JSON object. */
    public ChatRequest withTemplateArguments(String other) {
        return new ChatRequest(messages, sampling, limits, logProbabilities, tools, shape, other, scheduling);
    }

    public ChatRequest with(Scheduling other) {
        return new ChatRequest(messages, sampling, limits, logProbabilities, tools, shape, templateArguments, other);
    }
}
