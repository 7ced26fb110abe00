package dev.ayni.server.openai;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
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
 * @param beforeTools whether tools were offered as functions, so that a call is told as one of those
 * @param metadata comes back in an answer that is sent whole; null: there is none
 * @param passedOver the fields that change nothing here
 */
record ChatCompletionRequest(
        String model,
        List<Message> messages,
        QuestionFields question,
        int answers,
        boolean beforeTools,
        @Nullable JsonNode metadata,
        StreamFields stream,
        List<String> passedOver) {
    private static final int MOST_ANSWERS = 128;

    /** @throws ApiException (400) if a field is wrong, or not known */
    static ChatCompletionRequest read(JsonFields fields, Caller caller) {
        String model = fields.text("model");
        int probabilities = logProbabilities(fields);
        onlyText(fields);
        notStored(fields);
        LimitFields.passOver(fields);
        fields.harmless("prediction", "verbosity");
        List<Message> messages = MessageFields.read(fields);
        QuestionFields question = new QuestionFields(
                SamplingFields.read(fields),
                LimitFields.read(fields, 1, "max_completion_tokens", "max_tokens"),
                probabilities,
                ToolFields.read(fields, ToolFields.Layout.NESTED),
                !fields.flag("parallel_tool_calls", true) || ToolFields.beforeTools(fields),
                ShapeFields.read(fields),
                TemplateFields.read(fields),
                LimitFields.scheduling(fields, caller));
        int answers = (int) fields.whole("n", 1, MOST_ANSWERS, 1);
        JsonNode metadata = fields.optional("metadata");
        StreamFields stream = StreamFields.read(fields);
        fields.end();
        return new ChatCompletionRequest(
                model,
                messages,
                question,
                answers,
                ToolFields.beforeTools(fields),
                metadata,
                stream,
                fields.passedOver());
    }

    private static int logProbabilities(JsonFields fields) {
        boolean wanted = fields.flag("logprobs", false);
        int alternatives = (int) fields.whole("top_logprobs", 0, QuestionFields.MOST_ALTERNATIVES, 0);
        if (fields.has("top_logprobs") && !wanted) {
            throw ApiException.invalid(
                    fields.at("top_logprobs"),
                    "'%s' is set and '%s' is not true. Set both."
                            .formatted(fields.at("top_logprobs"), fields.at("logprobs")));
        }
        return wanted ? alternatives : -1;
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
        return question.over(messages, defaults);
    }
}
