package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Errors as OpenAI's clients read them. */
final class OpenAiErrors {
    private OpenAiErrors() {}

    static String body(ApiException error) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode told = body.putObject("error");
        told.put("message", error.getMessage());
        told.put("type", type(error.status()));
        told.put("param", error.parameter());
        told.put("code", error.code());
        return body.toString();
    }

    /** The kind that clients know for a status. */
    static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 429 -> "rate_limit_error";
            default -> status < 500 ? "invalid_request_error" : "server_error";
        };
    }
}
