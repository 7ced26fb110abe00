package dev.ayni.server.http;

import dev.ayni.chat.OverloadedException;
import dev.ayni.engine.NoChatTemplateException;
import dev.ayni.engine.generation.PromptException;
import dev.ayni.engine.shape.ShapeException;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.guard.BlockedException;
import dev.ayni.store.StoreException;
import dev.ayni.template.TemplateException;
import dev.ayni.tensor.KernelsUnavailableException;
import dev.ayni.tokenizer.TokenizerException;
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
            case BlockedException e -> wrong("content_filter", e);
            case IllegalArgumentException e when checkedByAyni(e) -> wrong("invalid_value", e);
            case WeightsException e -> unavailable();
            case TokenizerException e -> unavailable();
            case StoreException e ->
                new ApiException(
                        503,
                        "store_unavailable",
                        null,
                        Map.of("Retry-After", "10"),
                        "The server's database cannot be used just now. Send the request again later; the server's log has the reason.");
            case KernelsUnavailableException e -> unavailable();
            case StackOverflowError e ->
                new ApiException(
                        400, "nested_too_deeply", null, Map.of(), "The request is nested too deeply. Flatten it.");
            case OutOfMemoryError e ->
                new ApiException(
                        503,
                        "out_of_memory",
                        null,
                        Map.of("Retry-After", "10"),
                        "The server's memory is full. Send the request again later, or a shorter one.");
            default ->
                new ApiException(
                        500,
                        "server_error",
                        null,
                        Map.of(),
                        "Something went wrong inside the server, which is not the request's fault. Its log has the reason, under the id of this request.");
        };
    }

    /** Whether one of Ayni's own checks failed, whose message is a letter; not one of the JDK's or a library's. */
    private static boolean checkedByAyni(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length > 0 && trace[0].getClassName().startsWith("dev.ayni.") && failure.getMessage() != null;
    }

    /** Their letters name files of the server. */
    private static ApiException unavailable() {
        return new ApiException(
                503,
                "model_not_usable",
                null,
                Map.of("Retry-After", "30"),
                "The model cannot be used. The server's log has the reason, under the id of this request.");
    }

    private static ApiException wrong(String code, RuntimeException e) {
        return new ApiException(400, code, null, Map.of(), String.valueOf(e.getMessage()));
    }
}
