package dev.ayni.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of value a template can meet. Beside those declared here: {@link String} (str), {@link Long} and, beyond 64 bits, {@link BigInteger} (int),
 * {@link Double} (float), {@link Boolean} (bool). Nothing but {@link Namespace} ever changes: the sandbox of Jinja forbids the methods that would.
 */
final class Values {
    private Values() {}

    /** Python's None. */
    enum None {
        NONE
    }

    /** A name that a frame holds but nothing has set yet. */
    enum Missing {
        MISSING
    }

    /** A text that counts as HTML already: joining it with other texts escapes them. */
    record Markup(String text) {}

    record PyList(List<Object> items) {}

    /** A tuple; one of the groupby filter has two names for its parts. */
    record Tuple(List<Object> items, boolean group) {
        Tuple(List<Object> items) {
            this(items, false);
        }
    }

    record Range(long start, long stop, long step) {
        long length() {
            if (step > 0) {
                return start < stop ? (stop - start - 1) / step + 1 : 0;
            }
            return start > stop ? (start - stop - 1) / -step + 1 : 0;
        }

        long at(long index) {
            return start + index * step;
        }
    }

    /** The keys, values or items of a dictionary. */
    record DictView(Dict dict, Part part) {
        enum Part {
            KEYS,
            VALUES,
            ITEMS
        }

        Iterator<Object> iterator() {
            Iterator<Dict.Entry> entries = dict.entries().iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return entries.hasNext();
                }

                @Override
                public Object next() {
                    Dict.Entry entry = entries.next();
                    return switch (part) {
                        case KEYS -> entry.key();
                        case VALUES -> entry.value();
                        case ITEMS -> new Tuple(List.of(entry.key(), entry.value()));
                    };
                }
            };
        }

        String typeName() {
            return switch (part) {
                case KEYS -> "dict_keys";
                case VALUES -> "dict_values";
                case ITEMS -> "dict_items";
            };
        }
    }

    /** Items that are computed when asked for, once; has no length and no item by number. */
    static final class Generator {
        final String typeName;
        private final Supplier<Iterator<Object>> source;
        private @Nullable Iterator<Object> items;

        Generator(String typeName, Supplier<Iterator<Object>> source) {
            this.typeName = typeName;
            this.source = source;
        }

        Iterator<Object> iterator() {
            if (items == null) {
                items = source.get();
            }
            return items;
        }
    }

    /** What a name, attribute or item is that does not exist: prints as nothing, fails when used. */
    record Undefined(String message) {
        static Undefined name(String name) {
            return new Undefined(Text.repr(name) + " is undefined");
        }
    }

    /** The values that survive a loop. */
    record Namespace(Map<String, Object> attributes) {}

    /** Something to call. */
    interface Function {
        String name();

        Object call(Arguments arguments);
    }

    /** A macro and what it knows of itself. */
    interface MacroFunction extends Function {
        List<String> parameters();

        boolean catchesKeywords();

        boolean catchesPositions();

        boolean asksForCaller();
    }

    record Arguments(List<Object> positions, Map<String, Object> names) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());

        static Arguments of(Object... positions) {
            return new Arguments(List.of(positions), Map.of());
        }

        /**
         * The arguments by the places of {@code parameters}, null where none was given.
         *
         * @param required how many of them must be given
         * @param positional how many of them may be given by place
         */
        @Nullable
        Object[] bind(String function, int required, int positional, String... parameters) {
            if (positions.size() > positional) {
                throw new PythonError(
                        "%s() takes at most %d positional arguments (%d given)",
                        function, positional, positions.size());
            }
            @Nullable Object[] bound = new @Nullable Object[parameters.length];
            for (int i = 0; i < positions.size(); i++) {
                bound[i] = positions.get(i);
            }
            for (Map.Entry<String, Object> named : names.entrySet()) {
                int place = List.of(parameters).indexOf(named.getKey());
                if (place < 0) {
                    throw new PythonError("%s() got an unexpected keyword argument '%s'", function, named.getKey());
                }
                if (bound[place] != null) {
                    throw new PythonError("%s() got multiple values for argument '%s'", function, named.getKey());
                }
                bound[place] = named.getValue();
            }
            for (int i = 0; i < required; i++) {
                if (bound[i] == null) {
                    throw new PythonError("%s() missing required argument: '%s'", function, parameters[i]);
                }
            }
            return bound;
        }

        @Nullable
        Object[] bind(String function, int required, String... parameters) {
            return bind(function, required, parameters.length, parameters);
        }

        /** As Python's methods of built-in types take them: by place only. */
        @Nullable
        Object[] places(String function, int required, int most) {
            if (!names.isEmpty()) {
                throw new PythonError("%s() takes no keyword arguments", function);
            }
            if (positions.size() < required || positions.size() > most) {
                throw new PythonError(
                        "%s() expected %s, got %d",
                        function,
                        required == most ? required + " arguments" : required + " to " + most + " arguments",
                        positions.size());
            }
            @Nullable Object[] bound = new @Nullable Object[most];
            for (int i = 0; i < positions.size(); i++) {
                bound[i] = positions.get(i);
            }
            return bound;
        }
    }

    /** A dictionary in the order in which its keys came. Keys that are equal in Python (1, 1.0 and True) are one. */
    static final class Dict {
        record Entry(Object key, Object value) {}

        private final Map<Object, Entry> entries;

        Dict() {
            this.entries = new LinkedHashMap<>();
        }

        Dict(Dict other) {
            this.entries = new LinkedHashMap<>(other.entries);
        }

        void put(Object key, Object value) {
            Object hashed = hashed(key);
            Entry before = entries.get(hashed);
            entries.put(hashed, new Entry(before == null ? key : before.key(), value));
        }

        @Nullable
        Object get(Object key) {
            Entry entry = entries.get(hashed(key));
            return entry == null ? null : entry.value();
        }

        int size() {
            return entries.size();
        }

        Collection<Entry> entries() {
            return entries.values();
        }

        List<Object> keys() {
            List<Object> keys = new ArrayList<>(entries.size());
            for (Entry entry : entries.values()) {
                keys.add(entry.key());
            }
            return keys;
        }
    }

    private record TupleKey(List<Object> items) {}

    private enum UndefinedKey {
        UNDEFINED
    }

    /** An object that Java holds equal to another when Python does. */
    static Object hashed(Object key) {
        return hashed(key, 0);
    }

    private static Object hashed(Object key, int depth) {
        if (depth > Budget.VALUE_DEPTH) {
            throw new PythonError.Limit("a tuple in it is nested deeper than " + Budget.VALUE_DEPTH + " levels.");
        }
        return switch (key) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Boolean truth -> truth ? 1L : 0L;
            case Double number
            when number == Math.rint(number) && !Double.isInfinite(number) ->
                Numbers.integer(new BigDecimal(number).toBigInteger());
            case Tuple tuple -> {
                List<Object> items = new ArrayList<>();
                for (Object item : tuple.items()) {
                    items.add(hashed(item, depth + 1));
                }
                yield new TupleKey(items);
            }
            case Undefined _ -> UndefinedKey.UNDEFINED;
            case PyList _, Dict _, DictView _ -> throw new PythonError("unhashable type: '%s'", Python.typeName(key));
            default -> key;
        };
    }

    /** The value of a Java program as one of a template: a deep copy, so that nothing changes under it. */
    static Object of(@Nullable Object value, String where, int depth) {
        if (depth > Budget.VALUE_DEPTH) {
            throw new TemplateException(
                    "The value %s is nested deeper than %d levels; does it hold itself?"
                            .formatted(where, Budget.VALUE_DEPTH),
                    0);
        }
        return switch (value) {
            case null -> None.NONE;
            case String text -> text;
            case Boolean truth -> truth;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Short number -> number.longValue();
            case Byte number -> number.longValue();
            case BigInteger number -> Numbers.integer(number);
            case Double number -> number;
            case Float number -> number.doubleValue();
            case BigDecimal number -> number.doubleValue();
            case Collection<?> collection -> {
                List<Object> items = new ArrayList<>(collection.size());
                for (Object item : collection) {
                    items.add(of(item, where, depth + 1));
                }
                yield new PyList(items);
            }
            case Map<?, ?> map -> {
                Dict dict = new Dict();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    dict.put(of(entry.getKey(), where, depth + 1), of(entry.getValue(), where, depth + 1));
                }
                yield dict;
            }
            default ->
                throw new TemplateException(
                        "The value %s holds a %s, which a template cannot read. Give texts, numbers, booleans, null, lists and maps."
                                .formatted(where, value.getClass().getName()),
                        0);
        };
    }
}
