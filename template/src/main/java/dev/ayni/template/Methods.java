package dev.ayni.template;

import static java.util.Map.entry;

import dev.ayni.template.Values.Arguments;
import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.DictView;
import dev.ayni.template.Values.Function;
import dev.ayni.template.Values.Markup;
import dev.ayni.template.Values.Namespace;
import dev.ayni.template.Values.None;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import dev.ayni.template.Values.Undefined;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attributes of values: the methods of Python's lists, dictionaries and numbers that change nothing, and what Jinja's own objects tell of themselves. */
final class Methods {
    private Methods() {}

    interface Body {
        Object call(Python python, Object self, Arguments arguments);
    }

    /** A method with the value it belongs to. */
    private record Bound(Python python, String name, Object self, Body body) implements Function {
        @Override
        public Object call(Arguments arguments) {
            return body.call(python, self, arguments);
        }
    }

    private static final Set<String> CHANGES_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> CHANGES_LIST =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    /** Methods that exist in Python and answer with what a template cannot use. */
    private static final Set<String> INTERNAL = Set.of(
            "__class__",
            "__doc__",
            "__init__",
            "__dict__",
            "__getattribute__",
            "__subclasshook__",
            "__reduce__",
            "__reduce_ex__",
            "__len__",
            "__iter__",
            "__contains__",
            "__getitem__",
            "__add__",
            "__mul__",
            "__eq__",
            "__ne__",
            "__lt__",
            "__gt__",
            "__le__",
            "__ge__",
            "__hash__",
            "__str__",
            "__repr__",
            "__format__",
            "__new__",
            "__dir__",
            "__sizeof__",
            "__setattr__",
            "__delattr__",
            "__call__",
            "__globals__",
            "__func__",
            "__self__",
            "__name__",
            "__module__",
            "__init_subclass__");

    private static final Map<String, Body> DICT = Map.ofEntries(
            entry("get", (python, self, arguments) -> {
                @Nullable Object[] given = arguments.places("get", 1, 2);
                Object value = ((Dict) self).get(present(given[0]));
                return value != null ? value : present(given[1]);
            }),
            entry("items", (python, self, arguments) -> view(self, arguments, DictView.Part.ITEMS)),
            entry("keys", (python, self, arguments) -> view(self, arguments, DictView.Part.KEYS)),
            entry("values", (python, self, arguments) -> view(self, arguments, DictView.Part.VALUES)),
            entry("copy", (python, self, arguments) -> {
                arguments.places("copy", 0, 0);
                python.budget.items(((Dict) self).size());
                return new Dict((Dict) self);
            }),
            entry("fromkeys", (python, self, arguments) -> {
                @Nullable Object[] given = arguments.places("fromkeys", 1, 2);
                Dict dict = new Dict();
                python.list(present(given[0])).forEach(key -> dict.put(key, present(given[1])));
                return dict;
            }));

    private static final Map<String, Body> LIST = Map.ofEntries(
            entry("index", Methods::listIndex),
            entry("count", Methods::listCount),
            entry("copy", (python, self, arguments) -> {
                arguments.places("copy", 0, 0);
                return new PyList(python.list(self));
            }));

    private static final Map<String, Body> SEQUENCE =
            Map.ofEntries(entry("index", Methods::listIndex), entry("count", Methods::listCount));

    private static final Map<String, Body> REAL = Map.ofEntries(
            entry("is_integer", (python, self, arguments) -> {
                arguments.places("is_integer", 0, 0);
                return !(self instanceof Double real) || real == Math.rint(real) && !Double.isInfinite(real);
            }),
            entry("conjugate", (python, self, arguments) -> self));

    private static final Map<String, Body> INTEGER = Map.ofEntries(
            entry("bit_length", (python, self, arguments) -> {
                arguments.places("bit_length", 0, 0);
                return (long) Numbers.big(self).abs().bitLength();
            }),
            entry("is_integer", (python, self, arguments) -> true),
            entry("conjugate", (python, self, arguments) -> self));

    private static final Map<String, Body> CYCLER = Map.ofEntries(
            entry("next", (python, self, arguments) -> {
                Globals.Cycler cycler = (Globals.Cycler) self;
                Object item = cycler.items.get(cycler.at);
                cycler.at = (cycler.at + 1) % cycler.items.size();
                return item;
            }),
            entry("reset", (python, self, arguments) -> {
                ((Globals.Cycler) self).at = 0;
                return None.NONE;
            }));

    /** What Python's {@code getattr} finds, made harmless by the sandbox; null when there is no such attribute. */
    static @Nullable Object attribute(Interpreter interpreter, Object value, String name) {
        if (name.startsWith("__")) {
            return INTERNAL.contains(name) && !(value instanceof Namespace) ? unsafe(value, name) : null;
        }
        Map<String, Body> methods = switch (value) {
            case String _, Markup _ -> TextMethods.ALL;
            case Dict _ -> DICT;
            case PyList _ -> LIST;
            case Tuple _ -> SEQUENCE;
            case Values.Range _ -> SEQUENCE;
            case Double _ -> REAL;
            case Globals.Cycler _ -> CYCLER;
            default -> Numbers.isInteger(value) ? INTEGER : Map.of();
        };
        Body body = methods.get(name);
        if (body != null) {
            return new Bound(interpreter.python, name, value, body);
        }
        return switch (value) {
            case Dict _ when CHANGES_DICT.contains(name) -> unsafe(value, name);
            case PyList _ when CHANGES_LIST.contains(name) -> unsafe(value, name);
            case Namespace namespace -> {
                Object attribute = namespace.attributes().get(name);
                yield attribute != null && name.startsWith("_") ? unsafe(value, name) : attribute;
            }
            case Tuple tuple
            when tuple.group() && name.equals("grouper") -> tuple.items().get(0);
            case Tuple tuple
            when tuple.group() && name.equals("list") -> tuple.items().get(1);
            case Interpreter.Loop loop -> loop.attribute(name);
            case Values.MacroFunction macro -> macroAttribute(macro, name);
            case Globals.Cycler cycler when name.equals("current") -> cycler.items.get(cycler.at);
            case Globals.Cycler cycler when name.equals("items") -> new Tuple(cycler.items);
            case Globals.Cycler cycler when name.equals("pos") -> (long) cycler.at;
            case Globals.Joiner joiner when name.equals("sep") -> joiner.separator;
            case Values.Range range when name.equals("start") -> range.start();
            case Values.Range range when name.equals("stop") -> range.stop();
            case Values.Range range when name.equals("step") -> range.step();
            case Double real when name.equals("real") -> real;
            case Double _ when name.equals("imag") -> 0.0;
            default -> Numbers.isInteger(value) ? integerAttribute(value, name) : null;
        };
    }

    private static @Nullable Object integerAttribute(Object value, String name) {
        return switch (name) {
            case "real", "numerator" -> Numbers.integer(Numbers.big(value));
            case "imag" -> 0L;
            case "denominator" -> 1L;
            default -> null;
        };
    }

    private static @Nullable Object macroAttribute(Values.MacroFunction macro, String name) {
        return switch (name) {
            case "name" -> macro.name().isEmpty() ? None.NONE : macro.name();
            case "arguments" -> new Tuple(List.copyOf(macro.parameters()));
            case "catch_kwargs" -> macro.catchesKeywords();
            case "catch_varargs" -> macro.catchesPositions();
            case "caller" -> macro.asksForCaller();
            default -> null;
        };
    }

    private static Undefined unsafe(Object value, String name) {
        return new Undefined("access to attribute %s of %s object is unsafe."
                .formatted(Text.repr(name), Text.repr(Python.typeName(value))));
    }

    static Object present(@Nullable Object value) {
        return value == null ? None.NONE : value;
    }

    private static Object view(Object self, Arguments arguments, DictView.Part part) {
        arguments.places(part.name().toLowerCase(java.util.Locale.ROOT), 0, 0);
        return new DictView((Dict) self, part);
    }

    private static Object listIndex(Python python, Object self, Arguments arguments) {
        @Nullable Object[] given = arguments.places("index", 1, 3);
        List<Object> items = python.list(self);
        int from = given[1] == null ? 0 : bound(given[1], items.size());
        int to = given[2] == null ? items.size() : bound(given[2], items.size());
        for (int i = from; i < to; i++) {
            if (python.equal(items.get(i), present(given[0]))) {
                return (long) i;
            }
        }
        throw new PythonError("%s is not in list", python.repr(present(given[0])));
    }

    static int bound(Object value, int length) {
        if (!Numbers.isInteger(value)) {
            throw new PythonError("slice indices must be integers or have an __index__ method");
        }
        long index = Numbers.index(value);
        return (int) Math.clamp(index < 0 ? index + length : index, 0L, length);
    }

    private static Object listCount(Python python, Object self, Arguments arguments) {
        Object wanted = present(arguments.places("count", 1, 1)[0]);
        long count = 0;
        for (Iterator<Object> items = python.iterate(self); items.hasNext(); ) {
            count += python.equal(items.next(), wanted) ? 1 : 0;
        }
        return count;
    }
}
