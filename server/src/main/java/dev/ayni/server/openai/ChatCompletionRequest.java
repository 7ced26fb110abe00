package dev.ayni.server.openai;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.Tools;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.Defaults;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What {@code POST /v1/chat/completions} asks for.
 *
 * @param answers how many
 * @param topLogProbabilities -1: none are wanted
 * @param firstCallOnly whether an answer ends after it called one tool
 * @param beforeTools whether tools were offered as functions, so that a call is told as one of those
 * @param metadata comes back in an answer that is sent whole; null: there is none
 * @param passedOver the fields that change nothing here
 */
record ChatCompletionRequest(
        String model,
        List<Message> messages,
        SamplingFields sampling,
        LimitFields limits,
        int answers,
        int topLogProbabilities,
        Tools tools,
        boolean firstCallOnly,
        boolean beforeTools,
        @Nullable JsonNode metadata,
        @Nullable Shape shape,
        String templateArguments,
        Scheduling scheduling,
        StreamFields stream,
        List<String> passedOver) {
    private static final int MOST_ANSWERS = 128;
    private static final int MOST_ALTERNATIVES = 20;

    /** @throws ApiException (400) if a field is wrong, or not known */
    static ChatCompletionRequest read(JsonFields fields, Caller caller) {
        String model = fields.text("model");
        boolean logProbabilities = fields.flag("logprobs", false);
        int alternatives = (int) fields.whole("top_logprobs", 0, MOST_ALTERNATIVES, 0);
        if (fields.has("top_logprobs") && !logProbabilities) {
            throw ApiException.invalid(
                    fields.at("top_logprobs"),
                    "'%s' is set and '%s' is not true. Set both."
                            .formatted(fields.at("top_logprobs"), fields.at("logprobs")));
        }
        onlyText(fields);
        notStored(fields);
        LimitFields.passOver(fields);
        fields.harmless("prediction", "verbosity");
        ChatCompletionRequest request = new ChatCompletionRequest(
                model,
                MessageFields.read(fields),
                SamplingFields.read(fields),
                LimitFields.read(fields, 1, "max_completion_tokens", "max_tokens"),
                (int) fields.whole("n", 1, MOST_ANSWERS, 1),
                logProbabilities ? alternatives : -1,
                ToolFields.read(fields, ToolFields.Layout.NESTED),
                !fields.flag("parallel_tool_calls", true) || ToolFields.beforeTools(fields),
                ToolFields.beforeTools(fields),
                fields.optional("metadata"),
                ShapeFields.read(fields),
                TemplateFields.read(fields),
                LimitFields.scheduling(fields, caller),
                StreamFields.read(fields),
                List.of());
        fields.end();
        return request.with(fields.passedOver());
    }

    private ChatCompletionRequest with(List<String> others) {
        return new ChatCompletionRequest(
                model,
                messages,
                sampling,
                limits,
                answers,
                topLogProbabilities,
                tools,
                firstCallOnly,
                beforeTools,
                metadata,
                shape,
                templateArguments,
                scheduling,
                stream,
                others);
    }

    private static void onlyText(JsonFields fields) {
        if (!fields.texts("modalities").stream().allMatch("text"::equals)) {
            throw ApiException.invalid(
                    fields.at("modalities"),
                    "'%s' asks for more than text, which this server's models write. Send [\"text\"], or leave it out."
                            .formatted(fields.at("modalities")));
        }
    }

    private static void notStored(JsonFields fields) {
        if (fields.flag("store", false)) {
            throw ApiException.invalid(
                    fields.at("store"),
                    "'%s' is true, and chat completions are not kept here. Leave it out, or use /v1/responses, which keeps them."
                            .formatted(fields.at("store")));
        }
        fields.harmless("store");
    }

    /** The question to a model. */
    ChatRequest over(Defaults defaults) {
        return new ChatRequest(
                messages,
                sampling.over(defaults),
                limits.over(defaults, Limits.UNLIMITED),
                topLogProbabilities,
                tools,
                shape,
                templateArguments,
                scheduling);
    }
}
