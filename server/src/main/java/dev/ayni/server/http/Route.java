package dev.ayni.server.http;

import dev.ayni.server.access.Role;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be asked for.
 *
 * @param method of HTTP, in capitals
 * @param path with {@code {name}} for what varies, and {@code {name...}} for what may hold slashes
 * @param role whom it is for; null: everybody, without a key
 * @param summary one sentence for the API's description
 * @param schema what the request's and the answer's JSON look like, for the API's description; see {@link Described}
 */
public record Route(
        String method, String path, @Nullable Role role, String summary, Described schema, Handler handler) {
    /**
     * JSON Schemas, as text.
     *
     * @param request of the body; empty: there is none
     * @param answer of the body; empty: no JSON
     */
    public record Described(String request, String answer) {
        public static final Described NOTHING = new Described("", "");
    }

    /** A route for whoever may ask models. */
    public static Route of(String method, String path, String summary, Described schema, Handler handler) {
        return new Route(method, path, Role.USER, summary, schema, handler);
    }
}
