package dev.ayni.studio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads standard input of which each line is a JSON string. */
final class JsonLines {
    private final InputStream in;
    private final JsonFactory factory = new JsonFactory();
    private int number;

    JsonLines(InputStream in) {
        this.in = in;
    }

    /**
     * The text of the next line; null after the last.
     *
     * @throws Letter if the line is no JSON string
     */
    @Nullable
    String next() throws IOException {
        byte[] line = line();
        number++;
        return line == null ? null : text(Streams.utf8(line, "Line %d of standard input".formatted(number)));
    }

    private byte @Nullable [] line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                return line.toByteArray();
            }
            line.write(b);
        }
        return line.size() == 0 ? null : line.toByteArray();
    }

    private String text(String json) {
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() == JsonToken.VALUE_STRING) {
                String value = parser.getString();
                if (parser.nextToken() == null) {
                    return value;
                }
            }
        } catch (JacksonException e) {
            throw new Letter(
                    "Line %d of standard input is no JSON string: %s. Expected one in quotes on each line."
                            .formatted(number, e.getOriginalMessage()),
                    e);
        }
        throw new Letter(
                "Line %d of standard input is no JSON string. Expected one in quotes on each line.".formatted(number));
    }
}
