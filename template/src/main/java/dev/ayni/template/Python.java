package dev.ayni.template;

import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.DictView;
import dev.ayni.template.Values.Function;
import dev.ayni.template.Values.Generator;
import dev.ayni.template.Values.Markup;
import dev.ayni.template.Values.Namespace;
import dev.ayni.template.Values.None;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Range;
import dev.ayni.template.Values.Tuple;
import dev.ayni.template.Values.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** What Python does with values: truth, printing, comparing, arithmetic, items, iteration. Everything that could grow without end is charged to a budget. */
final class Python {
    final Budget budget;

    Python(Budget budget) {
        this.budget = budget;
    }

    // ---- what a value is

    static String typeName(Object value) {
        return switch (value) {
            case String _ -> "str";
            case Markup _ -> "Markup";
            case Boolean _ -> "bool";
            case Double _ -> "float";
            case None _ -> "NoneType";
            case PyList _ -> "list";
            case Tuple tuple -> tuple.group() ? "_GroupTuple" : "tuple";
            case Dict _ -> "dict";
            case DictView view -> view.typeName();
            case Range _ -> "range";
            case Generator generator -> generator.typeName;
            case Undefined _ -> "Undefined";
            case Namespace _ -> "Namespace";
            case Values.MacroFunction _ -> "Macro";
            case Interpreter.Loop _ -> "LoopContext";
            case Globals.Cycler _ -> "Cycler";
            case Globals.Joiner _ -> "Joiner";
            case Function _ -> "builtin_function_or_method";
            default -> "int";
        };
    }

    /** As Jinja names a value that lacks an attribute. */
    static String objectName(Object value) {
        return switch (value) {
            case None _ -> "None";
            case Markup _ -> "markupsafe.Markup object";
            case Namespace _ -> "jinja2.utils.Namespace object";
            case Interpreter.Loop _ -> "jinja2.runtime.LoopContext object";
            case Values.MacroFunction _ -> "jinja2.runtime.Macro object";
            case Globals.Cycler _ -> "jinja2.utils.Cycler object";
            case Globals.Joiner _ -> "jinja2.utils.Joiner object";
            case Undefined _ -> "jinja2.runtime.Undefined object";
            case Tuple tuple when tuple.group() -> "jinja2.filters._GroupTuple object";
            default -> typeName(value) + " object";
        };
    }

    /** The text of a text, marked up or not; null for anything else. */
    static @Nullable String text(Object value) {
        return value instanceof String text ? text : value instanceof Markup markup ? markup.text() : null;
    }

    static String requireText(Object value, String function) {
        String text = text(value);
        if (text == null) {
            if (value instanceof Undefined undefined) {
                throw undefined(undefined);
            }
            throw new PythonError("%s expected a str, got '%s'", function, typeName(value));
        }
        return text;
    }

    /** A whole number; null stands for None, which is none. */
    static long requireInteger(@Nullable Object value) {
        Object number = value == null ? None.NONE : value;
        if (!Numbers.isInteger(number)) {
            throw new PythonError("'%s' object cannot be interpreted as an integer", typeName(number));
        }
        return Numbers.index(number);
    }

    static PythonError undefined(Undefined value) {
        return new PythonError(value.message());
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case Boolean truth -> truth;
            case String text -> !text.isEmpty();
            case Long number -> number != 0;
            case Double number -> number != 0;
            case None _, Undefined _ -> false;
            case Markup markup -> !markup.text().isEmpty();
            case PyList list -> !list.items().isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Dict dict -> dict.size() > 0;
            case DictView view -> view.dict().size() > 0;
            case Range range -> range.length() > 0;
            default -> true;
        };
    }

    /** The number of characters or items, or -1 for what has none. */
    static long lengthOrNone(Object value) {
        return switch (value) {
            case String text -> Text.length(text);
            case Markup markup -> Text.length(markup.text());
            case PyList list -> list.items().size();
            case Tuple tuple -> tuple.items().size();
            case Dict dict -> dict.size();
            case DictView view -> view.dict().size();
            case Range range -> range.length();
            case Undefined _ -> 0;
            case Interpreter.Loop loop -> loop.length();
            default -> -1;
        };
    }

    static long length(Object value) {
        long length = lengthOrNone(value);
        if (length < 0) {
            throw new PythonError("object of type '%s' has no len()", typeName(value));
        }
        return length;
    }

    static boolean isIterable(Object value) {
        return switch (value) {
            case String _,
                    Markup _,
                    PyList _,
                    Tuple _,
                    Dict _,
                    DictView _,
                    Range _,
                    Generator _,
                    Undefined _,
                    Interpreter.Loop _ -> true;
            default -> false;
        };
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    // ---- iteration

    /** The items one by one; each costs a step. */
    Iterator<Object> iterate(Object value) {
        Iterator<Object> items = switch (value) {
            case PyList list -> list.items().iterator();
            case Tuple tuple -> tuple.items().iterator();
            case Dict dict -> dict.keys().iterator();
            case DictView view -> view.iterator();
            case Generator generator -> started(generator);
            case String text -> characters(text);
            case Markup markup -> characters(markup.text());
            case Range range -> numbers(range);
            case Undefined _ -> Collections.emptyIterator();
            case Interpreter.Loop loop -> loop.pairs();
            default -> throw new PythonError("'%s' object is not iterable", typeName(value));
        };
        if (!(value instanceof Generator)) {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return items.hasNext();
                }

                @Override
                public Object next() {
                    budget.step();
                    return items.next();
                }
            };
        }
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                budget.enterIterator();
                boolean more = items.hasNext();
                budget.leaveIterator();
                return more;
            }

            @Override
            public Object next() {
                budget.step();
                budget.enterIterator();
                Object item = items.next();
                budget.leaveIterator();
                return item;
            }
        };
    }

    private Iterator<Object> started(Generator generator) {
        budget.enterIterator();
        Iterator<Object> items = generator.iterator();
        budget.leaveIterator();
        return items;
    }

    private static Iterator<Object> characters(String text) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.length();
            }

            @Override
            public Object next() {
                if (at >= text.length()) {
                    throw new NoSuchElementException();
                }
                int from = at;
                at += Character.charCount(text.codePointAt(from));
                return text.substring(from, at);
            }
        };
    }

    private static Iterator<Object> numbers(Range range) {
        return new Iterator<>() {
            private long at;

            @Override
            public boolean hasNext() {
                return at < range.length();
            }

            @Override
            public Object next() {
                if (at >= range.length()) {
                    throw new NoSuchElementException();
                }
                return range.at(at++);
            }
        };
    }

    /** All items, in a list of its own. */
    List<Object> list(Object value) {
        long length = value instanceof Undefined || value instanceof Interpreter.Loop ? 0 : lengthOrNone(value);
        budget.items(Math.max(0, length));
        List<Object> items = new ArrayList<>((int) Math.max(8, length));
        for (Iterator<Object> rest = iterate(value); rest.hasNext(); ) {
            items.add(rest.next());
            if (items.size() > length) {
                budget.items(1);
            }
        }
        return items;
    }

    /** From the last item to the first; null for what cannot be walked backwards. */
    @Nullable
    Iterator<Object> reversed(Object value) {
        return switch (value) {
            case String _, Markup _, PyList _, Tuple _, Dict _, DictView _, Range _, Undefined _ ->
                list(value).reversed().iterator();
            default -> null;
        };
    }

    /** The lines of a text. */
    List<String> lines(String text, boolean keepEnds) {
        budget.items(1 + text.chars().filter(Text::isBreak).count());
        budget.text(text.length());
        return Text.lines(text, keepEnds);
    }

    // ---- printing

    /** As {@code str} prints it. */
    String print(Object value) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Undefined _ -> "";
            case Boolean truth -> truth ? "True" : "False";
            case Long number -> Long.toString(number);
            case None _ -> "None";
            default -> repr(value);
        };
    }

    /** As {@code repr} prints it. */
    String repr(Object value) {
        StringBuilder out = new StringBuilder();
        repr(value, out, 0);
        return out.toString();
    }

    private void repr(Object value, StringBuilder out, int depth) {
        budget.step();
        if (depth > Budget.VALUE_DEPTH) {
            throw tooDeep();
        }
        int before = out.length();
        switch (value) {
            case String text -> {
                budget.text(text.length());
                out.append(Text.repr(text));
            }
            case Markup markup ->
                out.append("Markup(").append(Text.repr(markup.text())).append(')');
            case Undefined _ -> out.append("Undefined");
            case Boolean truth -> out.append(truth ? "True" : "False");
            case Double number -> out.append(Numbers.repr(number));
            case None _ -> out.append("None");
            case PyList list -> {
                out.append('[');
                items(list.items(), out, depth);
                out.append(']');
            }
            case Tuple tuple -> {
                out.append('(');
                items(tuple.items(), out, depth);
                out.append(tuple.items().size() == 1 ? ",)" : ")");
            }
            case Dict dict -> {
                out.append('{');
                String comma = "";
                for (Dict.Entry entry : dict.entries()) {
                    out.append(comma);
                    repr(entry.key(), out, depth + 1);
                    out.append(": ");
                    repr(entry.value(), out, depth + 1);
                    comma = ", ";
                }
                out.append('}');
            }
            case DictView view -> {
                List<Object> items = new ArrayList<>();
                view.iterator().forEachRemaining(items::add);
                out.append(view.typeName()).append("([");
                items(items, out, depth);
                out.append("])");
            }
            case Range range -> {
                out.append("range(").append(range.start()).append(", ").append(range.stop());
                out.append(range.step() == 1 ? "" : ", " + range.step()).append(')');
            }
            case Namespace namespace -> {
                Dict attributes = new Dict();
                namespace.attributes().forEach(attributes::put);
                out.append("<Namespace ");
                repr(attributes, out, depth + 1);
                out.append('>');
            }
            case Interpreter.Loop loop ->
                out.append("<LoopContext ")
                        .append(loop.index0() + 1)
                        .append('/')
                        .append(loop.length())
                        .append('>');
            case Values.MacroFunction macro ->
                out.append("<Macro ")
                        .append(macro.name().isEmpty() ? "anonymous" : Text.repr(macro.name()))
                        .append('>');
            case Function function ->
                out.append("<function ").append(function.name()).append('>');
            case Generator generator ->
                out.append("<").append(generator.typeName).append(" object>");
            case Globals.Cycler _ -> out.append("<jinja2.utils.Cycler object>");
            default -> out.append(value); // Long and BigInteger
        }
        if (out.length() > Budget.TEXT) {
            budget.text(out.length() - (long) before + Budget.TEXT);
        }
    }

    private void items(List<Object> items, StringBuilder out, int depth) {
        String comma = "";
        for (Object item : items) {
            out.append(comma);
            repr(item, out, depth + 1);
            comma = ", ";
        }
    }

    private static PythonError.Limit tooDeep() {
        return new PythonError.Limit("a value in it is nested deeper than " + Budget.VALUE_DEPTH + " levels.");
    }

    // ---- comparing

    boolean equal(Object left, Object right) {
        return equal(left, right, 0);
    }

    private boolean equal(Object left, Object right, int depth) {
        budget.step();
        if (depth > Budget.VALUE_DEPTH) {
            throw tooDeep();
        }
        if (left == right) {
            return !(left instanceof Double number && number.isNaN());
        }
        if (left instanceof String || left instanceof Markup) {
            String a = text(left);
            String b = text(right);
            if (a == null || b == null) {
                return false;
            }
            budget.steps(Math.min(a.length(), b.length()) >> 4);
            return a.equals(b);
        }
        if (Numbers.isNumber(left)) {
            return Numbers.isNumber(right) && Numbers.compare(left, right) == 0;
        }
        return switch (left) {
            case PyList a -> right instanceof PyList b && equalItems(a.items(), b.items(), depth);
            case Tuple a -> right instanceof Tuple b && equalItems(a.items(), b.items(), depth);
            case Range a -> right instanceof Range b && equalRanges(a, b);
            case Undefined _ -> right instanceof Undefined;
            case Dict a -> {
                if (!(right instanceof Dict b) || a.size() != b.size()) {
                    yield false;
                }
                for (Dict.Entry entry : a.entries()) {
                    Object other = b.get(entry.key());
                    if (other == null || !equal(entry.value(), other, depth + 1)) {
                        yield false;
                    }
                }
                yield true;
            }
            case DictView a ->
                right instanceof DictView b
                        && a.part() == b.part()
                        && (a.part() != DictView.Part.VALUES)
                        && equalViews(a, b, depth);
            default -> false;
        };
    }

    private boolean equalItems(List<Object> a, List<Object> b, int depth) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!equal(a.get(i), b.get(i), depth + 1)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalRanges(Range a, Range b) {
        long length = a.length();
        return length == b.length() && (length == 0 || a.start() == b.start() && (length == 1 || a.step() == b.step()));
    }

    private boolean equalViews(DictView a, DictView b, int depth) {
        if (a.part() == DictView.Part.ITEMS) {
            return equal(a.dict(), b.dict(), depth + 1);
        }
        return a.dict().size() == b.dict().size()
                && a.dict().keys().stream().allMatch(key -> b.dict().get(key) != null);
    }

    /** One of the signs {@code < <= > >=}; values of different kinds have no order. */
    boolean ordered(String sign, Object left, Object right) {
        return ordered(sign, left, right, 0);
    }

    private boolean ordered(String sign, Object left, Object right, int depth) {
        budget.step();
        if (depth > Budget.VALUE_DEPTH) {
            throw tooDeep();
        }
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            int order = Numbers.compare(left, right);
            return order != 2 && holds(sign, order);
        }
        String a = text(left);
        String b = text(right);
        if (a != null && b != null) {
            budget.steps(Math.min(a.length(), b.length()) >> 4);
            return holds(sign, Text.compare(a, b));
        }
        if (left instanceof PyList x && right instanceof PyList y) {
            return orderedItems(sign, x.items(), y.items(), depth);
        }
        if (left instanceof Tuple x && right instanceof Tuple y) {
            return orderedItems(sign, x.items(), y.items(), depth);
        }
        if (left instanceof Undefined undefined) {
            throw undefined(undefined);
        }
        if (right instanceof Undefined undefined) {
            throw undefined(undefined);
        }
        throw new PythonError(
                "'%s' not supported between instances of '%s' and '%s'", sign, typeName(left), typeName(right));
    }

    private boolean orderedItems(String sign, List<Object> a, List<Object> b, int depth) {
        int length = Math.min(a.size(), b.size());
        for (int i = 0; i < length; i++) {
            if (!equal(a.get(i), b.get(i), depth + 1)) {
                return ordered(sign, a.get(i), b.get(i), depth + 1);
            }
        }
        return holds(sign, Integer.compare(a.size(), b.size()));
    }

    private static boolean holds(String sign, int order) {
        return switch (sign) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    boolean contains(Object container, Object item) {
        switch (container) {
            case String _, Markup _ -> {
                String text = requireText(container, "in");
                if (text(item) == null) {
                    throw new PythonError("'in <string>' requires string as left operand, not %s", typeName(item));
                }
                budget.steps(text.length() >> 4);
                return Search.first(text, requireText(item, "in")) >= 0;
            }
            case Dict dict -> {
                return dict.get(item) != null;
            }
            case DictView view
            when view.part() == DictView.Part.KEYS -> {
                return view.dict().get(item) != null;
            }
            default -> {
                if (!isIterable(container)) {
                    throw new PythonError("argument of type '%s' is not iterable", typeName(container));
                }
                for (Iterator<Object> items = iterate(container); items.hasNext(); ) {
                    Object next = items.next();
                    if (next == item || equal(next, item)) {
                        return true;
                    }
                }
                return false;
            }
        }
    }

    /** Sorts as Python's {@code sorted} does: stable, asking only for {@code <}. */
    List<Object> sorted(List<Object> keys, List<Object> values, boolean descending) {
        budget.items(values.size());
        Integer[] order = new Integer[values.size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        sort(order, new Integer[order.length], 0, order.length, keys, descending);
        List<Object> sorted = new ArrayList<>(order.length);
        for (Integer place : order) {
            sorted.add(values.get(place));
        }
        return sorted;
    }

    private void sort(Integer[] order, Integer[] spare, int from, int to, List<Object> keys, boolean descending) {
        if (to - from < 2) {
            return;
        }
        int middle = (from + to) >>> 1;
        sort(order, spare, from, middle, keys, descending);
        sort(order, spare, middle, to, keys, descending);
        System.arraycopy(order, from, spare, from, to - from);
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++) {
            boolean takeRight = left == middle
                    || right < to
                            && (descending
                                    ? ordered("<", keys.get(spare[left]), keys.get(spare[right]))
                                    : ordered("<", keys.get(spare[right]), keys.get(spare[left])));
            order[i] = takeRight ? spare[right++] : spare[left++];
        }
    }

    // ---- arithmetic

    Object arithmetic(String sign, Object left, Object right) {
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return Numbers.arithmetic(sign, left, right);
        }
        if (sign.equals("%") && (left instanceof String || left instanceof Markup)) {
            if (right instanceof Undefined undefined && !(left instanceof Markup)) {
                // its reflected operator comes into play only for other types; a text formats it
                return new PercentFormat(this).percent(requireText(left, "%"), undefined);
            }
            return left instanceof Markup markup
                    ? new Markup(new PercentFormat(this).percent(markup.text(), escaped(right)))
                    : new PercentFormat(this).percent((String) left, right);
        }
        if (left instanceof Undefined undefined) {
            throw undefined(undefined);
        }
        if (right instanceof Undefined undefined && !(sign.equals("+") && isSequence(left))) {
            throw undefined(undefined);
        }
        switch (sign) {
            case "+" -> {
                return sum(left, right);
            }
            case "*" -> {
                if (Numbers.isInteger(right) && isSequence(left)) {
                    return repeated(left, Numbers.index(right));
                }
                if (Numbers.isInteger(left) && isSequence(right)) {
                    return repeated(right, Numbers.index(left));
                }
                if (isSequence(left)) {
                    throw new PythonError("can't multiply sequence by non-int of type '%s'", typeName(right));
                }
                if (isSequence(right)) {
                    throw new PythonError("can't multiply sequence by non-int of type '%s'", typeName(left));
                }
            }
            default -> {}
        }
        throw new PythonError(
                "unsupported operand type(s) for %s: '%s' and '%s'",
                sign.equals("**") ? "** or pow()" : sign, typeName(left), typeName(right));
    }

    private static boolean isSequence(Object value) {
        return value instanceof String || value instanceof Markup || value instanceof PyList || value instanceof Tuple;
    }

    private Object sum(Object left, Object right) {
        if (left instanceof String a && right instanceof String b) {
            budget.text((long) a.length() + b.length());
            return a.concat(b);
        }
        if (text(left) != null && text(right) != null) {
            String joined = markup(left) + markup(right);
            budget.text(joined.length());
            return new Markup(joined);
        }
        if (left instanceof PyList a && right instanceof PyList b) {
            return new PyList(joined(a.items(), b.items()));
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return new Tuple(joined(a.items(), b.items()));
        }
        if (right instanceof Undefined undefined) {
            throw undefined(undefined);
        }
        if (left instanceof String) {
            throw new PythonError("can only concatenate str (not \"%s\") to str", typeName(right));
        }
        if (left instanceof PyList || left instanceof Tuple) {
            throw new PythonError(
                    "can only concatenate %s (not \"%s\") to %s", typeName(left), typeName(right), typeName(left));
        }
        throw new PythonError("unsupported operand type(s) for +: '%s' and '%s'", typeName(left), typeName(right));
    }

    /** The text as HTML: as it is when it counts as HTML, escaped when not. */
    String markup(Object value) {
        return value instanceof Markup markup ? markup.text() : Text.escaped(print(value));
    }

    Object escaped(Object value) {
        return switch (value) {
            case Tuple tuple -> {
                List<Object> items = new ArrayList<>();
                tuple.items().forEach(item -> items.add(escaped(item)));
                yield new Tuple(items);
            }
            case Dict dict -> {
                Dict escaped = new Dict();
                dict.entries().forEach(entry -> escaped.put(entry.key(), escaped(entry.value())));
                yield escaped;
            }
            case String text -> Text.escaped(text);
            default -> value;
        };
    }

    private List<Object> joined(List<Object> a, List<Object> b) {
        budget.items((long) a.size() + b.size());
        List<Object> items = new ArrayList<>(a.size() + b.size());
        items.addAll(a);
        items.addAll(b);
        return items;
    }

    private Object repeated(Object value, long count) {
        long times = Math.max(0, count);
        switch (value) {
            case String text -> {
                return repeated(text, times);
            }
            case Markup markup -> {
                return new Markup(repeated(markup.text(), times));
            }
            case PyList list -> {
                return new PyList(repeated(list.items(), times));
            }
            case Tuple tuple -> {
                return new Tuple(repeated(tuple.items(), times));
            }
            default -> throw new IllegalStateException();
        }
    }

    String repeated(String text, long times) {
        if (text.isEmpty()) {
            return "";
        }
        budget.text(times > Budget.TEXT ? Long.MAX_VALUE >> 8 : times * text.length());
        return text.repeat((int) times);
    }

    private List<Object> repeated(List<Object> items, long times) {
        if (items.isEmpty()) {
            return items;
        }
        budget.items(times > Budget.TEXT ? Long.MAX_VALUE >> 8 : times * items.size());
        List<Object> repeated = new ArrayList<>((int) times * items.size());
        for (long i = 0; i < times; i++) {
            repeated.addAll(items);
        }
        return repeated;
    }

    Object signed(String sign, Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined(undefined);
        }
        if (!Numbers.isNumber(value)) {
            throw new PythonError("bad operand type for unary %s: '%s'", sign, typeName(value));
        }
        return sign.equals("-") ? Numbers.negated(value) : value instanceof Boolean ? Numbers.index(value) : value;
    }

    // ---- items

    /** What {@code value[index]} gives, or null where Python would raise a TypeError or a LookupError. */
    @Nullable
    Object itemOrNone(Object value, Object index) {
        switch (value) {
            case Dict dict -> {
                return index instanceof PyList || index instanceof Dict || index instanceof DictView
                        ? null
                        : dict.get(index);
            }
            case PyList list -> {
                return Numbers.isInteger(index) ? at(list.items(), Numbers.index(index)) : null;
            }
            case Tuple tuple -> {
                return Numbers.isInteger(index) ? at(tuple.items(), Numbers.index(index)) : null;
            }
            case String text -> {
                return Numbers.isInteger(index) ? character(text, Numbers.index(index)) : null;
            }
            case Markup markup -> {
                String character = Numbers.isInteger(index) ? character(markup.text(), Numbers.index(index)) : null;
                return character == null ? null : new Markup(character);
            }
            case Range range -> {
                if (!Numbers.isInteger(index)) {
                    return null;
                }
                long place = Numbers.index(index);
                place += place < 0 ? range.length() : 0;
                return place < 0 || place >= range.length() ? null : (Object) range.at(place);
            }
            case Undefined undefined -> throw undefined(undefined);
            default -> {
                return null;
            }
        }
    }

    private static @Nullable Object at(List<Object> items, long index) {
        long place = index < 0 ? index + items.size() : index;
        return place < 0 || place >= items.size() ? null : items.get((int) place);
    }

    private @Nullable String character(String text, long index) {
        budget.steps(text.length() >> 4);
        int length = Text.length(text);
        long place = index < 0 ? index + length : index;
        return place < 0 || place >= length ? null : Text.part(text, (int) place, (int) place + 1);
    }

    /** What {@code value[start:stop:step]} gives; null stands for what was left out. */
    Object slice(Object value, @Nullable Object start, @Nullable Object stop, @Nullable Object step) {
        if (value instanceof Undefined undefined) {
            throw undefined(undefined);
        }
        if (!isSequence(value) && !(value instanceof Range)) {
            throw new PythonError(
                    value instanceof Dict
                            ? "unhashable type: 'slice'"
                            : "'%s' object is not subscriptable".formatted(typeName(value)));
        }
        long length = length(value);
        long by = bound(step, 1);
        if (by == 0) {
            throw new PythonError("slice step cannot be zero");
        }
        long least = by > 0 ? 0 : -1;
        long most = by > 0 ? length : length - 1;
        long from = clipped(bound(start, by > 0 ? 0 : Long.MAX_VALUE), length, least, most);
        long to = stop == null || stop instanceof None
                ? (by > 0 ? length : -1)
                : clipped(bound(stop, 0), length, least, most);
        if (value instanceof Range range) {
            return new Range(range.at(from), range.at(to), range.step() * by);
        }
        long count = new Range(from, to, by).length();
        if (text(value) != null) {
            String text = requireText(value, "slice");
            budget.text(count);
            budget.steps(text.length() >> 4);
            String part = by == 1 ? Text.part(text, (int) from, (int) (from + count)) : stepped(text, from, by, count);
            return value instanceof Markup ? new Markup(part) : part;
        }
        List<Object> items = value instanceof PyList list ? list.items() : ((Tuple) value).items();
        budget.items(count);
        List<Object> part = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            part.add(items.get((int) (from + i * by)));
        }
        return value instanceof PyList ? new PyList(part) : new Tuple(part);
    }

    private static String stepped(String text, long from, long by, long count) {
        int[] points = text.codePoints().toArray();
        StringBuilder out = new StringBuilder((int) count);
        for (long i = 0; i < count; i++) {
            out.appendCodePoint(points[(int) (from + i * by)]);
        }
        return out.toString();
    }

    private static long bound(@Nullable Object value, long absent) {
        if (value == null || value instanceof None) {
            return absent;
        }
        if (!Numbers.isInteger(value)) {
            throw new PythonError("slice indices must be integers or None or have an __index__ method");
        }
        return Numbers.index(value);
    }

    private static long clipped(long index, long length, long least, long most) {
        long place = index < 0 ? index + length : index;
        return Math.clamp(place, least, most);
    }
}
