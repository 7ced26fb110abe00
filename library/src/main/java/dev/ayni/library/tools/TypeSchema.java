package dev.ayni.library.tools;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON Schema of Java types: texts, numbers, truth values, enums, records, lists, maps and {@link Optional}. */
final class TypeSchema {
    private static final Set<Class<?>> WHOLE =
            Set.of(int.class, Integer.class, long.class, Long.class, short.class, Short.class, byte.class, Byte.class);
    private static final Set<Class<?>> REAL =
            Set.of(double.class, Double.class, float.class, Float.class, Number.class, BigDecimal.class);

    private TypeSchema() {}

    /** Whether a value may be left out. */
    static boolean isOptional(Type type) {
        return raw(type) == Optional.class;
    }

    /**
     * The schema of a type.
     *
     * @param where the type stands, for the letter
     * @throws IllegalArgumentException for a type that no JSON is turned into
     */
    static ObjectNode of(Type type, String where) {
        return of(type, where, List.of());
    }

    private static ObjectNode of(Type type, String where, List<Class<?>> around) {
        ObjectNode schema = JsonMapper.shared().createObjectNode();
        Class<?> raw = raw(type);
        if (raw == Optional.class) {
            return of(argument(type, 0, where), where, around);
        } else if (raw == String.class) {
            schema.put("type", "string");
        } else if (raw == boolean.class || raw == Boolean.class) {
            schema.put("type", "boolean");
        } else if (WHOLE.contains(raw) || raw == BigInteger.class) {
            schema.put("type", "integer");
        } else if (REAL.contains(raw)) {
            schema.put("type", "number");
        } else if (raw.isEnum()) {
            schema.put("type", "string");
            ArrayNode names = schema.putArray("enum");
            for (Object constant : raw.getEnumConstants()) {
                names.add(((Enum<?>) constant).name());
            }
        } else if (Collection.class.isAssignableFrom(raw)) {
            schema.put("type", "array");
            schema.set("items", of(argument(type, 0, where), where, around));
        } else if (raw.isArray()) {
            schema.put("type", "array");
            schema.set("items", of(raw.getComponentType(), where, around));
        } else if (raw == Map.class) {
            schema.put("type", "object");
            schema.set("additionalProperties", of(argument(type, 1, where), where, around));
        } else if (raw.isRecord()) {
            return ofRecord(raw, where, around);
        } else {
            throw new IllegalArgumentException(
                    "%s is of type %s, of which no JSON Schema is made. Use a text, a number, a truth value, an enum, a record, a List, a Map or an Optional of these."
                            .formatted(where, type.getTypeName()));
        }
        return schema;
    }

    private static ObjectNode ofRecord(Class<?> type, String where, List<Class<?>> around) {
        if (around.contains(type)) {
            throw new IllegalArgumentException(
                    "%s is of the record %s, which contains itself: models are given no such schema. Use a list of parts instead."
                            .formatted(where, type.getSimpleName()));
        }
        List<Class<?>> within = new ArrayList<>(around);
        within.add(type);
        ObjectNode schema = JsonMapper.shared().createObjectNode();
        schema.put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        for (RecordComponent component : type.getRecordComponents()) {
            String place = where + "." + component.getName();
            ObjectNode property = of(component.getGenericType(), place, within);
            describe(property, component.getAnnotation(Parameter.class));
            properties.set(component.getName(), property);
            if (!isOptional(component.getGenericType())) {
                required.add(component.getName());
            }
        }
        return schema.put("additionalProperties", false);
    }

    static void describe(ObjectNode property, @Nullable Parameter parameter) {
        if (parameter != null) {
            property.put("description", parameter.value());
        }
    }

    private static Type argument(Type type, int index, String where) {
        if (type instanceof ParameterizedType parameterized) {
            return parameterized.getActualTypeArguments()[index];
        }
        throw new IllegalArgumentException("%s is a %s of nothing in particular. Say of what, as in List<String>."
                .formatted(where, type.getTypeName()));
    }

    private static Class<?> raw(Type type) {
        return switch (type) {
            case Class<?> plain -> plain;
            case ParameterizedType parameterized -> (Class<?>) parameterized.getRawType();
            default -> Object.class;
        };
    }
}
