package dev.ayni.engine.shape;

import java.util.List;

/**
 * Objects of JSON Schemas, each within fixed text: how calls of tools are written. Special tokens in the fixed text are
 * written as such, where the model's vocabulary has them.
 *
 * @param openings the text begins with one of these
 * @param values then comes one of these
 * @param between stands between two values
 * @param closing ends the text
 * @param several whether there may be more than one value
 * @param quote empty: values are written in JSON; else what stands around texts, which are written as they are, and the
 *     names of members are bare words: {@code {city:<escape>Cusco<escape>,days:3}}
 */
public record FramedValues(
        List<String> openings, List<Value> values, String between, String closing, boolean several, String quote) {
    /**
     * An object in its frame.
     *
     * @param name what letters call it
     * @param schema JSON Schema, draft 2020-12; values that are no objects are not written, whatever it says
     */
    public record Value(String name, String before, String schema, String after) {}

    public FramedValues {
        openings = List.copyOf(openings);
        values = List.copyOf(values);
    }
}
