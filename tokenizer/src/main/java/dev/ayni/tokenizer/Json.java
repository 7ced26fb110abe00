package dev.ayni.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** A small JSON object that was read whole, with the place it came from for messages. */
record Json(String file, Map<?, ?> members) {
    private static final Object NULL = new Object();

    /** Reads the value at which the parser stands: maps, lists, strings, numbers, booleans; null is left out of maps. */
    static Object read(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, Object> members = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                Object value = read(parser);
                if (value != NULL) {
                    members.put(name, value);
                }
            }
            return members;
        }
        if (token == JsonToken.START_ARRAY) {
            List<Object> elements = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(read(parser));
            }
            return elements;
        }
        if (token == JsonToken.VALUE_STRING) {
            return parser.getString();
        }
        if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
            return token == JsonToken.VALUE_TRUE;
        }
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            return parser.getDoubleValue();
        }
        return NULL;
    }

    /** Reads an object; null where there is another value. */
    static @Nullable Json object(String file, JsonParser parser) {
        return read(parser) instanceof Map<?, ?> members ? new Json(file, members) : null;
    }

    String text(String name) {
        if (members.get(name) instanceof String text) {
            return text;
        }
        throw new TokenizerException("%s: %s has no text '%s', which it must have. Take another copy of the file."
                .formatted(file, members, name));
    }

    @Nullable
    String textOrNull(String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    boolean flag(String name, boolean otherwise) {
        return members.get(name) instanceof Boolean flag ? flag : otherwise;
    }

    /** A whole number, or -1 where there is none. */
    int number(String name) {
        return members.get(name) instanceof Double number ? number.intValue() : -1;
    }

    /** A whole number or several. */
    int[] numbers(String name) {
        return switch (members.get(name)) {
            case Double number -> new int[] {number.intValue()};
            case List<?> list ->
                list.stream()
                        .filter(Double.class::isInstance)
                        .mapToInt(element -> ((Double) element).intValue())
                        .toArray();
            case null, default -> new int[0];
        };
    }

    @Nullable
    Json object(String name) {
        return members.get(name) instanceof Map<?, ?> inner ? new Json(file, inner) : null;
    }

    List<Json> list(String name) {
        List<Json> objects = new ArrayList<>();
        if (members.get(name) instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> inner) {
                    objects.add(new Json(file, inner));
                }
            }
        }
        return objects;
    }

    /** A pattern: "String" or "Regex" and its text. */
    Map.Entry<String, String> pattern(String name) {
        Json pattern = object(name);
        if (pattern != null) {
            for (String kind : List.of("String", "Regex")) {
                String text = pattern.textOrNull(kind);
                if (text != null && !text.isEmpty()) {
                    return Map.entry(kind, text);
                }
            }
        }
        throw refused("a pattern in %s".formatted(members), "{\"String\": ...} and {\"Regex\": ...}");
    }

    /** The letter about something that is not known here. */
    TokenizerException refused(String found, String known) {
        return new TokenizerException(
                "%s: %s is not known here, and without it the ids would be wrong. Known: %s. Use a GGUF file of the same model, or another model."
                        .formatted(file, found, known));
    }
}
