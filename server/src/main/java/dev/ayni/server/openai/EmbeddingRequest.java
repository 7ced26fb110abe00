package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * What {@code POST /v1/embeddings} asks for.
 *
 * @param dimensions that a vector shall have; 0: as many as it has
 * @param base64 whether vectors come as bytes, floats of 32 bits with the lowest byte first, and not as lists of numbers
 * @param passedOver the fields that change nothing here
 */
record EmbeddingRequest(String model, List<Input> inputs, int dimensions, boolean base64, List<String> passedOver) {
    private static final int MOST_INPUTS = 2048;

    /** What becomes a vector. */
    sealed interface Input {
        record Text(String text) implements Input {}

        record Tokens(List<Integer> ids) implements Input {}
    }

    static EmbeddingRequest read(JsonFields fields) {
        String model = fields.text("model");
        String format = fields.text("encoding_format", "float");
        if (!format.equals("float") && !format.equals("base64")) {
            throw ApiException.invalid(
                    fields.at("encoding_format"),
                    "'%s' is '%s'; expected 'float' or 'base64'.".formatted(fields.at("encoding_format"), format));
        }
        int dimensions = (int) fields.whole("dimensions", 1, 1 << 20, 0);
        List<Input> inputs = inputs(fields);
        fields.harmless("user");
        fields.end();
        return new EmbeddingRequest(model, inputs, dimensions, format.equals("base64"), fields.passedOver());
    }

    private static List<Input> inputs(JsonFields fields) {
        JsonNode input = fields.optional("input");
        if (input == null) {
            throw new ApiException(
                    400,
                    "missing_required_parameter",
                    fields.at("input"),
                    Map.of(),
                    "'%s' is missing; expected a text, token ids, or a list of either.".formatted(fields.at("input")));
        }
        List<Input> inputs = new ArrayList<>();
        if (input.isArray() && !input.isEmpty() && !input.get(0).isNumber()) {
            for (JsonNode item : input.values()) {
                inputs.add(input("input[%d]".formatted(inputs.size()), item, fields));
            }
        } else {
            inputs.add(input("input", input, fields));
        }
        if (inputs.size() > MOST_INPUTS) {
            throw ApiException.invalid(
                    fields.at("input"),
                    "'%s' has %d texts; expected at most %d. Send them in several requests."
                            .formatted(fields.at("input"), inputs.size(), MOST_INPUTS));
        }
        return inputs;
    }

    private static Input input(String name, JsonNode node, JsonFields fields) {
        if (!node.isString()) {
            return new Input.Tokens(CompletionRequest.tokens(name, node, fields, "a text, or token ids"));
        }
        if (node.stringValue().isEmpty()) {
            throw ApiException.invalid(
                    fields.at(name), "'%s' is empty: nothing has no meaning. Send a text.".formatted(fields.at(name)));
        }
        return new Input.Text(node.stringValue());
    }
}
