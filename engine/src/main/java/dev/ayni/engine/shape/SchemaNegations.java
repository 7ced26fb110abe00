package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaExpansion.Alternative;
import dev.ayni.engine.shape.SchemaNode.Obligation;
import dev.ayni.engine.shape.ValueShape.Contained;
import dev.ayni.engine.shape.ValueShape.Elements;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The ways in which a value may fail to fit a schema: for each keyword, what contradicts it. */
final class SchemaNegations {
    private final SchemaExpansion expansion;
    private final SchemaDocument document;

    SchemaNegations(SchemaExpansion expansion, SchemaDocument document) {
        this.expansion = expansion;
        this.document = document;
    }

    List<Alternative> alternatives(SchemaNode schema) {
        List<Alternative> all = new ArrayList<>();
        SchemaWords words = new SchemaWords(schema);
        for (Map.Entry<String, JsonNode> member : schema.json().properties()) {
            add(schema, member.getKey(), words, all);
        }
        return all;
    }

    private void add(SchemaNode schema, String keyword, SchemaWords words, List<Alternative> all) {
        switch (keyword) {
            case "type" -> all.addAll(new SchemaTypes(words.types()).none());
            case "enum", "const" -> all.addAll(new SchemaValues(document, schema, keyword).others());
            case "minimum" -> number(all, s -> s.number.with(words.number(keyword), true, false, false));
            case "exclusiveMinimum" -> number(all, s -> s.number.with(words.number(keyword), true, true, false));
            case "maximum" -> number(all, s -> s.number.with(words.number(keyword), false, false, true));
            case "exclusiveMaximum" -> number(all, s -> s.number.with(words.number(keyword), false, true, true));
            case "multipleOf" -> number(all, s -> s.number.withoutStep(words.step()));
            case "minLength" -> {
                int count = words.count(keyword);
                if (count > 0) {
                    of(all, ValueShape.STRING, s -> s.mostLength = ValueShape.least(s.mostLength, count - 1));
                }
            }
            case "maxLength" ->
                of(all, ValueShape.STRING, s -> s.leastLength = Math.max(s.leastLength, words.count(keyword) + 1));
            case "pattern" ->
                of(
                        all,
                        ValueShape.STRING,
                        s -> s.language = s.language.and(expansion
                                .pattern(words.text(keyword), schema, keyword)
                                .not()));
            case "format" -> {
                String pattern = TextFormats.pattern(schema, words.text(keyword));
                if (pattern != null) {
                    of(
                            all,
                            ValueShape.STRING,
                            s -> s.language = s.language.and(expansion
                                    .wholePattern(pattern, schema, keyword)
                                    .not()));
                }
            }
            default -> addOfParts(schema, keyword, words, all);
        }
    }

    private interface Numbers {
        NumberRange of(ValueShape shape);
    }

    private static void number(List<Alternative> all, Numbers range) {
        of(all, ValueShape.NUMBER, shape -> shape.number = range.of(shape));
    }

    /** A value of a type of which something is asked. */
    private static void of(List<Alternative> all, int type, Consumer<ValueShape> asks) {
        all.add(Alternative.asking(shape -> {
            shape.types &= type;
            if (shape.types != 0) {
                asks.accept(shape);
            }
        }));
    }

    private void addOfParts(SchemaNode schema, String keyword, SchemaWords words, List<Alternative> all) {
        switch (keyword) {
            case "minItems" -> {
                int count = words.count(keyword);
                if (count > 0) {
                    of(all, ValueShape.ARRAY, s -> s.mostElements = ValueShape.least(s.mostElements, count - 1));
                }
            }
            case "maxItems" ->
                of(all, ValueShape.ARRAY, s -> s.leastElements = Math.max(s.leastElements, words.count(keyword) + 1));
            case "prefixItems" -> {
                for (int i = 0; i < words.list(keyword).size(); i++) {
                    Obligation wrong =
                            document.child(schema, keyword, String.valueOf(i)).mustNot();
                    element(all, i, wrong);
                }
            }
            case "items" -> {
                if (words.has("prefixItems")) {
                    throw negated(schema, keyword);
                }
                Obligation wrong = document.child(schema, keyword).mustNot();
                SchemaNode not = document.made(
                        JsonNodeFactory.instance
                                .objectNode()
                                .set("not", wrong.schema().json()),
                        schema.path() + "/" + keyword);
                of(all, ValueShape.ARRAY, s -> s.contained.add(new Contained(not, 1, -1)));
            }
            case "contains" -> {
                int least = words.has("minContains") ? words.count("minContains") : 1;
                SchemaNode what = document.child(schema, keyword);
                if (least > 0) {
                    of(all, ValueShape.ARRAY, s -> s.contained.add(new Contained(what, 0, least - 1)));
                }
                if (words.has("maxContains")) {
                    int most = words.count("maxContains");
                    of(all, ValueShape.ARRAY, s -> s.contained.add(new Contained(what, most + 1, -1)));
                }
            }
            case "required" -> {
                for (String name : words.texts(keyword)) {
                    of(all, ValueShape.OBJECT, s -> s.forbid(name));
                }
            }
            case "properties" -> {
                for (String name : words.names(keyword)) {
                    member(all, name, document.child(schema, keyword, name).mustNot());
                }
            }
            case "minProperties" -> {
                int count = words.count(keyword);
                if (count > 0) {
                    of(all, ValueShape.OBJECT, s -> s.mostMembers = ValueShape.least(s.mostMembers, count - 1));
                }
            }
            case "maxProperties" ->
                of(all, ValueShape.OBJECT, s -> {
                    s.leastMembers = Math.max(s.leastMembers, words.count(keyword) + 1);
                    s.leastMembersOf = schema;
                });
            case "dependentRequired" -> {
                for (String name : words.names(keyword)) {
                    for (String needed : words.texts(keyword, name)) {
                        of(all, ValueShape.OBJECT, s -> {
                            s.require(name);
                            s.forbid(needed);
                        });
                    }
                }
            }
            case "dependentSchemas" -> {
                for (String name : words.names(keyword)) {
                    Obligation wrong = document.child(schema, keyword, name).mustNot();
                    all.add(new Alternative(
                            s -> {
                                s.types &= ValueShape.OBJECT;
                                s.require(name);
                            },
                            List.of(wrong)));
                }
            }
            default -> addLogic(schema, keyword, words, all);
        }
    }

    private static void element(List<Alternative> all, int place, Obligation wrong) {
        of(all, ValueShape.ARRAY, s -> {
            s.leastElements = Math.max(s.leastElements, place + 1);
            List<Obligation> first = new ArrayList<>();
            for (int i = 0; i < place; i++) {
                first.add(EVERYTHING.must());
            }
            first.add(wrong);
            s.elements.add(new Elements(first, null));
        });
    }

    private static final SchemaNode EVERYTHING =
            new SchemaNode(Integer.MAX_VALUE / 4, JsonNodeFactory.instance.booleanNode(true), "#");

    private static void member(List<Alternative> all, String name, Obligation wrong) {
        of(all, ValueShape.OBJECT, s -> {
            s.require(name);
            s.members.add(new ValueShape.Member(name, wrong));
        });
    }

    private void addLogic(SchemaNode schema, String keyword, SchemaWords words, List<Alternative> all) {
        switch (keyword) {
            case "$ref", "$dynamicRef" ->
                all.add(Alternative.of(document.target(schema, keyword).mustNot()));
            case "not" -> all.add(Alternative.of(document.child(schema, keyword).must()));
            case "allOf" -> list(schema, words, keyword).forEach(one -> all.add(Alternative.of(one.mustNot())));
            case "anyOf" -> all.add(none(list(schema, words, keyword)));
            case "oneOf" -> {
                List<SchemaNode> schemas = list(schema, words, keyword);
                all.add(none(schemas));
                for (int i = 0; i < schemas.size(); i++) {
                    for (int j = i + 1; j < schemas.size(); j++) {
                        all.add(Alternative.of(
                                schemas.get(i).must(), schemas.get(j).must()));
                    }
                }
            }
            case "if" -> {
                Obligation condition = document.child(schema, keyword).must();
                if (words.has("then")) {
                    all.add(Alternative.of(
                            condition, document.child(schema, "then").mustNot()));
                }
                if (words.has("else")) {
                    all.add(Alternative.of(
                            condition.not(), document.child(schema, "else").mustNot()));
                }
            }
            case "uniqueItems" -> {
                if (words.flag(keyword)) {
                    throw negated(schema, keyword);
                }
            }
            case "additionalProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems" -> {
                JsonNode value = words.at(keyword);
                boolean asksNothing = value.isBoolean() ? value.asBoolean() : value.isEmpty();
                if (!asksNothing) {
                    throw negated(schema, keyword);
                }
            }
            case "patternProperties" -> {
                if (!words.names(keyword).isEmpty()) {
                    throw negated(schema, keyword);
                }
            }
            case "dependencies", "additionalItems", "$recursiveRef" -> throw negated(schema, keyword);
            default -> {} // what asks nothing cannot be contradicted
        }
    }

    private List<SchemaNode> list(SchemaNode schema, SchemaWords words, String keyword) {
        List<SchemaNode> all = new ArrayList<>();
        for (int i = 0; i < words.list(keyword).size(); i++) {
            all.add(document.child(schema, keyword, String.valueOf(i)));
        }
        return all;
    }

    private static Alternative none(List<SchemaNode> schemas) {
        return new Alternative(
                shape -> {}, schemas.stream().map(SchemaNode::mustNot).toList());
    }

    private static ShapeException negated(SchemaNode schema, String keyword) {
        return schema.refused(
                keyword,
                "would have to be contradicted (by not, if, or an overlapping oneOf above it), which is not enforced",
                "Write what a value must be instead; in a oneOf, give each alternative a required member with its own const.");
    }
}
