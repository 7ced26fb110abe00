package dev.ayni.engine.weights;

import static dev.ayni.engine.weights.WeightsException.quoted;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/** What a folder's config.json says of its model. */
record ConfigJson(String source, Map<String, @Nullable Object> values) implements Metadata {
    private static final long MOST_BYTES = 4 << 20;

    static ConfigJson read(Path path) throws IOException {
        if (Files.size(path) > MOST_BYTES) {
            throw new WeightsException(
                    "%s has %d bytes, and a config.json has at most %d. It is another file: get the right one."
                            .formatted(path, Files.size(path), MOST_BYTES));
        }
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        try (InputStream in = Files.newInputStream(path);
                JsonParser json = Json.FACTORY.createParser(ObjectReadContext.empty(), in)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw broken(path, "it does not begin with {");
            }
            members(path, json, "", values);
            if (json.nextToken() != null) {
                throw broken(path, "something follows its end");
            }
        } catch (JacksonException e) {
            throw Json.broken(path, "it", e);
        }
        return new ConfigJson(path.toString(), textHalf(values));
    }

    /** A model that also sees describes the half that reads and writes in an object of its own: its members come first. */
    private static Map<String, @Nullable Object> textHalf(Map<String, @Nullable Object> values) {
        String half = "text_config.";
        if (!(values.get(half + "model_type") instanceof String)) {
            return values;
        }
        Map<String, @Nullable Object> lifted = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            if (key.startsWith(half)) {
                lifted.put(key.substring(half.length()), value);
            }
        });
        values.forEach(lifted::putIfAbsent);
        return lifted;
    }

    @Override
    public Dialect dialect() {
        return Dialect.HUGGING_FACE;
    }

    @Override
    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    @Override
    public @Nullable Object value(String key) {
        return values.get(key);
    }

    private static void members(Path path, JsonParser json, String prefix, Map<String, @Nullable Object> into) {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = prefix + json.currentName();
            if (json.nextToken() == JsonToken.START_OBJECT) {
                members(path, json, key + ".", into);
            } else if (into.containsKey(key)) {
                throw broken(path, "%s stands twice".formatted(quoted(key)));
            } else {
                into.put(key, value(path, json));
            }
        }
    }

    private static @Nullable Object value(Path path, JsonParser json) {
        return switch (json.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> json.getString();
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_NUMBER_INT ->
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? (Object) json.getDoubleValue()
                        : (Object) json.getLongValue();
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(path, json));
                }
                yield Collections.unmodifiableList(list);
            }
            case START_OBJECT -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                members(path, json, "", object);
                yield Collections.unmodifiableMap(object);
            }
            case null, default -> throw broken(path, "it is cut short");
        };
    }

    private static WeightsException broken(Path path, String found) {
        return new WeightsException(
                "%s: %s, and the JSON object that describes a model was expected. The file is damaged: get it again."
                        .formatted(path, found));
    }
}
