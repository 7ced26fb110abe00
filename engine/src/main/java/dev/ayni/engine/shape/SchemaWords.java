package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaNode.Obligation;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads the keywords of a schema, each as what it has to be. */
record SchemaWords(SchemaNode schema) {
    private static final int MOST_DIGITS = 400;

    boolean has(String keyword) {
        return schema.json().has(keyword);
    }

    JsonNode at(String keyword) {
        return schema.json().get(keyword);
    }

    BigDecimal number(String keyword) {
        JsonNode value = at(keyword);
        if (!value.isNumber()) {
            throw schema.refused(keyword, "is %s".formatted(value), "A number was expected.");
        }
        return bounded(schema, keyword, value.decimalValue());
    }

    /** A number of a schema, so long as its digits can be written out: 1e999999999 would fill any memory. */
    static BigDecimal bounded(SchemaNode schema, String keyword, BigDecimal number) {
        if (Math.abs((long) number.scale()) > MOST_DIGITS || number.precision() > MOST_DIGITS) {
            throw schema.refused(keyword, "has more than %d digits".formatted(MOST_DIGITS), "Take a shorter number.");
        }
        return number;
    }

    BigDecimal step() {
        BigDecimal step = number("multipleOf");
        if (step.signum() <= 0) {
            throw schema.refused("multipleOf", "is %s".formatted(step), "It must be above 0.");
        }
        return step;
    }

    int count(String keyword) {
        BigDecimal number = number(keyword);
        if (number.signum() < 0
                || number.stripTrailingZeros().scale() > 0
                || number.compareTo(BigDecimal.valueOf(1_000_000)) > 0) {
            throw schema.refused(
                    keyword, "is %s".formatted(number.toPlainString()), "A whole number up to 1000000 was expected.");
        }
        return number.intValue();
    }

    boolean flag(String keyword) {
        if (!at(keyword).isBoolean()) {
            throw schema.refused(keyword, "is %s".formatted(at(keyword)), "true or false was expected.");
        }
        return at(keyword).asBoolean();
    }

    String text(String keyword) {
        if (!at(keyword).isString()) {
            throw schema.refused(keyword, "is %s".formatted(at(keyword)), "A text was expected.");
        }
        return at(keyword).asString();
    }

    JsonNode list(String keyword) {
        if (!at(keyword).isArray()) {
            throw schema.refused(keyword, "is no list", "A list was expected.");
        }
        return at(keyword);
    }

    List<String> names(String keyword) {
        if (!at(keyword).isObject()) {
            throw schema.refused(keyword, "is no object", "An object was expected.");
        }
        return List.copyOf(at(keyword).propertyNames());
    }

    List<String> texts(String keyword) {
        return texts(keyword, list(keyword));
    }

    List<String> texts(String keyword, String name) {
        return texts(keyword, at(keyword).get(name));
    }

    private List<String> texts(String keyword, JsonNode list) {
        List<String> texts = new ArrayList<>();
        for (JsonNode one : list) {
            if (!one.isString()) {
                throw schema.refused(keyword, "has the entry %s".formatted(one), "Texts were expected.");
            }
            texts.add(one.asString());
        }
        return texts;
    }

    Set<String> types() {
        JsonNode value = at("type");
        Set<String> types = new LinkedHashSet<>(value.isArray() ? texts("type") : List.of(text("type")));
        for (String type : types) {
            if (!SchemaTypes.ALL.contains(type)) {
                throw schema.refused(
                        "type",
                        "is '%s'".formatted(type),
                        "There are null, boolean, integer, number, string, array and object.");
            }
        }
        return types;
    }

    /** What all members must fit that neither properties nor patternProperties beside it name. */
    ValueShape.Others others(Obligation value) {
        Map<String, SchemaNode> patterns = new LinkedHashMap<>();
        if (has("patternProperties")) {
            names("patternProperties").forEach(pattern -> patterns.put(pattern, schema));
        }
        Set<String> names = has("properties") ? new LinkedHashSet<>(names("properties")) : Set.of();
        return new ValueShape.Others(names, patterns, value);
    }
}
