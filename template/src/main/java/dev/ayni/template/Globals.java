package dev.ayni.template;

import dev.ayni.template.Values.Arguments;
import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.Function;
import dev.ayni.template.Values.Namespace;
import dev.ayni.template.Values.None;
import dev.ayni.template.Values.Range;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template finds: those of Jinja, and {@code raise_exception} and {@code strftime_now} of the transformers library. */
final class Globals {
    private Globals() {}

    /** Gives its items in turn, again and again. */
    static final class Cycler {
        final List<Object> items;
        int at;

        Cycler(List<Object> items) {
            this.items = items;
        }
    }

    /** Nothing when first called, then its separator. */
    static final class Joiner implements Function {
        final Object separator;
        private boolean used;

        Joiner(Object separator) {
            this.separator = separator;
        }

        @Override
        public String name() {
            return "joiner";
        }

        @Override
        public Object call(Arguments arguments) {
            arguments.places("joiner", 0, 0);
            boolean first = !used;
            used = true;
            return first ? "" : separator;
        }
    }

    interface Body {
        Object call(Arguments arguments);
    }

    record Named(String name, Body body) implements Function {
        @Override
        public Object call(Arguments arguments) {
            return body.call(arguments);
        }
    }

    static Map<String, Object> of(Python python, LocalDateTime now) {
        Map<String, Object> globals = new HashMap<>();
        add(globals, "range", arguments -> range(arguments));
        add(globals, "dict", arguments -> dict(python, arguments, "dict"));
        add(globals, "namespace", arguments -> {
            Map<String, Object> attributes = new LinkedHashMap<>();
            for (Dict.Entry entry : dict(python, arguments, "namespace").entries()) {
                attributes.put(Python.requireText(entry.key(), "namespace()"), entry.value());
            }
            return new Namespace(attributes);
        });
        add(globals, "cycler", arguments -> {
            if (!arguments.names().isEmpty() || arguments.positions().isEmpty()) {
                throw new PythonError("at least one item has to be provided");
            }
            return new Cycler(arguments.positions());
        });
        add(globals, "joiner", arguments -> {
            @Nullable Object[] given = arguments.bind("joiner", 0, "sep");
            return new Joiner(given[0] == null ? ", " : given[0]);
        });
        add(globals, "raise_exception", arguments -> {
            Object message = arguments.bind("raise_exception", 1, "message")[0];
            throw new PythonError.Raised(message == null || message instanceof None ? "None" : python.print(message));
        });
        add(globals, "strftime_now", arguments -> {
            Object format = arguments.bind("strftime_now", 1, "format")[0];
            String text = Python.requireText(format == null ? "" : format, "strftime_now()");
            python.budget.text(16L * text.length());
            return Clock.format(now, text);
        });
        return globals;
    }

    private static void add(Map<String, Object> globals, String name, Body body) {
        globals.put(name, new Named(name, body));
    }

    private static Range range(Arguments arguments) {
        @Nullable Object[] given = arguments.places("range", 1, 3);
        long[] bounds = new long[3];
        for (int i = 0; i < 3; i++) {
            Object value = given[i];
            if (value != null && !Numbers.isInteger(value)) {
                throw new PythonError("'%s' object cannot be interpreted as an integer", Python.typeName(value));
            }
            bounds[i] = value == null ? 1 : Math.clamp(Numbers.index(value), Long.MIN_VALUE / 4, Long.MAX_VALUE / 4);
        }
        if (bounds[2] == 0) {
            throw new PythonError("range() arg 3 must not be zero");
        }
        Range range = given[1] == null ? new Range(0, bounds[0], 1) : new Range(bounds[0], bounds[1], bounds[2]);
        if (range.length() > Budget.RANGE) {
            throw new PythonError("Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).", Budget.RANGE);
        }
        return range;
    }

    private static Dict dict(Python python, Arguments arguments, String function) {
        Dict dict = new Dict();
        if (arguments.positions().size() > 1) {
            throw new PythonError(
                    "%s expected at most 1 argument, got %d",
                    function, arguments.positions().size());
        }
        if (!arguments.positions().isEmpty()) {
            Object source = arguments.positions().getFirst();
            if (source instanceof Dict other) {
                dict = new Dict(other);
            } else {
                for (Iterator<Object> pairs = python.iterate(source); pairs.hasNext(); ) {
                    List<Object> pair = python.list(pairs.next());
                    if (pair.size() != 2) {
                        throw new PythonError(
                                "dictionary update sequence element has length %d; 2 is required", pair.size());
                    }
                    dict.put(pair.get(0), pair.get(1));
                }
            }
        }
        arguments.names().forEach(dict::put);
        python.budget.items(dict.size());
        return dict;
    }
}
