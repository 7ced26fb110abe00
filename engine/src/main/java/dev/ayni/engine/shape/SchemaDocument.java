package dev.ayni.engine.shape;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/** A JSON Schema document: its schemas by their places, and what its references refer to. */
final class SchemaDocument {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();
    private static final Set<String> ONE = Set.of(
            "items",
            "contains",
            "additionalProperties",
            "propertyNames",
            "not",
            "if",
            "then",
            "else",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contentSchema");
    private static final Set<String> LISTS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final Set<String> MAPS =
            Set.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");

    private final JsonNode json;
    private final Map<String, SchemaNode> nodes = new HashMap<>();
    private final Map<String, String> resources = new HashMap<>(); // absolute address to path
    private final Map<String, String> bases = new HashMap<>(); // path of a schema with $id to address
    private final Map<String, String> anchors = new HashMap<>(); // address#anchor to path
    private final Map<String, Integer> dynamicAnchors = new HashMap<>(); // name to how often it stands
    private final Map<String, SchemaNode> made = new HashMap<>();

    private SchemaDocument(JsonNode json) {
        this.json = json;
        resources.put("", "#");
        bases.put("#", "");
        index(json, "#", "");
    }

    /** @throws ShapeException if the text is no JSON, or no schema */
    static SchemaDocument parse(String text) {
        try {
            JsonNode json = MAPPER.readTree(text);
            if (!json.isObject() && !json.isBoolean()) {
                throw new ShapeException("The schema is a JSON %s; a schema is an object, or true or false."
                        .formatted(text.isBlank() ? "text of nothing" : json.getNodeType()));
            }
            return new SchemaDocument(json);
        } catch (JacksonException e) {
            throw new ShapeException("The schema is not valid JSON: %s (line %d, column %d). Correct it there."
                    .formatted(
                            shortened(e.getOriginalMessage()),
                            e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                            e.getLocation() == null ? 1 : e.getLocation().getColumnNr()));
        }
    }

    private static String shortened(String message) {
        return message.length() > 200 ? message.substring(0, 200) + "..." : message;
    }

    SchemaNode root() {
        return node("#", json);
    }

    /** The schema at a keyword. */
    SchemaNode child(SchemaNode parent, String... names) {
        JsonNode at = parent.json();
        StringBuilder path = new StringBuilder(parent.path());
        for (String name : names) {
            at = at.isArray() ? at.get(Integer.parseInt(name)) : at.get(name);
            path.append('/').append(name.replace("~", "~0").replace("/", "~1"));
        }
        return node(path.toString(), at);
    }

    /** A schema that stands in no document, made of another's keyword; the same one for the same JSON. */
    SchemaNode made(JsonNode json, String path) {
        return made.computeIfAbsent(path + " " + json, key -> node(path + "/#" + made.size(), json));
    }

    private SchemaNode node(String path, JsonNode value) {
        SchemaNode known = nodes.get(path);
        if (known == null) {
            if (!value.isObject() && !value.isBoolean()) {
                throw new ShapeException(
                        "At %s a schema was expected, which is an object, or true or false; there is %s. Correct it there."
                                .formatted(path, shortened(value.toString())));
            }
            known = new SchemaNode(nodes.size(), value, path);
            nodes.put(path, known);
        }
        return known;
    }

    private void index(JsonNode schema, String path, String base) {
        if (!schema.isObject()) {
            return;
        }
        String here = base;
        if (schema.path("$id").isString()) {
            here = absolute(base, schema.path("$id").asString());
            resources.put(here, path);
            bases.put(path, here);
        }
        for (String keyword : List.of("$anchor", "$dynamicAnchor")) {
            if (schema.path(keyword).isString()) {
                anchors.put(here + "#" + schema.path(keyword).asString(), path);
            }
        }
        if (schema.path("$dynamicAnchor").isString()) {
            dynamicAnchors.merge(schema.path("$dynamicAnchor").asString(), 1, Integer::sum);
        }
        for (Map.Entry<String, JsonNode> member : schema.properties()) {
            String keyword = member.getKey();
            String below = path + "/" + keyword.replace("~", "~0").replace("/", "~1");
            JsonNode value = member.getValue();
            if (ONE.contains(keyword)) {
                index(value, below, here);
            } else if (LISTS.contains(keyword) && value.isArray()) {
                for (int i = 0; i < value.size(); i++) {
                    index(value.get(i), below + "/" + i, here);
                }
            } else if (MAPS.contains(keyword) && value.isObject()) {
                for (Map.Entry<String, JsonNode> one : value.properties()) {
                    index(
                            one.getValue(),
                            below + "/" + one.getKey().replace("~", "~0").replace("/", "~1"),
                            here);
                }
            }
        }
    }

    private static String absolute(String base, String reference) {
        try {
            String address = reference.startsWith("#") || reference.isEmpty()
                    ? base
                    : URI.create(base).resolve(reference).toString();
            int fragment = address.indexOf('#');
            return fragment < 0 ? address : address.substring(0, fragment);
        } catch (IllegalArgumentException e) {
            throw new ShapeException(
                    "'%s' in the schema is no address (%s). Correct it.".formatted(reference, e.getMessage()));
        }
    }

    /** The address against which references at a path are resolved. */
    private String base(String path) {
        String at = path;
        while (!bases.containsKey(at)) {
            int cut = at.lastIndexOf('/');
            if (cut < 0) {
                return "";
            }
            at = at.substring(0, cut);
        }
        return Objects.requireNonNull(bases.get(at));
    }

    /**
     * What a schema's $ref or $dynamicRef refers to.
     *
     * @throws ShapeException if it is not in the document
     */
    SchemaNode target(SchemaNode from, String keyword) {
        JsonNode value = from.json().get(keyword);
        if (!value.isString()) {
            throw from.refused(keyword, "is no text", "Write a reference such as \"#/$defs/address\".");
        }
        String reference = value.asString();
        int hash = reference.indexOf('#');
        String fragment = hash < 0 ? "" : decoded(reference.substring(hash + 1));
        String address = absolute(base(from.path()), reference);
        String resource = resources.get(address);
        String path = resource;
        if (resource != null && !fragment.isEmpty()) {
            path = fragment.startsWith("/") ? resource + fragment : anchors.get(address + "#" + fragment);
        }
        JsonNode found = path == null ? null : at(path);
        if (path == null || found == null) {
            throw from.refused(
                    keyword,
                    "refers to '%s', which is not in this document".formatted(reference),
                    "Nothing is fetched: put the schema under $defs and refer to \"#/$defs/...\".");
        }
        if (keyword.equals("$dynamicRef") && dynamicAnchors.getOrDefault(fragment, 0) > 1) {
            throw from.refused(
                    keyword,
                    "depends on the way by which it is reached",
                    "Where several schemas have the same $dynamicAnchor it is not enforced: use $ref.");
        }
        return node(path, found);
    }

    private static String decoded(String fragment) {
        return fragment.indexOf('%') < 0
                ? fragment
                : URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private @Nullable JsonNode at(String path) {
        JsonNode at = json;
        if (path.equals("#")) {
            return at;
        }
        for (String escaped : path.substring(2).split("/", -1)) {
            String name = escaped.replace("~1", "/").replace("~0", "~");
            JsonNode next;
            if (at.isArray()) {
                next = name.matches("\\d{1,9}") ? at.get(Integer.parseInt(name)) : null;
            } else {
                next = at.get(name);
            }
            if (next == null) {
                return null;
            }
            at = next;
        }
        return at;
    }
}
