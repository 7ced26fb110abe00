package dev.ayni.template;

import dev.ayni.template.Values.Arguments;
import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.DictView;
import dev.ayni.template.Values.Generator;
import dev.ayni.template.Values.Markup;
import dev.ayni.template.Values.None;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import dev.ayni.template.Values.Undefined;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The filters of Jinja: what may follow {@code |}. */
final class Filters {
    private Filters() {}

    interface Body {
        Object apply(Interpreter interpreter, Object value, Arguments arguments);
    }

    private interface Plain {
        Object apply(Python python, Object value);
    }

    private interface OfText {
        String apply(String text);
    }

    static final Map<String, Body> TABLE = table();

    private static Map<String, Body> table() {
        Map<String, Body> table = new HashMap<>();
        plain(table, "abs", (python, value) -> absolute(value));
        table.put("attr", (jinja, value, arguments) -> {
            String name = Python.requireText(present(arguments.bind("attr", 1, "name")[0]), "attr");
            if (value instanceof Undefined undefined && !name.startsWith("__")) {
                throw Python.undefined(undefined);
            }
            Object attribute = Methods.attribute(jinja, value, name);
            return attribute != null
                    ? attribute
                    : new Undefined(Text.repr(Python.objectName(value)) + " has no attribute " + Text.repr(name));
        });
        table.put("batch", Filters::batch);
        text(table, "capitalize", TextMethods::capitalized);
        table.put("center", (jinja, value, arguments) -> {
            Object width = arguments.bind("center", 0, "width")[0];
            String text = jinja.python.print(value);
            return marked(
                    value,
                    TextMethods.padded(
                            jinja.python, text, width == null ? 80 : Python.requireInteger(width), " ", "center"));
        });
        table.put("default", Filters::otherwise);
        table.put("d", Filters::otherwise);
        table.put("dictsort", Filters::dictsort);
        for (String name : List.of("e", "escape")) {
            plain(
                    table,
                    name,
                    (python, value) -> value instanceof Markup ? value : markup(python, python.print(value)));
        }
        plain(table, "forceescape", (python, value) -> markup(python, python.print(value)));
        plain(table, "safe", (python, value) -> new Markup(python.print(value)));
        plain(table, "string", (python, value) -> value instanceof Markup ? value : python.print(value));
        plain(table, "first", (python, value) -> {
            Iterator<Object> items = python.iterate(value);
            return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
        });
        plain(table, "last", (python, value) -> {
            Iterator<Object> items = python.reversed(value);
            if (items == null) {
                throw new PythonError("'%s' object is not reversible", Python.typeName(value));
            }
            return items.hasNext() ? items.next() : new Undefined("No last item, sequence was empty.");
        });
        table.put("float", (jinja, value, arguments) -> {
            Object fallback = arguments.bind("float", 0, "default")[0];
            Object real = real(value);
            return real != null ? real : fallback == null ? 0.0 : fallback;
        });
        table.put("int", Filters::integer);
        table.put("format", (jinja, value, arguments) -> {
            if (!arguments.positions().isEmpty() && !arguments.names().isEmpty()) {
                throw new PythonError("can't handle positional and keyword arguments at the same time");
            }
            Dict names = new Dict();
            arguments.names().forEach(names::put);
            Object text = value instanceof Markup ? value : jinja.python.print(value);
            return jinja.python.arithmetic("%", text, names.size() > 0 ? names : new Tuple(arguments.positions()));
        });
        table.put("groupby", Filters::groupby);
        table.put("indent", Filters::indent);
        plain(
                table,
                "items",
                (python, value) -> new Generator("generator", () -> {
                    if (value instanceof Undefined) {
                        return Collections.emptyIterator();
                    }
                    if (!(value instanceof Dict dict)) {
                        throw new PythonError("Can only get item pairs from a mapping.");
                    }
                    return new DictView(dict, DictView.Part.ITEMS).iterator();
                }));
        table.put("join", Filters::join);
        plain(table, "length", (python, value) -> Python.length(value));
        plain(table, "count", (python, value) -> Python.length(value));
        plain(table, "list", (python, value) -> new PyList(python.list(value)));
        text(table, "lower", Python::lower);
        text(table, "upper", Python::upper);
        table.put("map", Filters::map);
        table.put("max", (jinja, value, arguments) -> extreme(jinja, value, arguments, ">"));
        table.put("min", (jinja, value, arguments) -> extreme(jinja, value, arguments, "<"));
        plain(table, "pprint", (python, value) -> new PrettyPrint(python).pretty(value));
        table.put("select", (jinja, value, arguments) -> select(jinja, value, arguments, true, false));
        table.put("reject", (jinja, value, arguments) -> select(jinja, value, arguments, false, false));
        table.put("selectattr", (jinja, value, arguments) -> select(jinja, value, arguments, true, true));
        table.put("rejectattr", (jinja, value, arguments) -> select(jinja, value, arguments, false, true));
        table.put("replace", Filters::replace);
        plain(table, "reverse", (python, value) -> {
            String text = Python.text(value);
            if (text != null) {
                return marked(value, new StringBuilder(text).reverse().toString());
            }
            Iterator<Object> items = python.reversed(value);
            if (items != null) {
                return new Generator(value instanceof PyList ? "list_reverseiterator" : "reversed", () -> items);
            }
            if (!Python.isIterable(value)) {
                throw new PythonError("argument must be iterable");
            }
            return new PyList(python.list(value).reversed());
        });
        table.put("round", Filters::round);
        table.put("slice", Filters::slice);
        table.put("sort", Filters::sort);
        plain(table, "striptags", (python, value) -> striptags(python, python.print(value)));
        table.put("sum", Filters::sum);
        text(table, "title", Filters::title);
        table.put("tojson", Filters::tojson);
        table.put("trim", (jinja, value, arguments) -> {
            Object characters = arguments.bind("trim", 0, "chars")[0];
            return marked(value, TextMethods.stripped(jinja.python.print(value), characters, true, true));
        });
        table.put("truncate", Filters::truncate);
        table.put("unique", Filters::unique);
        plain(table, "urlencode", Filters::urlencode);
        plain(table, "wordcount", (python, value) -> {
            long words = 0;
            boolean within = false;
            for (int c : python.print(value).codePoints().toArray()) {
                words += Text.isWord(c) && !within ? 1 : 0;
                within = Text.isWord(c);
            }
            return words;
        });
        table.put("wordwrap", Filters::wordwrap);
        return Map.copyOf(table);
    }

    private static void plain(Map<String, Body> table, String name, Plain filter) {
        table.put(name, (jinja, value, arguments) -> {
            arguments.bind(name, 0);
            return filter.apply(jinja.python, value);
        });
    }

    private static void text(Map<String, Body> table, String name, OfText filter) {
        plain(table, name, (python, value) -> {
            String text = python.print(value);
            python.budget.text(text.length());
            return marked(value, filter.apply(text));
        });
    }

    private static Object marked(Object value, String text) {
        return value instanceof Markup ? new Markup(text) : text;
    }

    private static Markup markup(Python python, String text) {
        python.budget.text(6L * text.length());
        return new Markup(Text.escaped(text));
    }

    private static Object present(@Nullable Object value) {
        return value == null ? None.NONE : value;
    }

    private static boolean isTrue(@Nullable Object value) {
        return value != null && Python.isTrue(value);
    }

    private static boolean isNone(@Nullable Object value) {
        return value == null || value instanceof None;
    }

    // ---- what an attribute argument such as "function.name" or 0 stands for

    private static UnaryOperator<Object> getter(Interpreter jinja, Object attribute, @Nullable Object fallback) {
        List<Object> parts = new ArrayList<>();
        String path = Python.text(attribute);
        if (path != null) {
            for (String part : path.split("\\.", -1)) {
                boolean number = !part.isEmpty() && part.chars().allMatch(Character::isDigit);
                if (number && part.length() > Budget.INTEGER_DIGITS) {
                    throw new PythonError.Limit(
                            "it asks for an item by a number of more than %d digits.".formatted(Budget.INTEGER_DIGITS));
                }
                parts.add(number ? Numbers.integer(new BigInteger(part)) : part);
            }
        } else if (!(attribute instanceof None)) {
            parts.add(attribute);
        }
        return value -> {
            Object item = value;
            for (Object part : parts) {
                item = jinja.item(item, part);
                if (fallback != null && !(fallback instanceof None) && item instanceof Undefined) {
                    item = fallback;
                }
            }
            return item;
        };
    }

    private static UnaryOperator<Object> key(
            Interpreter jinja, @Nullable Object attribute, boolean caseSensitive, @Nullable Object fallback) {
        UnaryOperator<Object> getter = getter(jinja, present(attribute), fallback);
        return caseSensitive ? getter : value -> lowered(getter.apply(value));
    }

    private static Object lowered(Object value) {
        String text = Python.text(value);
        return text == null ? value : Python.lower(text);
    }

    // ---- one value

    private static Object absolute(Object value) {
        if (value instanceof Double real) {
            return Math.abs(real);
        }
        if (!Numbers.isInteger(value)) {
            throw new PythonError("bad operand type for abs(): '%s'", Python.typeName(value));
        }
        return Numbers.integer(Numbers.big(value).abs());
    }

    private static Object otherwise(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("default", 0, "default_value", "boolean");
        boolean absent = value instanceof Undefined || isTrue(given[1]) && !Python.isTrue(value);
        return absent ? given[0] == null ? "" : given[0] : value;
    }

    /** As {@code float} of Python, or null where it fails. */
    private static @Nullable Object real(Object value) {
        if (value instanceof Undefined undefined) {
            throw Python.undefined(undefined);
        }
        String text = Python.text(value);
        if (text != null) {
            return Numbers.parseReal(text);
        }
        return Numbers.isNumber(value) ? (Object) Numbers.real(value) : null;
    }

    private static Object integer(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("int", 0, "default", "base");
        Object fallback = given[0] == null ? 0L : given[0];
        if (value instanceof Undefined undefined) {
            throw Python.undefined(undefined);
        }
        String text = Python.text(value);
        if (text != null) {
            long base = given[1] == null ? 10 : Python.requireInteger(given[1]);
            boolean valid = base == 0 || base >= 2 && base <= 36;
            Object parsed = valid ? Numbers.parse(text, (int) base) : null;
            if (parsed != null) {
                return parsed;
            }
            Double real = Numbers.parseReal(text);
            return real == null || real.isNaN() || real.isInfinite() ? fallback : Numbers.truncated(real);
        }
        if (value instanceof Double real) {
            if (real.isInfinite()) {
                throw new PythonError("cannot convert float infinity to integer");
            }
            return real.isNaN() ? fallback : Numbers.truncated(real);
        }
        return Numbers.isInteger(value) ? Numbers.integer(Numbers.big(value)) : fallback;
    }

    private static Object round(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("round", 0, "precision", "method");
        long digits = given[0] == null ? 0 : Python.requireInteger(given[0]);
        String method = given[1] == null ? "common" : jinja.python.print(given[1]);
        if (!method.equals("common") && !method.equals("ceil") && !method.equals("floor")) {
            throw new PythonError("method must be common, ceil or floor");
        }
        if (value instanceof Undefined undefined && !method.equals("common")) {
            throw Python.undefined(undefined);
        }
        if (!Numbers.isNumber(value)) {
            throw new PythonError("type %s doesn't define __round__ method", Python.typeName(value));
        }
        if (method.equals("common")) {
            return Numbers.rounded(value, digits);
        }
        Object factor = Numbers.arithmetic("**", 10L, digits);
        Object scaled = Numbers.arithmetic("*", value, factor);
        if (scaled instanceof Double real) {
            scaled = Numbers.truncated(method.equals("ceil") ? Math.ceil(real) : Math.floor(real));
        }
        return Numbers.arithmetic("/", scaled, factor);
    }

    private static Object replace(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("replace", 2, "old", "new", "count");
        Python python = jinja.python;
        long count = isNone(given[2]) ? -1 : Python.requireInteger(given[2]);
        return TextMethods.replaced(
                python, python.print(value), python.print(present(given[0])), python.print(present(given[1])), count);
    }

    private static Object indent(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("indent", 0, "width", "first", "blank");
        Python python = jinja.python;
        String width = given[0] == null ? "    " : Python.text(given[0]);
        String indention = width != null ? width : python.repeated(" ", Math.max(0, Python.requireInteger(given[0])));
        String text = Python.requireText(python.arithmetic("+", value, "\n"), "indent");
        List<String> lines = jinja.python.lines(text, false);
        python.budget.text(text.length() + (long) lines.size() * indention.length());
        StringBuilder out = new StringBuilder(isTrue(given[1]) ? indention : "");
        for (int i = 0; i < lines.size(); i++) {
            boolean indented = i > 0 && (isTrue(given[2]) || !lines.get(i).isEmpty());
            out.append(i == 0 ? "" : "\n").append(indented ? indention : "").append(lines.get(i));
        }
        return marked(value, out.toString());
    }

    private static final Pattern WORD_START = Pattern.compile("[-\\s({\\[<]+", Pattern.UNICODE_CHARACTER_CLASS);

    private static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        var breaks = WORD_START.matcher(text);
        while (breaks.find()) {
            word(text.substring(from, breaks.start()), out);
            word(breaks.group(), out);
            from = breaks.end();
        }
        word(text.substring(from), out);
        return out.toString();
    }

    private static void word(String word, StringBuilder out) {
        if (!word.isEmpty()) {
            int first = Character.charCount(word.codePointAt(0));
            out.append(Python.upper(word.substring(0, first))).append(Python.lower(word.substring(first)));
        }
    }

    private static Object truncate(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
        Python python = jinja.python;
        long length = given[0] == null ? 255 : Python.requireInteger(given[0]);
        String end = given[2] == null ? "..." : Python.requireText(given[2], "truncate");
        long leeway = isNone(given[3]) ? 5 : Python.requireInteger(given[3]);
        int endLength = Text.length(end);
        if (length < endLength || leeway < 0) {
            throw new PythonError("expected length >= %d, got %d", endLength, length);
        }
        if (Python.length(value) <= length + leeway) {
            return value;
        }
        Object cut = python.slice(value, null, length - endLength, null);
        String text = Python.requireText(cut, "truncate");
        int blank = text.lastIndexOf(' ');
        return marked(value, (isTrue(given[1]) || blank < 0 ? text : text.substring(0, blank)) + end);
    }

    private static Object wordwrap(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable
        Object[] given = arguments.bind("wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
        long width = given[0] == null ? 79 : Python.requireInteger(given[0]);
        String glue = isNone(given[2]) ? "\n" : Python.requireText(present(given[2]), "wordwrap");
        boolean breakWords = given[1] == null || isTrue(given[1]);
        boolean breakHyphens = given[3] == null || isTrue(given[3]);
        if (width <= 0) {
            throw new PythonError("invalid width %d (must be > 0)", width);
        }
        List<String> wrapped = new ArrayList<>();
        for (String line : jinja.python.lines(Python.requireText(value, "wordwrap"), false)) {
            jinja.budget.steps(line.length());
            wrapped.add(String.join(
                    glue,
                    TextWrap.wrapped(
                            jinja.python, line, (int) Math.min(width, Budget.TEXT), breakWords, breakHyphens)));
        }
        String text = String.join(glue, wrapped);
        jinja.budget.text(text.length());
        return text;
    }

    private static String striptags(Python python, String text) {
        String plain = without("<", ">", without("<!--", "-->", text));
        TextMethods.Parts words = new TextMethods.Parts(python);
        TextMethods.splitAtSpace(plain, Long.MAX_VALUE, words);
        return Text.unescaped(words.items.stream().map(python::print).collect(Collectors.joining(" ")));
    }

    private static String without(String open, String close, String text) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        for (int start = text.indexOf(open); start >= 0; start = text.indexOf(open, from)) {
            int end = text.indexOf(close, start);
            if (end < 0) {
                break;
            }
            out.append(text, from, start);
            from = end + close.length();
        }
        return out.append(text, from, text.length()).toString();
    }

    private static Object urlencode(Python python, Object value) {
        if (Python.text(value) != null || !Python.isIterable(value)) {
            return quoted(python, value, false);
        }
        Object pairs = value instanceof Dict dict ? new DictView(dict, DictView.Part.ITEMS) : value;
        List<String> parts = new ArrayList<>();
        for (Iterator<Object> items = python.iterate(pairs); items.hasNext(); ) {
            List<Object> pair = python.list(items.next());
            if (pair.size() != 2) {
                throw new PythonError("not enough values to unpack (expected 2, got %d)", pair.size());
            }
            parts.add(quoted(python, pair.get(0), true) + "=" + quoted(python, pair.get(1), true));
        }
        return String.join("&", parts);
    }

    private static String quoted(Python python, Object value, boolean query) {
        byte[] bytes = python.print(value).getBytes(StandardCharsets.UTF_8);
        python.budget.text(3L * bytes.length);
        StringBuilder out = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0 || c == '/' && !query);
            out.append(plain ? String.valueOf(c) : c == ' ' && query ? "+" : "%%%02X".formatted((int) c));
        }
        return out.toString();
    }

    private static Object tojson(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        Python python = jinja.python;
        String indent = null;
        if (!isNone(given[1])) {
            String text = Python.text(present(given[1]));
            indent = text != null ? text : python.repeated(" ", Math.max(0, Python.requireInteger(given[1])));
        }
        String comma = indent == null ? ", " : ",";
        String colon = ": ";
        if (!isNone(given[2])) {
            List<Object> separators = python.list(present(given[2]));
            if (separators.size() != 2) {
                throw new PythonError("not enough values to unpack (expected 2, got %d)", separators.size());
            }
            comma = Python.requireText(separators.get(0), "tojson");
            colon = Python.requireText(separators.get(1), "tojson");
        }
        return new Json(python, isTrue(given[0]), indent, comma, colon, isTrue(given[3])).write(value);
    }

    // ---- several values

    private static Object join(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("join", 0, "d", "attribute");
        Python python = jinja.python;
        String separator = given[0] == null ? "" : python.print(given[0]);
        UnaryOperator<Object> getter = getter(jinja, present(given[1]), null);
        StringBuilder joined = new StringBuilder();
        boolean first = true;
        for (Iterator<Object> items = python.iterate(value); items.hasNext(); ) {
            String text = python.print(getter.apply(items.next()));
            python.budget.text((long) separator.length() + text.length());
            joined.append(first ? "" : separator).append(text);
            if (joined.length() > Budget.TEXT) {
                python.budget.text(joined.length());
            }
            first = false;
        }
        return joined.toString();
    }

    private static Object map(Interpreter jinja, Object value, Arguments arguments) {
        return new Generator("generator", () -> {
            if (!Python.isTrue(value)) {
                return Collections.emptyIterator();
            }
            UnaryOperator<Object> change = mapping(jinja, arguments);
            Iterator<Object> items = jinja.python.iterate(value);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return items.hasNext();
                }

                @Override
                public Object next() {
                    return change.apply(items.next());
                }
            };
        });
    }

    private static UnaryOperator<Object> mapping(Interpreter jinja, Arguments arguments) {
        if (arguments.positions().isEmpty() && arguments.names().containsKey("attribute")) {
            @Nullable Object[] given = arguments.bind("map", 1, "attribute", "default");
            return getter(jinja, present(given[0]), given[1]);
        }
        if (arguments.positions().isEmpty()) {
            throw new PythonError("map requires a filter argument");
        }
        String name = callable(jinja, arguments.positions().getFirst(), "filter");
        Arguments rest = new Arguments(
                arguments.positions().subList(1, arguments.positions().size()), arguments.names());
        return item -> jinja.filter(name, item, rest);
    }

    private static String callable(Interpreter jinja, Object name, String kind) {
        String text = Python.text(name);
        if (text == null) {
            throw new PythonError("No %s named %s.", kind, jinja.python.repr(name));
        }
        return text;
    }

    private static Object select(
            Interpreter jinja, Object value, Arguments arguments, boolean keep, boolean attribute) {
        return new Generator("generator", () -> {
            if (!Python.isTrue(value)) {
                return Collections.emptyIterator();
            }
            List<Object> places = arguments.positions();
            if (attribute && places.isEmpty()) {
                throw new PythonError("Missing parameter for attribute name");
            }
            UnaryOperator<Object> getter = attribute ? getter(jinja, places.getFirst(), null) : item -> item;
            int test = attribute ? 1 : 0;
            String name = places.size() > test ? callable(jinja, places.get(test), "test") : null;
            Arguments rest = name == null
                    ? Arguments.NONE
                    : new Arguments(places.subList(test + 1, places.size()), arguments.names());
            Iterator<Object> items = jinja.python.iterate(value);
            return new Interpreter.Lookahead() {
                @Override
                @Nullable
                Object find() {
                    while (items.hasNext()) {
                        Object item = items.next();
                        Object tested = getter.apply(item);
                        boolean holds = name == null ? Python.isTrue(tested) : jinja.test(name, tested, rest);
                        if (holds == keep) {
                            return item;
                        }
                    }
                    return null;
                }
            };
        });
    }

    private static Object extreme(Interpreter jinja, Object value, Arguments arguments, String sign) {
        @Nullable Object[] given = arguments.bind(sign.equals("<") ? "min" : "max", 0, "case_sensitive", "attribute");
        UnaryOperator<Object> key = key(jinja, given[1], isTrue(given[0]), null);
        Iterator<Object> items = jinja.python.iterate(value);
        if (!items.hasNext()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Object best = items.next();
        Object bestKey = key.apply(best);
        while (items.hasNext()) {
            Object item = items.next();
            Object itemKey = key.apply(item);
            if (jinja.python.ordered(sign, itemKey, bestKey)) {
                best = item;
                bestKey = itemKey;
            }
        }
        return best;
    }

    private static Object sum(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("sum", 0, "attribute", "start");
        UnaryOperator<Object> getter = getter(jinja, present(given[0]), null);
        Object sum = given[1] == null ? 0L : given[1];
        if (Python.text(sum) != null) {
            throw new PythonError("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Iterator<Object> items = jinja.python.iterate(value); items.hasNext(); ) {
            sum = jinja.python.arithmetic("+", sum, getter.apply(items.next()));
        }
        return sum;
    }

    private static Object sort(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        boolean caseSensitive = isTrue(given[1]);
        List<UnaryOperator<Object>> getters = new ArrayList<>();
        String attributes = given[2] == null ? null : Python.text(given[2]);
        if (attributes == null) {
            getters.add(key(jinja, given[2], caseSensitive, null));
        } else {
            for (String attribute : attributes.split(",", -1)) {
                getters.add(key(jinja, attribute, caseSensitive, null));
            }
        }
        List<Object> items = jinja.python.list(value);
        List<Object> keys = new ArrayList<>();
        for (Object item : items) {
            keys.add(new PyList(
                    getters.stream().map(getter -> getter.apply(item)).toList()));
        }
        return new PyList(jinja.python.sorted(keys, items, isTrue(given[0])));
    }

    private static Object dictsort(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        String by = given[1] == null ? "key" : jinja.python.print(given[1]);
        if (!by.equals("key") && !by.equals("value")) {
            throw new PythonError("You can only sort by either \"key\" or \"value\"");
        }
        if (value instanceof Undefined undefined) {
            throw Python.undefined(undefined);
        }
        if (!(value instanceof Dict dict)) {
            throw new PythonError("'%s' object has no attribute 'items'", Python.typeName(value));
        }
        List<Object> pairs = jinja.python.list(new DictView(dict, DictView.Part.ITEMS));
        List<Object> keys = new ArrayList<>();
        for (Dict.Entry entry : dict.entries()) {
            Object key = by.equals("key") ? entry.key() : entry.value();
            keys.add(isTrue(given[0]) ? key : lowered(key));
        }
        return new PyList(jinja.python.sorted(keys, pairs, isTrue(given[2])));
    }

    private static Object unique(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("unique", 0, "case_sensitive", "attribute");
        UnaryOperator<Object> key = key(jinja, given[1], isTrue(given[0]), null);
        return new Generator("generator", () -> {
            Iterator<Object> items = jinja.python.iterate(value);
            Set<Object> seen = new HashSet<>();
            return new Interpreter.Lookahead() {
                @Override
                @Nullable
                Object find() {
                    while (items.hasNext()) {
                        Object item = items.next();
                        if (seen.add(Values.hashed(key.apply(item)))) {
                            return item;
                        }
                    }
                    return null;
                }
            };
        });
    }

    private static Object groupby(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("groupby", 1, "attribute", "default", "case_sensitive");
        boolean caseSensitive = isTrue(given[2]);
        UnaryOperator<Object> key = key(jinja, given[0], caseSensitive, given[1]);
        UnaryOperator<Object> shown = key(jinja, given[0], true, given[1]);
        List<Object> items = jinja.python.list(value);
        List<Object> keys = new ArrayList<>(items.stream().map(key).toList());
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        Object last = None.NONE;
        for (Object item : jinja.python.sorted(keys, items, false)) {
            Object next = key.apply(item);
            if (!group.isEmpty() && !jinja.python.equal(last, next)) {
                groups.add(group(shown, group));
                group = new ArrayList<>();
            }
            last = next;
            group.add(item);
        }
        if (!group.isEmpty()) {
            groups.add(group(shown, group));
        }
        return new PyList(groups);
    }

    private static Tuple group(UnaryOperator<Object> shown, List<Object> group) {
        return new Tuple(List.of(shown.apply(group.getFirst()), new PyList(group)), true);
    }

    private static Object batch(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("batch", 1, "linecount", "fill_with");
        return new Generator("generator", () -> {
            Iterator<Object> items = jinja.python.iterate(value);
            Object count = present(given[0]);
            return new Interpreter.Lookahead() {
                private @Nullable Object held;

                @Override
                @Nullable
                Object find() {
                    List<Object> batch = new ArrayList<>();
                    if (held != null) {
                        batch.add(held);
                        held = null;
                    }
                    while (items.hasNext()) {
                        Object item = items.next();
                        // also when the first batch would be empty: Jinja gives it all the same
                        if (jinja.python.equal((long) batch.size(), count)) {
                            held = item;
                            return new PyList(batch);
                        }
                        batch.add(item);
                    }
                    if (batch.isEmpty()) {
                        return null;
                    }
                    if (!isNone(given[1])) {
                        long missing = Python.requireInteger(count) - batch.size();
                        jinja.budget.items(Math.max(0, missing));
                        for (long i = 0; i < missing; i++) {
                            batch.add(present(given[1]));
                        }
                    }
                    return new PyList(batch);
                }
            };
        });
    }

    private static Object slice(Interpreter jinja, Object value, Arguments arguments) {
        @Nullable Object[] given = arguments.bind("slice", 1, "slices", "fill_with");
        return new Generator("generator", () -> {
            List<Object> items = jinja.python.list(value);
            long slices = Python.requireInteger(given[0]);
            if (slices == 0) {
                throw new PythonError("integer division or modulo by zero");
            }
            jinja.budget.items(Math.max(0, slices));
            long each = Math.floorDiv(items.size(), slices);
            long longer = Math.floorMod(items.size(), slices);
            List<Object> parts = new ArrayList<>();
            int from = 0;
            for (long i = 0; i < slices; i++) {
                int to = (int) (from + each + (i < longer ? 1 : 0));
                List<Object> part = new ArrayList<>(items.subList(from, to));
                if (!isNone(given[1]) && i >= longer) {
                    part.add(present(given[1]));
                }
                parts.add(new PyList(part));
                from = to;
            }
            return parts.iterator();
        });
    }
}
