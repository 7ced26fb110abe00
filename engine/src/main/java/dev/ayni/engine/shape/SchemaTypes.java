package dev.ayni.engine.shape;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The types that a schema names. */
record SchemaTypes(Set<String> names) {
    static final Set<String> ALL = Set.of("null", "boolean", "integer", "number", "string", "array", "object");

    private int mask() {
        int mask = 0;
        for (String name : names) {
            mask |= switch (name) {
                case "null" -> ValueShape.NULL;
                case "boolean" -> ValueShape.TRUE | ValueShape.FALSE;
                case "string" -> ValueShape.STRING;
                case "array" -> ValueShape.ARRAY;
                case "object" -> ValueShape.OBJECT;
                default -> ValueShape.NUMBER;
            };
        }
        return mask;
    }

    private boolean onlyIntegers() {
        return names.contains("integer") && !names.contains("number");
    }

    void restrict(ValueShape shape) {
        shape.types &= mask();
        if (onlyIntegers()) {
            shape.number = shape.number.withStep(BigDecimal.ONE);
        }
    }

    /** A value is of none of the types. */
    List<SchemaExpansion.Alternative> none() {
        List<SchemaExpansion.Alternative> all = new ArrayList<>();
        all.add(SchemaExpansion.Alternative.asking(shape -> shape.types &= ~mask()));
        if (onlyIntegers()) {
            all.add(SchemaExpansion.Alternative.asking(shape -> {
                shape.types &= ValueShape.NUMBER;
                shape.number = shape.number.withoutStep(BigDecimal.ONE);
            }));
        }
        return all;
    }
}
