package dev.ayni.server.http;

import dev.ayni.chat.OverloadedException;
import dev.ayni.engine.NoChatTemplateException;
import dev.ayni.engine.generation.PromptException;
import dev.ayni.engine.shape.ShapeException;
import dev.ayni.template.TemplateException;
import java.util.Map;

/** What a failure of a room below means to a client. */
public final class Failures {
    private Failures() {}

    /**
     * The error to answer with. What the client can mend keeps its letter; what is our own mistake says nothing of the
     * inside, and is to be logged by the caller.
     */
    public static ApiException of(Throwable failure) {
        return switch (failure) {
            case ApiException told -> told;
            case OverloadedException busy ->
                new ApiException(
                        429,
                        "overloaded",
                        null,
                        Map.of("Retry-After", String.valueOf(Math.max(1, (busy.retryAfterMillis() + 999) / 1000))),
                        busy.getMessage() == null
                                ? "Too many requests wait already. Send it again later."
                                : busy.getMessage());
            case PromptException e -> wrong("context_length_exceeded", e);
            case ShapeException e -> wrong("invalid_shape", e);
            case NoChatTemplateException e -> wrong("no_chat_template", e);
            case TemplateException e -> wrong("template_refused", e);
            case IllegalArgumentException e -> wrong("invalid_value", e);
            default ->
                new ApiException(
                        500,
                        "server_error",
                        null,
                        Map.of(),
                        "Something went wrong inside the server, which is not the request's fault. Its log has the reason, under the id of this request.");
        };
    }

    private static ApiException wrong(String code, RuntimeException e) {
        return new ApiException(400, code, null, Map.of(), String.valueOf(e.getMessage()));
    }
}
