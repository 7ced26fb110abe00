package dev.ayni.engine.shape;

import dev.ayni.chat.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Any text as a JSON Schema: a letter, or a shape whose texts are JSON. */
final class JsonSchemaFuzz {
    private JsonSchemaFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        for (String text : ShapeWalk.texts(new Shape.JsonSchema(new String(input, StandardCharsets.UTF_8)))) {
            JsonMapper.shared().readTree(text);
        }
    }

    static List<byte[]> seeds() {
        return List.of(
                        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":-5,\"maximum\":50},\"b\":{\"type\":\"string\",\"maxLength\":5,\"pattern\":\"^[a-c]+$\"}},\"required\":[\"a\"],\"additionalProperties\":false}",
                        "{\"type\":\"array\",\"items\":{\"enum\":[1,\"x\",null,true]},\"minItems\":1,\"maxItems\":3,\"prefixItems\":[{\"type\":\"number\",\"multipleOf\":0.5}]}",
                        "{\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#/$defs/n\"}}}},\"$ref\":\"#/$defs/n\"}",
                        "{\"anyOf\":[{\"type\":[\"string\",\"null\"],\"format\":\"date\"},{\"const\":{\"k\":[1.5e3]}}],\"not\":{\"const\":\"2024-01-01\"}}",
                        "{\"allOf\":[{\"if\":{\"required\":[\"a\"]},\"then\":{\"minProperties\":2},\"else\":{\"maxProperties\":1}}],\"type\":\"object\",\"patternProperties\":{\"^a\":{\"type\":\"boolean\"}},\"propertyNames\":{\"maxLength\":2}}",
                        "{\"oneOf\":[{\"type\":\"integer\",\"exclusiveMinimum\":0},{\"type\":\"number\",\"maximum\":3}],\"unevaluatedProperties\":false}")
                .stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<String> words() {
        return List.of(
                "\"type\":",
                "\"object\"",
                "\"array\"",
                "\"string\"",
                "\"number\"",
                "\"integer\"",
                "\"boolean\"",
                "\"null\"",
                "\"properties\":",
                "\"required\":",
                "\"additionalProperties\":",
                "\"patternProperties\":",
                "\"propertyNames\":",
                "\"minProperties\":",
                "\"maxProperties\":",
                "\"dependentRequired\":",
                "\"dependentSchemas\":",
                "\"items\":",
                "\"prefixItems\":",
                "\"contains\":",
                "\"minContains\":",
                "\"uniqueItems\":",
                "\"minItems\":",
                "\"maxItems\":",
                "\"enum\":",
                "\"const\":",
                "\"anyOf\":",
                "\"oneOf\":",
                "\"allOf\":",
                "\"not\":",
                "\"if\":",
                "\"then\":",
                "\"else\":",
                "\"$ref\":\"#\"",
                "\"$defs\":",
                "\"$id\":",
                "\"$anchor\":",
                "\"$dynamicRef\":",
                "\"minimum\":",
                "\"maximum\":",
                "\"exclusiveMinimum\":",
                "\"multipleOf\":",
                "\"minLength\":",
                "\"maxLength\":",
                "\"pattern\":",
                "\"format\":",
                "\"date-time\"",
                "\"unevaluatedItems\":",
                "\"unevaluatedProperties\":",
                "1e999",
                "9007199254740993",
                "0.1",
                "\"(a+)+$\"",
                "\"\\\\p{L}\"",
                "[^a]{2,1000}",
                "true",
                "false",
                "null");
    }
}
