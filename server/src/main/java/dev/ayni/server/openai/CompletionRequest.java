package dev.ayni.server.openai;

import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.TextRequest.Prompt;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.Defaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What {@code POST /v1/completions} asks for.
 *
 * @param answers how many to each prompt
 * @param drawn how many are drawn for each prompt, of which the best are answered
 * @param echo whether an answer begins with its prompt
 * @param alternatives of each token whose log-probability is told; -1: none is
 * @param passedOver the fields that change nothing here
 */
record CompletionRequest(
        String model,
        List<Prompt> prompts,
        SamplingFields sampling,
        LimitFields limits,
        int answers,
        int drawn,
        boolean echo,
        int alternatives,
        @Nullable Shape shape,
        Scheduling scheduling,
        StreamFields stream,
        List<String> passedOver) {
    private static final int MOST_ANSWERS = 128;
    private static final int MOST_ALTERNATIVES = 20;
    private static final int MOST_PROMPTS = 2048;
    private static final int USUAL_TOKENS = 16; // the protocol's own, if nobody says more

    static CompletionRequest read(JsonFields fields, Caller caller) {
        String model = fields.text("model");
        int answers = (int) fields.whole("n", 1, MOST_ANSWERS, 1);
        int drawn = (int) fields.whole("best_of", 1, MOST_ANSWERS, answers);
        boolean echo = fields.flag("echo", false);
        StreamFields stream = StreamFields.read(fields);
        if (drawn < answers || drawn > answers && stream.wanted()) {
            throw ApiException.invalid(
                    fields.at("best_of"),
                    drawn < answers
                            ? "'%s' is %d and 'n' is %d: of so few there are no more to choose. Raise it, or lower 'n'."
                                    .formatted(fields.at("best_of"), drawn, answers)
                            : "'%s' is %d in a stream, but which answers are the best is known only at the end. Leave out one of them."
                                    .formatted(fields.at("best_of"), drawn));
        }
        if (!fields.text("suffix", "").isEmpty()) {
            throw ApiException.invalid(
                    fields.at("suffix"),
                    "'%s' is set, but no model here fills in before a given end. Leave it out, or write the end into the prompt with the marks that the model was trained on."
                            .formatted(fields.at("suffix")));
        }
        LimitFields.passOver(fields);
        CompletionRequest request = new CompletionRequest(
                model,
                prompts(fields),
                SamplingFields.read(fields),
                LimitFields.read(fields, 0, "max_tokens"),
                answers,
                drawn,
                echo,
                (int) fields.whole("logprobs", 0, MOST_ALTERNATIVES, -1),
                ShapeFields.read(fields),
                LimitFields.scheduling(fields, caller),
                stream,
                List.of());
        fields.end();
        return new CompletionRequest(
                request.model,
                request.prompts,
                request.sampling,
                request.limits,
                answers,
                drawn,
                echo,
                request.alternatives,
                request.shape,
                request.scheduling,
                stream,
                fields.passedOver());
    }

    private static List<Prompt> prompts(JsonFields fields) {
        JsonNode prompt = fields.optional("prompt");
        if (prompt == null) {
            throw new ApiException(
                    400,
                    "missing_required_parameter",
                    fields.at("prompt"),
                    Map.of(),
                    "'%s' is missing; expected a text, token ids, or a list of either.".formatted(fields.at("prompt")));
        }
        List<Prompt> prompts = new ArrayList<>();
        if (prompt.isArray() && !prompt.isEmpty() && !prompt.get(0).isNumber()) {
            for (JsonNode item : prompt.values()) {
                prompts.add(prompt("prompt[%d]".formatted(prompts.size()), item, fields));
            }
        } else {
            prompts.add(prompt("prompt", prompt, fields));
        }
        if (prompts.size() > MOST_PROMPTS) {
            throw ApiException.invalid(
                    fields.at("prompt"),
                    "'%s' has %d prompts; expected at most %d."
                            .formatted(fields.at("prompt"), prompts.size(), MOST_PROMPTS));
        }
        return prompts;
    }

    private static Prompt prompt(String name, JsonNode node, JsonFields fields) {
        return node.isString()
                ? new Prompt.Text(node.stringValue())
                : new Prompt.Tokens(tokens(name, node, fields, "a text, or token ids"));
    }

    /** Token ids in a list that is not empty. */
    static List<Integer> tokens(String name, JsonNode node, JsonFields fields, String expected) {
        List<Integer> ids = new ArrayList<>();
        if (!node.isArray() || node.isEmpty()) {
            throw fields.wrong(name, node, expected);
        }
        for (JsonNode id : node.values()) {
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
                throw fields.wrong("%s[%d]".formatted(name, ids.size()), id, "a token id");
            }
            ids.add(id.intValue());
        }
        return ids;
    }

    /** The question to a model, for one of the prompts. */
    TextRequest over(Prompt prompt, Defaults defaults) {
        return new TextRequest(
                prompt,
                sampling.over(defaults),
                limits.over(defaults, USUAL_TOKENS),
                drawn > answers ? Math.max(0, alternatives) : alternatives,
                echo && alternatives >= 0,
                shape,
                scheduling);
    }
}
