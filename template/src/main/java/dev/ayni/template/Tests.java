package dev.ayni.template;

import static java.util.Map.entry;

import dev.ayni.template.Values.Arguments;
import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.Function;
import dev.ayni.template.Values.Markup;
import dev.ayni.template.Values.None;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Range;
import dev.ayni.template.Values.Tuple;
import dev.ayni.template.Values.Undefined;
import java.math.BigInteger;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The tests of Jinja: what may follow {@code is}. */
final class Tests {
    private Tests() {}

    interface Body {
        boolean holds(Python python, Object value, Arguments arguments);
    }

    private interface Plain {
        boolean holds(Object value);
    }

    private interface Two {
        boolean holds(Python python, Object value, Object other);
    }

    static final Map<String, Body> TABLE = Map.ofEntries(
            plain("defined", value -> !(value instanceof Undefined)),
            plain("undefined", value -> value instanceof Undefined),
            plain("none", value -> value instanceof None),
            plain("boolean", value -> value instanceof Boolean),
            plain("true", value -> value.equals(true)),
            plain("false", value -> value.equals(false)),
            plain("integer", value -> value instanceof Long || value instanceof BigInteger),
            plain("float", value -> value instanceof Double),
            plain("number", Numbers::isNumber),
            plain("string", value -> Python.text(value) != null),
            plain("mapping", value -> value instanceof Dict),
            plain("iterable", Python::isIterable),
            plain("sequence", Tests::isSequence),
            plain("callable", value -> value instanceof Function || value instanceof Undefined),
            plain("escaped", value -> value instanceof Markup),
            plain("filter", value -> Filters.TABLE.containsKey(name(value))),
            plain("test", value -> Tests.table().containsKey(name(value))),
            entry("lower", (python, value, arguments) -> {
                arguments.bind("lower", 0);
                return isCase(python.print(value), Text::isLowerCase);
            }),
            entry("upper", (python, value, arguments) -> {
                arguments.bind("upper", 0);
                return isCase(python.print(value), Text::isUpperCase);
            }),
            entry("odd", (python, value, arguments) -> {
                arguments.bind("odd", 0);
                return python.equal(python.arithmetic("%", value, 2L), 1L);
            }),
            entry("even", (python, value, arguments) -> {
                arguments.bind("even", 0);
                return python.equal(python.arithmetic("%", value, 2L), 0L);
            }),
            two("divisibleby", (python, value, other) -> python.equal(python.arithmetic("%", value, other), 0L), "num"),
            two("sameas", Tests::isSame, "other"),
            two("in", (python, value, other) -> python.contains(other, value), "seq"),
            two("eq", (python, value, other) -> python.equal(value, other)),
            two("==", (python, value, other) -> python.equal(value, other)),
            two("equalto", (python, value, other) -> python.equal(value, other)),
            two("ne", (python, value, other) -> !python.equal(value, other)),
            two("!=", (python, value, other) -> !python.equal(value, other)),
            two("lt", (python, value, other) -> python.ordered("<", value, other)),
            two("<", (python, value, other) -> python.ordered("<", value, other)),
            two("lessthan", (python, value, other) -> python.ordered("<", value, other)),
            two("le", (python, value, other) -> python.ordered("<=", value, other)),
            two("<=", (python, value, other) -> python.ordered("<=", value, other)),
            two("gt", (python, value, other) -> python.ordered(">", value, other)),
            two(">", (python, value, other) -> python.ordered(">", value, other)),
            two("greaterthan", (python, value, other) -> python.ordered(">", value, other)),
            two("ge", (python, value, other) -> python.ordered(">=", value, other)),
            two(">=", (python, value, other) -> python.ordered(">=", value, other)));

    private static Map<String, Body> table() {
        return TABLE;
    }

    private static Map.Entry<String, Body> plain(String name, Plain test) {
        return entry(name, (python, value, arguments) -> {
            arguments.bind(name, 0);
            return test.holds(value);
        });
    }

    /** A test with one argument; without a name for it, the argument comes by place alone. */
    private static Map.Entry<String, Body> two(String name, Two test, String... parameter) {
        return entry(name, (python, value, arguments) -> {
            @Nullable
            Object[] given = parameter.length == 0 ? arguments.places(name, 1, 1) : arguments.bind(name, 1, parameter);
            Object other = given[0];
            return test.holds(python, value, other == null ? None.NONE : other);
        });
    }

    private static String name(Object value) {
        String name = Python.text(value);
        return name == null ? String.valueOf(Values.hashed(value).hashCode()) : name;
    }

    private static boolean isSequence(Object value) {
        return switch (value) {
            case PyList _, Tuple _, Dict _, Range _, Undefined _ -> true;
            default -> Python.text(value) != null;
        };
    }

    private static boolean isSame(Python python, Object value, Object other) {
        boolean scalar =
                value instanceof Boolean || value instanceof Long || value instanceof Double || value instanceof String;
        return value == other || scalar && value.equals(other);
    }

    /** Whether a text has letters with case, all of that case. */
    static boolean isCase(String text, IntPredicate right) {
        boolean found = false;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            if (right.test(c)) {
                found = true;
            } else if (Text.isCased(c)) {
                return false;
            }
        }
        return found;
    }
}
