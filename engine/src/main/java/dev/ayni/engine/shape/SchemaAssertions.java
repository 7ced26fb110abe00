package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaExpansion.Alternative;
import dev.ayni.engine.shape.SchemaExpansion.Branch;
import dev.ayni.engine.shape.SchemaNode.Obligation;
import dev.ayni.engine.shape.ValueShape.Contained;
import dev.ayni.engine.shape.ValueShape.Elements;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What each keyword of a schema asks of a value that fits it, in the document's order. */
final class SchemaAssertions {
    private final SchemaExpansion expansion;
    private final SchemaDocument document;

    SchemaAssertions(SchemaExpansion expansion, SchemaDocument document) {
        this.expansion = expansion;
        this.document = document;
    }

    void take(SchemaNode schema, Branch branch) {
        SchemaWords words = new SchemaWords(schema);
        for (Map.Entry<String, JsonNode> member : schema.json().properties()) {
            take(schema, member.getKey(), words, branch);
        }
    }

    private void take(SchemaNode schema, String keyword, SchemaWords words, Branch branch) {
        ValueShape shape = branch.shape;
        switch (keyword) {
            case "type" -> new SchemaTypes(words.types()).restrict(shape);
            case "enum", "const" -> branch.choose(new SchemaValues(document, schema, keyword).alternatives());
            case "minimum" -> shape.number = shape.number.with(words.number(keyword), false, true, true);
            case "exclusiveMinimum" -> shape.number = shape.number.with(words.number(keyword), false, false, true);
            case "maximum" -> shape.number = shape.number.with(words.number(keyword), true, true, false);
            case "exclusiveMaximum" -> shape.number = shape.number.with(words.number(keyword), true, false, false);
            case "multipleOf" -> shape.number = shape.number.withStep(words.step());
            case "minLength" -> shape.leastLength = Math.max(shape.leastLength, words.count(keyword));
            case "maxLength" -> shape.mostLength = ValueShape.least(shape.mostLength, words.count(keyword));
            case "pattern" ->
                shape.language = shape.language.and(expansion.pattern(words.text(keyword), schema, keyword));
            case "format" -> {
                String pattern = TextFormats.pattern(schema, words.text(keyword));
                if (pattern != null) {
                    shape.language = shape.language.and(expansion.wholePattern(pattern, schema, keyword));
                }
            }
            case "minItems" -> shape.leastElements = Math.max(shape.leastElements, words.count(keyword));
            case "maxItems" -> shape.mostElements = ValueShape.least(shape.mostElements, words.count(keyword));
            case "prefixItems" -> shape.elements.add(elements(schema));
            case "items" -> {
                if (words.at(keyword).isArray()) {
                    throw schema.refused(keyword, "is a list, as before draft 2020-12", "Write it as prefixItems.");
                }
                if (!words.has("prefixItems")) {
                    shape.elements.add(elements(schema));
                }
            }
            case "contains" -> {
                int least = words.has("minContains") ? words.count("minContains") : 1;
                int most = words.has("maxContains") ? words.count("maxContains") : -1;
                if (least > 0 || most >= 0) {
                    shape.contained.add(new Contained(document.child(schema, keyword), least, most));
                }
            }
            case "uniqueItems" -> {
                if (words.flag(keyword)) {
                    shape.unique = schema;
                }
            }
            case "minProperties" -> {
                shape.leastMembers = Math.max(shape.leastMembers, words.count(keyword));
                shape.leastMembersOf = schema;
            }
            case "maxProperties" -> shape.mostMembers = ValueShape.least(shape.mostMembers, words.count(keyword));
            case "required" -> words.texts(keyword).forEach(shape::require);
            case "properties" -> {
                for (String name : words.names(keyword)) {
                    shape.names.add(name);
                    shape.members.add(new ValueShape.Member(
                            name, document.child(schema, keyword, name).must()));
                }
            }
            case "patternProperties" -> {
                for (String pattern : words.names(keyword)) {
                    shape.matching.add(new ValueShape.Matching(
                            pattern,
                            schema,
                            document.child(schema, keyword, pattern).must()));
                }
            }
            case "additionalProperties" ->
                shape.others.add(words.others(document.child(schema, keyword).must()));
            case "propertyNames" ->
                shape.memberNames.add(document.child(schema, keyword).must());
            case "dependentRequired" -> {
                for (String name : words.names(keyword)) {
                    List<String> needed = words.texts(keyword, name);
                    branch.choose(List.of(
                            without(name),
                            with(name, needed, List.of()),
                            Alternative.asking(s -> s.types &= ~ValueShape.OBJECT)));
                }
            }
            case "dependentSchemas" -> {
                for (String name : words.names(keyword)) {
                    Obligation needed = document.child(schema, keyword, name).must();
                    branch.choose(List.of(
                            without(name),
                            with(name, List.of(), List.of(needed)),
                            Alternative.asking(s -> s.types &= ~ValueShape.OBJECT)));
                }
            }
            case "unevaluatedProperties", "unevaluatedItems" -> branch.unevaluated.add(schema);
            case "$schema" -> {
                if (!words.text(keyword).matches("https?://json-schema\\.org/.*")) {
                    throw schema.refused(
                            keyword,
                            "names a vocabulary of its own",
                            "Leave it out, or write https://json-schema.org/draft/2020-12/schema.");
                }
            }
            default -> takeLogic(schema, keyword, words, branch);
        }
    }

    private static Alternative without(String name) {
        return Alternative.asking(shape -> {
            shape.types &= ValueShape.OBJECT;
            shape.forbid(name);
        });
    }

    private static Alternative with(String name, List<String> others, List<Obligation> obligations) {
        return new Alternative(
                shape -> {
                    shape.types &= ValueShape.OBJECT;
                    shape.require(name);
                    others.forEach(shape::require);
                },
                obligations);
    }

    private void takeLogic(SchemaNode schema, String keyword, SchemaWords words, Branch branch) {
        switch (keyword) {
            case "$ref", "$dynamicRef" ->
                branch.take(document.target(schema, keyword).must());
            case "allOf" -> list(schema, words, keyword).forEach(one -> branch.take(one.must()));
            case "anyOf" -> {
                List<Alternative> any = new ArrayList<>();
                list(schema, words, keyword).forEach(one -> any.add(Alternative.of(one.must())));
                branch.choose(any);
            }
            case "oneOf" -> branch.choose(exactlyOne(list(schema, words, keyword)));
            case "not" -> branch.take(document.child(schema, keyword).mustNot());
            case "if" -> {
                if (words.has("then") || words.has("else")) {
                    Obligation condition = document.child(schema, keyword).must();
                    branch.choose(List.of(
                            words.has("then")
                                    ? Alternative.of(
                                            condition,
                                            document.child(schema, "then").must())
                                    : Alternative.of(condition),
                            words.has("else")
                                    ? Alternative.of(
                                            condition.not(),
                                            document.child(schema, "else").must())
                                    : Alternative.of(condition.not())));
                }
            }
            case "dependencies", "additionalItems", "$recursiveRef" ->
                throw schema.refused(
                        keyword,
                        "is of a draft before 2020-12",
                        "Write dependentRequired, dependentSchemas, items or $ref instead.");
            default -> {} // annotations and unknown keywords ask nothing of a value
        }
    }

    List<SchemaNode> list(SchemaNode schema, SchemaWords words, String keyword) {
        List<SchemaNode> all = new ArrayList<>();
        int size = words.list(keyword).size();
        for (int i = 0; i < size; i++) {
            all.add(document.child(schema, keyword, String.valueOf(i)));
        }
        return all;
    }

    /** One fits and those do not that might fit as well. */
    private List<Alternative> exactlyOne(List<SchemaNode> schemas) {
        List<Alternative> all = new ArrayList<>();
        for (SchemaNode one : schemas) {
            List<Obligation> obligations = new ArrayList<>();
            obligations.add(one.must());
            for (SchemaNode other : schemas) {
                if (other != one && !expansion.exclude(one, other)) {
                    obligations.add(other.mustNot());
                }
            }
            all.add(new Alternative(shape -> {}, obligations));
        }
        return all;
    }

    Elements elements(SchemaNode schema) {
        SchemaWords words = new SchemaWords(schema);
        List<Obligation> first = new ArrayList<>();
        if (words.has("prefixItems")) {
            list(schema, words, "prefixItems").forEach(one -> first.add(one.must()));
        }
        return new Elements(
                List.copyOf(first),
                words.has("items") ? document.child(schema, "items").must() : null);
    }
}
