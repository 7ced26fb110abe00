package dev.ayni.server.jobs;

import dev.ayni.server.http.JsonFields;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One line of a batch's input: {@code {"custom_id": "...", "method": "POST", "url": "/v1/...", "body": {...}}}.
 *
 * @param customId by which its answer is found again
 */
public record BatchRequest(String customId, String url, JsonNode body) {
    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxTokenCount(JsonFields.MOST_TOKENS)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** What can be asked for by a batch. */
    public static final Set<String> ENDPOINTS =
            Set.of("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses");

    /** A line that is no request: a word for programs, the field that is wrong, and a letter. */
    static final class Wrong extends Exception {
        private static final long serialVersionUID = 1;

        private final String code;
        private final @Nullable String field;

        Wrong(String code, @Nullable String field, String letter) {
            super(letter);
            this.code = code;
            this.field = field;
        }

        String code() {
            return code;
        }

        @Nullable
        String field() {
            return field;
        }

        String letter() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * Reads a line.
     *
     * @param endpoint the url that it has to have; null: any of {@link #ENDPOINTS}
     */
    static BatchRequest of(String line, @Nullable String endpoint) throws Wrong {
        JsonNode node;
        try {
            node = MAPPER.readTree(line);
        } catch (JacksonException e) {
            throw new Wrong(
                    "invalid_json_line",
                    null,
                    "The line is no valid JSON: %s. A line holds one JSON object."
                            .formatted(
                                    e.getOriginalMessage().lines().findFirst().orElse("")));
        }
        if (!node.isObject()) {
            throw new Wrong("invalid_json_line", null, "The line is no JSON object.");
        }
        String customId = text(node, "custom_id");
        if (customId.isEmpty() || customId.length() > 512) {
            throw new Wrong("invalid_custom_id", "custom_id", "'custom_id' has to have 1 to 512 characters.");
        }
        String method = text(node, "method");
        if (!method.equals("POST")) {
            throw new Wrong("invalid_method", "method", "'method' is '%s'; expected POST.".formatted(cut(method)));
        }
        String url = text(node, "url");
        if (endpoint == null ? !ENDPOINTS.contains(url) : !url.equals(endpoint)) {
            throw new Wrong(
                    "invalid_url",
                    "url",
                    "'url' is '%s'; expected %s."
                            .formatted(
                                    cut(url),
                                    endpoint == null
                                            ? String.join(
                                                    ", ",
                                                    ENDPOINTS.stream().sorted().toList())
                                            : "%s, the endpoint of the batch".formatted(endpoint)));
        }
        JsonNode body = node.get("body");
        if (body == null || !body.isObject()) {
            throw new Wrong("invalid_body", "body", "'body' is missing or no object; expected the request as JSON.");
        }
        if (body.path("stream").asBoolean(false)) {
            throw new Wrong("invalid_body", "body.stream", "'stream' is true; a batch's answers are sent whole.");
        }
        if (body.path("background").asBoolean(false)) {
            throw new Wrong(
                    "invalid_body",
                    "body.background",
                    "'background' is true; a batch is the background already, and waits for its answers.");
        }
        return new BatchRequest(customId, url, body);
    }

    private static String text(JsonNode node, String field) throws Wrong {
        JsonNode value = node.get(field);
        if (value == null || !value.isString()) {
            throw new Wrong("missing_required_parameter", field, "'%s' is missing or no string.".formatted(field));
        }
        return value.stringValue();
    }

    private static String cut(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }

    /** The body as it is sent. */
    byte[] bytes() {
        return MAPPER.writeValueAsBytes(body);
    }

    /** The line of the output or error file for an answer. */
    static String answered(String id, String customId, int status, String body) {
        ObjectNode line = MAPPER.createObjectNode();
        line.put("id", id);
        line.put("custom_id", customId);
        ObjectNode response = line.putObject("response");
        response.put("status_code", status);
        response.put("request_id", id);
        response.set("body", MAPPER.readTree(body));
        line.putNull("error");
        return MAPPER.writeValueAsString(line);
    }

    /** The line of the error file for a request that was not answered. */
    static String unanswered(String id, String customId, String code, String letter) {
        ObjectNode line = MAPPER.createObjectNode();
        line.put("id", id);
        line.put("custom_id", customId);
        line.putNull("response");
        ObjectNode error = line.putObject("error");
        error.put("code", code);
        error.put("message", letter);
        return MAPPER.writeValueAsString(line);
    }
}
