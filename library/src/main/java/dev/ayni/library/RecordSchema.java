package dev.ayni.library;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON Schema of a record: each component is a required member of the same name, in the record's order; what is {@code
 * Nullable} or {@code Optional} may be null. A record may hold itself.
 */
final class RecordSchema {
    private static final String CLOCK = "T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d";

    private final ObjectNode definitions = JsonNodeFactory.instance.objectNode();
    private final Map<Class<?>, String> names = new LinkedHashMap<>();

    private RecordSchema() {}

    /** @throws IllegalArgumentException if a component is of a type that JSON has no form for; the letter names it */
    static String of(Class<?> type) {
        if (!type.isRecord()) {
            throw new IllegalArgumentException(
                    "%s is no record. Write what the answer consists of as a record: record Invoice(String customer, double total) {}"
                            .formatted(type.getName()));
        }
        RecordSchema maker = new RecordSchema();
        ObjectNode schema = maker.reference(type);
        schema.set("$defs", maker.definitions);
        return JsonMapper.shared().writeValueAsString(schema);
    }

    private ObjectNode reference(Class<?> type) {
        String name = names.get(type);
        if (name == null) {
            name = names.containsValue(type.getSimpleName()) ? type.getName() : type.getSimpleName();
            names.put(type, name);
            definitions.set(name, object(type));
        }
        return node().put("$ref", "#/$defs/" + name);
    }

    private ObjectNode object(Class<?> type) {
        ObjectNode schema = node().put("type", "object").put("additionalProperties", false);
        ObjectNode members = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        for (RecordComponent component : type.getRecordComponents()) {
            ObjectNode value = value(component.getAnnotatedType(), type.getSimpleName() + "." + component.getName());
            members.set(component.getName(), isNullable(component) ? orNull(value) : value);
            required.add(component.getName());
        }
        return schema;
    }

    private static boolean isNullable(RecordComponent component) {
        return isNullable((AnnotatedElement) component) || isNullable((AnnotatedElement) component.getAccessor());
    }

    /** Whichever library's annotation says so. */
    private static boolean isNullable(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotations())
                .anyMatch(a -> a.annotationType().getSimpleName().equals("Nullable"));
    }

    private static ObjectNode orNull(ObjectNode value) {
        ObjectNode either = node();
        either.putArray("anyOf").add(value).add(node().put("type", "null"));
        return either;
    }

    private ObjectNode value(AnnotatedType annotated, String where) {
        ObjectNode value = plain(annotated, where);
        return isNullable((AnnotatedElement) annotated) ? orNull(value) : value;
    }

    private ObjectNode plain(AnnotatedType annotated, String where) {
        Type type = annotated.getType();
        if (annotated instanceof AnnotatedParameterizedType parameterized
                && type instanceof ParameterizedType generic
                && generic.getRawType() instanceof Class<?> raw) {
            AnnotatedType[] arguments = parameterized.getAnnotatedActualTypeArguments();
            if (raw == Optional.class) {
                return orNull(value(arguments[0], where));
            }
            if (raw == List.class || raw == Collection.class) {
                return node().put("type", "array").set("items", value(arguments[0], where));
            }
            if (raw == Set.class) {
                ObjectNode set = node().put("type", "array");
                set.set("items", value(arguments[0], where));
                boolean few = arguments[0].getType() instanceof Class<?> one
                        && (one.isEnum() && one.getEnumConstants().length <= 10 || one == Boolean.class);
                return few ? set.put("uniqueItems", true) : set;
            }
            if (raw == Map.class && arguments[0].getType() == String.class) {
                return node().put("type", "object").set("additionalProperties", value(arguments[1], where));
            }
        }
        if (type instanceof Class<?> simple) {
            ObjectNode value = simple(simple, where);
            if (value != null) {
                return value;
            }
        }
        throw new IllegalArgumentException(
                "%s is of the type %s, for which JSON has no form here. Take a record, a List, Set or Map<String, ...> of such, an enum, a number, boolean, String, UUID, BigDecimal or a date of java.time."
                        .formatted(where, type.getTypeName()));
    }

    private @Nullable ObjectNode simple(Class<?> type, String where) {
        if (type.isRecord()) {
            return reference(type);
        }
        if (type.isEnum()) {
            ObjectNode value = node();
            ArrayNode names = value.putArray("enum");
            for (Object one : Objects.requireNonNull(type.getEnumConstants())) {
                names.add(((Enum<?>) one).name());
            }
            return value;
        }
        if (type.isArray()) {
            ObjectNode items = simple(Objects.requireNonNull(type.getComponentType()), where);
            return items == null ? null : node().put("type", "array").set("items", items);
        }
        return switch (type.getName()) {
            case "java.lang.String", "java.lang.CharSequence" -> node().put("type", "string");
            case "char", "java.lang.Character" -> node().put("type", "string").put("pattern", "^[\\u0020-\\ud7ff]$");
            case "boolean", "java.lang.Boolean" -> node().put("type", "boolean");
            case "byte", "java.lang.Byte" -> integer(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case "short", "java.lang.Short" -> integer(Short.MIN_VALUE, Short.MAX_VALUE);
            case "int", "java.lang.Integer" -> integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "long", "java.lang.Long" -> integer(Long.MIN_VALUE, Long.MAX_VALUE);
            case "float", "java.lang.Float", "double", "java.lang.Double" -> node().put("type", "number");
            default -> ofJdk(type);
        };
    }

    private static @Nullable ObjectNode ofJdk(Class<?> type) {
        if (type == BigDecimal.class) {
            return node().put("type", "number");
        }
        if (type == BigInteger.class) {
            return node().put("type", "integer");
        }
        if (type == UUID.class) {
            return text("uuid");
        }
        if (type == LocalDate.class) {
            return text("date");
        }
        if (type == LocalTime.class) {
            return node().put("type", "string").put("pattern", "^" + CLOCK.substring(1) + "$");
        }
        if (type == LocalDateTime.class) {
            return text("date").put("format", "date-time").put("pattern", "^[^Zz+]{10}" + CLOCK + "Z$");
        }
        if (type == Instant.class || type == OffsetDateTime.class) {
            return text("date-time").put("pattern", "^.{10}" + CLOCK + "(Z|\\+[01]\\d:[0-5]\\d)$");
        }
        return null;
    }

    private static ObjectNode text(String format) {
        return node().put("type", "string").put("format", format);
    }

    private static ObjectNode integer(long least, long most) {
        return node().put("type", "integer").put("minimum", least).put("maximum", most);
    }

    private static ObjectNode node() {
        return JsonNodeFactory.instance.objectNode();
    }
}
