package dev.ayni.server.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fields of a JSON object in a request, each read with the type that is expected of it. What nobody reads is told by
 * {@link #end}: a parameter that is not known is an error and never passed over in silence.
 */
public final class JsonFields {
    /**
     * The words, brackets and values of a body. A list of empty objects takes thirty times its length once it is read, so
     * that its bytes alone do not say how much memory it wants.
     */
    public static final int MOST_TOKENS = 1_000_000;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(200)
                            .maxTokenCount(MOST_TOKENS)
                            .maxStringLength(64 << 20)
                            .maxNumberLength(1000)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode object;
    private final String path;
    private final Told told;
    private final Set<String> read = new LinkedHashSet<>();

    private JsonFields(JsonNode object, String path, Told told) {
        this.object = object;
        this.path = path;
        this.told = told;
    }

    /** What a request tells of its fields, those of objects within it included. */
    private record Told(Set<String> known, Set<String> harmless, List<String> passedOver) {}

    /**
     * The fields of a body.
     *
     * @throws ApiException (400) if it is no JSON object in UTF-8, names a field twice, is nested too deeply, or holds
     *     more than {@link #MOST_TOKENS} brackets, names and values
     */
    public static JsonFields of(byte[] body) {
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw ApiException.invalid(
                    null, "The body is no valid JSON: %s. Send one JSON object in UTF-8.".formatted(plain(e)));
        }
        if (!node.isObject()) {
            throw ApiException.invalid(
                    null, "The body is %s. Send a JSON object.".formatted(body.length == 0 ? "empty" : kind(node)));
        }
        return new JsonFields(node, "", new Told(new LinkedHashSet<>(), new LinkedHashSet<>(), new ArrayList<>()));
    }

    private static String plain(JacksonException e) {
        String where = e.getLocation() == null
                ? ""
                : " at line %d, column %d"
                        .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
        String what = e.getOriginalMessage().lines().findFirst().orElse("");
        return what.replaceAll(", from `[^`]*`", "") + where; // which setting of the library it was
    }

    /** Whether the field is there and not null. */
    public boolean has(String name) {
        return optional(name) != null;
    }

    /** A field as it stands; null if it is not there, or is JSON's null. */
    public @Nullable JsonNode optional(String name) {
        read.add(name);
        told.known.add(general(at(name)));
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private JsonNode required(String name, String expected) {
        JsonNode value = optional(name);
        if (value == null) {
            throw new ApiException(
                    400,
                    "missing_required_parameter",
                    at(name),
                    Map.of(),
                    "'%s' is missing; expected %s.".formatted(at(name), expected));
        }
        return value;
    }

    /** @throws ApiException (400) if it is missing or no string */
    public String text(String name) {
        return text(name, required(name, "a string"));
    }

    public String text(String name, String otherwise) {
        JsonNode value = optional(name);
        return value == null ? otherwise : text(name, value);
    }

    private String text(String name, JsonNode value) {
        if (!value.isString()) {
            throw wrong(name, value, "a string");
        }
        return value.stringValue();
    }

    /** A number within bounds, both included. */
    public double number(String name, double least, double most, double otherwise) {
        JsonNode value = optional(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isNumber()) {
            throw wrong(name, value, "a number");
        }
        double number = value.doubleValue();
        if (!(number >= least && number <= most)) {
            throw wrong(name, value, "a number from %s to %s".formatted(shown(least), shown(most)));
        }
        return number;
    }

    /** A whole number within bounds, both included. */
    public long whole(String name, long least, long most, long otherwise) {
        JsonNode value = optional(name);
        if (value == null) {
            return otherwise;
        }
        boolean whole = value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
        if (!whole || !value.canConvertToExactIntegral() || value.doubleValue() < least || value.doubleValue() > most) {
            throw wrong(name, value, "a whole number from %d to %d".formatted(least, most));
        }
        return value.isIntegralNumber() ? value.longValue() : (long) value.doubleValue();
    }

    public boolean flag(String name, boolean otherwise) {
        JsonNode value = optional(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw wrong(name, value, "true or false");
        }
        return value.booleanValue();
    }

    /** The object in a field; null if it is not there. */
    public @Nullable JsonFields object(String name) {
        JsonNode value = optional(name);
        if (value == null) {
            return null;
        }
        if (!value.isObject()) {
            throw wrong(name, value, "an object");
        }
        return new JsonFields(value, at(name), told);
    }

    /** The objects in a list; empty if the field is not there. */
    public List<JsonFields> objects(String name) {
        List<JsonFields> objects = new ArrayList<>();
        int i = 0;
        for (JsonNode item : items(name)) {
            String here = "%s[%d]".formatted(name, i++);
            if (!item.isObject()) {
                throw wrong(here, item, "an object");
            }
            objects.add(new JsonFields(item, at(here), told));
        }
        return objects;
    }

    /** The strings in a list; one string counts as a list of one; empty if the field is not there. */
    public List<String> texts(String name) {
        JsonNode value = optional(name);
        if (value != null && value.isString()) {
            return List.of(value.stringValue());
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : items(name)) {
            texts.add(text("%s[%d]".formatted(name, texts.size()), item));
        }
        return texts;
    }

    /** The items of a list; empty if the field is not there. */
    public List<JsonNode> items(String name) {
        JsonNode value = optional(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(name, value, "a list");
        }
        return List.copyOf(value.values());
    }

    /** Notes fields that change nothing here; those that are there are named in the answer's header. */
    public void harmless(String... names) {
        for (String name : names) {
            told.harmless.add(general(at(name)));
            if (has(name)) {
                told.passedOver.add(at(name));
            }
        }
    }

    /** Notes that what stands in a field changes nothing here, though other values of it would. */
    public void passOver(String name) {
        told.passedOver.add(at(name));
    }

    /** The harmless fields that were there, those of objects within included. */
    public List<String> passedOver() {
        return List.copyOf(told.passedOver);
    }

    /** The paths of all fields that were asked for, there or not: {@code messages[].role}. */
    public Set<String> known() {
        return Set.copyOf(told.known);
    }

    /** Those of the {@link #known} paths that change nothing. */
    public Set<String> harmless() {
        return Set.copyOf(told.harmless);
    }

    private static String general(String path) {
        return path.replaceAll("\\[\\d+]", "[]");
    }

    /** Notes that all of this object is read by someone else. */
    public JsonNode whole() {
        object.propertyNames().forEach(read::add);
        return object;
    }

    /**
     * To be called when all that is known was read. A field that is null counts as left out, as it does for the others.
     *
     * @throws ApiException (400) if there is a field that nobody reads
     */
    public void end() {
        for (String name : object.propertyNames()) {
            if (!read.contains(name) && !object.get(name).isNull()) {
                throw new ApiException(
                        400,
                        "unknown_parameter",
                        at(name),
                        Map.of(),
                        "'%s' is not known here, and leaving it out could change the answer without a word. Remove it; docs/guide/serve.md lists what is supported."
                                .formatted(at(name)));
            }
        }
    }

    /** The path of a field within the request, for errors. */
    public String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** The error for a field that is not what was expected. */
    public ApiException wrong(String name, JsonNode found, String expected) {
        return new ApiException(
                400,
                "invalid_type",
                at(name),
                Map.of(),
                "'%s' is %s; expected %s.".formatted(at(name), kind(found), expected));
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT, POJO -> "an object";
            case ARRAY -> "a list";
            case STRING -> "a string";
            case NUMBER -> "the number " + shortened(node.asString());
            case BOOLEAN -> String.valueOf(node.booleanValue());
            case NULL -> "null";
            case MISSING -> "empty";
            case BINARY -> "binary";
        };
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "..." : text;
    }

    private static String shown(double bound) {
        return bound == Math.rint(bound) && Math.abs(bound) < 1e15
                ? String.valueOf((long) bound)
                : String.valueOf(bound);
    }
}
