package dev.ayni.engine.weights;

import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** How JSON is read here: as a stream, with bounds, a member's name only once. */
final class Json {
    private static final int MOST_STRING = 16 << 20;

    /** NaN and Infinity are no JSON, but Python writes them and published config.json files hold them. */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNameLength(65_535)
                    .maxStringLength(MOST_STRING)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            // names of tensors stand once each, so that a table of names would only grow
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
            .build();

    private Json() {}

    /** The letter for what is no JSON. */
    static WeightsException broken(Path path, String what, JacksonException e) {
        return new WeightsException(
                "%s: %s is not valid JSON (%s, at line %d, column %d). The file is damaged or was cut short: get it again."
                        .formatted(
                                path,
                                what,
                                shortened(e.getOriginalMessage()),
                                e.getLocation().getLineNr(),
                                e.getLocation().getColumnNr()),
                e);
    }

    private static String shortened(String message) {
        return message.length() > 200 ? message.substring(0, 200) + "..." : message;
    }
}
