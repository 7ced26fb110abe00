package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaExpansion.Alternative;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The values that enum or const names. */
final class SchemaValues {
    private static final int MOST = 20_000;

    private final SchemaDocument document;
    private final SchemaNode schema;
    private final String keyword;
    private final Set<String> texts = new LinkedHashSet<>();
    private final List<BigDecimal> numbers = new ArrayList<>();
    private final List<SchemaNode> composed = new ArrayList<>();
    private int simple; // types of which a value is the only one

    SchemaValues(SchemaDocument document, SchemaNode schema, String keyword) {
        this.document = document;
        this.schema = schema;
        this.keyword = keyword;
        JsonNode value = schema.json().get(keyword);
        if (keyword.equals("const")) {
            add(value);
            return;
        }
        if (!value.isArray() || value.size() > MOST) {
            throw schema.refused(
                    keyword, "is no list, or too long a one", "A list of at most %d was expected.".formatted(MOST));
        }
        value.forEach(this::add);
    }

    private void add(JsonNode value) {
        switch (value.getNodeType()) {
            case NULL -> simple |= ValueShape.NULL;
            case BOOLEAN -> simple |= value.asBoolean() ? ValueShape.TRUE : ValueShape.FALSE;
            case STRING -> texts.add(value.asString());
            case NUMBER -> numbers.add(SchemaWords.bounded(schema, keyword, value.decimalValue()));
            default -> composed.add(document.made(described(value), schema.path() + "/" + keyword));
        }
    }

    /** The schema that only one array or object fits. */
    private static JsonNode described(JsonNode value) {
        ObjectNode described = JsonNodeFactory.instance.objectNode();
        if (value.isArray()) {
            described.put("type", "array").put("minItems", value.size()).put("maxItems", value.size());
            if (!value.isEmpty()) {
                var first = described.putArray("prefixItems");
                value.forEach(one -> first.addObject().set("const", one));
            }
            return described;
        }
        described.put("type", "object").put("additionalProperties", false);
        ObjectNode members = described.putObject("properties");
        var required = described.putArray("required");
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            members.putObject(member.getKey()).set("const", member.getValue());
            required.add(member.getKey());
        }
        return described;
    }

    /** A value is one of them. */
    List<Alternative> alternatives() {
        List<Alternative> all = new ArrayList<>();
        if (simple != 0) {
            all.add(Alternative.asking(shape -> shape.types &= simple));
        }
        if (!texts.isEmpty()) {
            all.add(Alternative.asking(shape -> {
                shape.types &= ValueShape.STRING;
                shape.onlyTexts(texts);
            }));
        }
        for (BigDecimal number : numbers) {
            all.add(Alternative.asking(shape -> {
                shape.types &= shape.number.contains(number) ? ValueShape.NUMBER : 0;
                shape.number = shape.number.with(number, false, true, false);
            }));
        }
        composed.forEach(one -> all.add(Alternative.of(one.must())));
        return all;
    }

    /** A value is none of them. */
    List<Alternative> others() {
        List<Alternative> all = new ArrayList<>();
        int scalars = ValueShape.NULL | ValueShape.TRUE | ValueShape.FALSE;
        all.add(Alternative.asking(shape -> shape.types &= scalars & ~simple));
        all.add(Alternative.asking(shape -> {
            shape.types &= ValueShape.STRING;
            if (!texts.isEmpty()) {
                shape.language = shape.language.and(TextLanguage.of(texts).not());
            }
        }));
        all.add(Alternative.asking(shape -> {
            shape.types &= ValueShape.NUMBER;
            for (BigDecimal number : numbers) {
                shape.number = shape.number.with(number, true, false, true);
            }
        }));
        for (int type : new int[] {ValueShape.ARRAY, ValueShape.OBJECT}) {
            all.add(new Alternative(
                    shape -> shape.types &= type,
                    composed.stream()
                            .filter(one ->
                                    one.json().get("type").asString().equals("array") == (type == ValueShape.ARRAY))
                            .map(SchemaNode::mustNot)
                            .toList()));
        }
        return all;
    }
}
