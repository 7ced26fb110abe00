package dev.ayni.server.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that is answered with an error; each protocol writes it in its own shape. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;
    private final @Nullable String parameter;
    private final transient Map<String, String> headers;

    /**
     * @param status of HTTP
     * @param code a word for programs, such as {@code model_not_found}
     * @param parameter the path of the field that is wrong, such as {@code messages[2].role}; null: none in particular
     * @param headers that go with the answer, such as {@code Retry-After}
     * @param message what was found, what was expected, what to do
     */
    public ApiException(
            int status, String code, @Nullable String parameter, Map<String, String> headers, String message) {
        super(message);
        this.status = status;
        this.code = code;
        this.parameter = parameter;
        this.headers = Map.copyOf(headers);
    }

    /** 400: the request is wrong. */
    public static ApiException invalid(@Nullable String parameter, String message) {
        return new ApiException(400, "invalid_value", parameter, Map.of(), message);
    }

    /** 404: there is no such thing. */
    public static ApiException notFound(String code, String message) {
        return new ApiException(404, code, null, Map.of(), message);
    }

    public int status() {
        return status;
    }

    public String code() {
        return code;
    }

    public @Nullable String parameter() {
        return parameter;
    }

    public Map<String, String> headers() {
        return headers;
    }
}
