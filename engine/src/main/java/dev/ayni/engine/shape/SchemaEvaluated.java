package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaExpansion.Branch;
import dev.ayni.engine.shape.SchemaNode.Obligation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What unevaluatedProperties and unevaluatedItems leave over on one branch, where it is known which schemas hold: the members
 * and elements that no schema at the same place speaks of.
 */
final class SchemaEvaluated {
    private final SchemaDocument document;
    private final Branch branch;
    private final Set<SchemaNode> visited = new HashSet<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final Map<String, SchemaNode> patterns = new LinkedHashMap<>();
    private boolean allMembers;
    private int first;
    private boolean allElements;

    SchemaEvaluated(SchemaDocument document, Branch branch) {
        this.document = document;
        this.branch = branch;
    }

    void restrict(SchemaNode schema) {
        visited.clear();
        names.clear();
        patterns.clear();
        allMembers = false;
        allElements = false;
        first = 0;
        for (String keyword : List.of("unevaluatedProperties", "unevaluatedItems")) {
            if (schema.json().has(keyword)) {
                collect(schema, schema, keyword);
                Obligation rest = document.child(schema, keyword).must();
                if (keyword.equals("unevaluatedProperties") && !allMembers) {
                    branch.shape.others.add(new ValueShape.Others(Set.copyOf(names), Map.copyOf(patterns), rest));
                } else if (keyword.equals("unevaluatedItems") && !allElements) {
                    List<Obligation> known = new ArrayList<>();
                    for (int i = 0; i < first; i++) {
                        known.add(document.made(JsonNodeFactory.instance.booleanNode(true), schema.path())
                                .must());
                    }
                    branch.shape.elements.add(new ValueShape.Elements(known, rest));
                }
                visited.clear();
            }
        }
    }

    private void collect(SchemaNode schema, SchemaNode top, String keyword) {
        if (!schema.json().isObject() || !visited.add(schema)) {
            return;
        }
        SchemaWords words = new SchemaWords(schema);
        if (words.has("properties")) {
            names.addAll(words.names("properties"));
        }
        if (words.has("patternProperties")) {
            words.names("patternProperties").forEach(pattern -> patterns.put(pattern, schema));
        }
        allMembers |= words.has("additionalProperties") || (schema != top && words.has("unevaluatedProperties"));
        allElements |= words.has("items") || (schema != top && words.has("unevaluatedItems"));
        if (words.has("prefixItems")) {
            first = Math.max(first, words.list("prefixItems").size());
        }
        if (words.has("contains") && keyword.equals("unevaluatedItems")) {
            throw refused(top, keyword, schema, "contains");
        }
        for (Map.Entry<String, JsonNode> member : schema.json().properties()) {
            String name = member.getKey();
            switch (name) {
                case "$ref", "$dynamicRef" -> collect(document.target(schema, name), top, keyword);
                case "allOf", "oneOf", "anyOf" -> {
                    int size = words.list(name).size();
                    if (name.equals("anyOf") && size > 1) {
                        throw refused(top, keyword, schema, name);
                    }
                    for (int i = 0; i < size; i++) {
                        collectIfHolds(document.child(schema, name, String.valueOf(i)), top, keyword);
                    }
                }
                case "if", "then", "else" -> {
                    if (name.equals("if") && !words.has("then") && !words.has("else")) {
                        throw refused(top, keyword, schema, name);
                    }
                    collectIfHolds(document.child(schema, name), top, keyword);
                }
                case "dependentSchemas" -> {
                    for (String one : words.names(name)) {
                        collectIfHolds(document.child(schema, name, one), top, keyword);
                    }
                }
                default -> {}
            }
        }
    }

    private void collectIfHolds(SchemaNode schema, SchemaNode top, String keyword) {
        if (branch.holds(schema)) {
            collect(schema, top, keyword);
        }
    }

    private static ShapeException refused(SchemaNode top, String keyword, SchemaNode schema, String other) {
        return top.refused(
                keyword,
                "depends on which alternatives of %s/%s a value fits".formatted(schema.path(), other),
                "That is not enforced: name the members or elements in the schema itself.");
    }
}
