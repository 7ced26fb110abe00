package dev.ayni.studio;

import java.io.OutputStream;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/** Writes JSON as it goes, so that results larger than memory can be written. */
final class Json {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT) // what was cut short must not look whole
            .disable(
                    JsonWriteFeature
                            .WRITE_NAN_AS_STRINGS) // what is not finite: NaN and Infinity, as other tools read it
            .build();

    private Json() {}

    /** A writer of one JSON value; numbers are written with the fewest digits that give them back exactly. */
    static JsonGenerator to(OutputStream out) {
        return FACTORY.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8);
    }

    static void writeIds(JsonGenerator json, int[] ids) {
        json.writeStartObject();
        json.writeName("ids");
        json.writeArray(ids, 0, ids.length);
        json.writeEndObject();
    }
}
