package dev.ayni.server.openai;

import dev.ayni.server.http.Route.Described;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What requests and answers look like: JSON Schemas beside this class. A field that changes nothing has the mark
 * {@code "x-ayni": "passed over"}. A test holds them to what the code reads and writes, field by field.
 */
final class Schemas {
    private Schemas() {}

    static Described of(String request, String answer) {
        return new Described(
                request.isEmpty() ? "" : text(request + ".request"), answer.isEmpty() ? "" : text(answer + ".answer"));
    }

    /** @param name of a file, without its ending */
    static String text(String name) {
        try (InputStream file = Schemas.class.getResourceAsStream(name + ".json")) {
            if (file == null) {
                throw new IllegalArgumentException("There is no schema '%s'.".formatted(name));
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
