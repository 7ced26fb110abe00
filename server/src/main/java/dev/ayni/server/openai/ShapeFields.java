package dev.ayni.server.openai;

import dev.ayni.chat.Shape;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What an answer must look like, as requests say it. */
final class ShapeFields {
    private static final Shape ANY_OBJECT = new Shape.JsonSchema("{\"type\":\"object\"}");

    private final List<String> names = new ArrayList<>();
    private @Nullable Shape shape;

    private ShapeFields() {}

    /**
     * Reads {@code response_format} and what vLLM's and llama.cpp's users send in its place.
     *
     * @throws ApiException (400) if there are two of them, which could contradict each other
     */
    static @Nullable Shape read(JsonFields fields) {
        ShapeFields found = new ShapeFields();
        JsonFields format = fields.object("response_format");
        if (format != null) {
            found.add(fields.at("response_format"), format(format, "json_schema"));
        }
        found.grammar(fields, "grammar");
        found.grammar(fields, "guided_grammar");
        found.schema(fields, "guided_json");
        found.regex(fields, "guided_regex");
        found.choice(fields, "guided_choice");
        JsonFields structured = fields.object("structured_outputs");
        if (structured != null) {
            found.schema(structured, "json");
            found.regex(structured, "regex");
            found.choice(structured, "choice");
            found.grammar(structured, "grammar");
            if (structured.flag("json_object", false)) {
                found.add(structured.at("json_object"), ANY_OBJECT);
            }
            structured.end();
        }
        return found.shape;
    }

    /** Reads {@code text.format} of a response, where a schema's parts stand beside its type. */
    static @Nullable Shape readFlat(JsonFields format) {
        return format(format, "");
    }

    private static @Nullable Shape format(JsonFields format, String nested) {
        String type = format.text("type");
        Shape shape = switch (type) {
            case "text" -> null;
            case "json_object" -> ANY_OBJECT;
            case "json_schema" -> {
                JsonFields inner = nested.isEmpty() ? format : format.object(nested);
                if (inner == null) {
                    throw ApiException.invalid(
                            format.at(nested),
                            "'%s' is missing; expected an object with 'name' and 'schema'."
                                    .formatted(format.at(nested)));
                }
                Shape schema = schema(inner);
                inner.end();
                yield schema;
            }
            default ->
                throw ApiException.invalid(
                        format.at("type"),
                        "'%s' is '%s'; expected 'text', 'json_object' or 'json_schema'."
                                .formatted(format.at("type"), type));
        };
        format.end();
        return shape;
    }

    private static Shape schema(JsonFields inner) {
        inner.text("name");
        inner.text("description", "");
        inner.flag("strict", false); // a schema is enforced in any case
        JsonFields schema = inner.object("schema");
        return schema == null ? ANY_OBJECT : new Shape.JsonSchema(schema.whole().toString());
    }

    private void add(String name, @Nullable Shape other) {
        if (other == null) {
            return;
        }
        names.add(name);
        if (names.size() > 1) {
            throw ApiException.invalid(
                    name, "Two things say what the answer must look like: %s. Send one of them.".formatted(names));
        }
        shape = other;
    }

    private void grammar(JsonFields fields, String name) {
        String text = fields.text(name, "");
        if (!text.isEmpty()) {
            add(fields.at(name), new Shape.Gbnf(text));
        }
    }

    private void regex(JsonFields fields, String name) {
        String text = fields.text(name, "");
        if (!text.isEmpty()) {
            add(fields.at(name), new Shape.Regex(text));
        }
    }

    private void schema(JsonFields fields, String name) {
        JsonNode node = fields.optional(name);
        if (node == null) {
            return;
        }
        if (!node.isObject() && !node.isString()) {
            throw fields.wrong(name, node, "a JSON Schema, as an object or as its text");
        }
        add(fields.at(name), new Shape.JsonSchema(node.isString() ? node.stringValue() : node.toString()));
    }

    private void choice(JsonFields fields, String name) {
        List<String> choices = fields.texts(name);
        if (!choices.isEmpty()) {
            add(
                    fields.at(name),
                    new Shape.Regex(
                            choices.stream().map(ShapeFields::literal).collect(Collectors.joining("|", "(?:", ")"))));
        }
    }

    private static String literal(String text) {
        return text.replaceAll("[\\\\^$.*+?()\\[\\]{}|/]", "\\\\$0");
    }
}
