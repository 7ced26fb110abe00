package dev.ayni.template;

import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.None;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values as {@code json.dumps} of Python writes them. */
final class Json {
    private final Python python;
    private final boolean ascii;
    private final @Nullable String indent;
    private final String comma;
    private final String colon;
    private final boolean sorted;
    private final StringBuilder out = new StringBuilder();

    Json(Python python, boolean ascii, @Nullable String indent, String comma, String colon, boolean sorted) {
        this.python = python;
        this.ascii = ascii;
        this.indent = indent;
        this.comma = comma;
        this.colon = colon;
        this.sorted = sorted;
    }

    String write(Object value) {
        write(value, 0);
        python.budget.text(out.length());
        return out.toString();
    }

    private void write(Object value, int depth) {
        python.budget.step();
        if (depth > Budget.VALUE_DEPTH) {
            throw new PythonError.Limit("a value in it is nested deeper than " + Budget.VALUE_DEPTH + " levels.");
        }
        if (out.length() > Budget.TEXT) {
            python.budget.text(out.length());
        }
        switch (value) {
            case String text -> string(text);
            case Values.Markup markup -> string(markup.text());
            case None _ -> out.append("null");
            case Boolean truth -> out.append(truth ? "true" : "false");
            case Double number -> out.append(real(number));
            case PyList list -> list(list.items(), depth);
            case Tuple tuple -> list(tuple.items(), depth);
            case Dict dict -> dict(dict, depth);
            default -> {
                if (!Numbers.isInteger(value)) {
                    throw new PythonError("Object of type %s is not JSON serializable", Python.typeName(value));
                }
                out.append(value);
            }
        }
    }

    private static String real(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        return Numbers.repr(number);
    }

    private void list(List<Object> items, int depth) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        boolean first = true;
        for (Object item : items) {
            separate(first, depth + 1);
            write(item, depth + 1);
            first = false;
        }
        newline(depth);
        out.append(']');
    }

    private void dict(Dict dict, int depth) {
        if (dict.size() == 0) {
            out.append("{}");
            return;
        }
        List<Object> entries = new ArrayList<>(dict.entries());
        if (sorted) {
            entries = python.sorted(dict.keys(), entries, false);
        }
        out.append('{');
        boolean first = true;
        for (Object entry : entries) {
            Dict.Entry pair = (Dict.Entry) entry;
            separate(first, depth + 1);
            string(key(pair.key()));
            out.append(colon);
            write(pair.value(), depth + 1);
            first = false;
        }
        newline(depth);
        out.append('}');
    }

    private static String key(Object key) {
        String text = Python.text(key);
        if (text != null) {
            return text;
        }
        return switch (key) {
            case None _ -> "null";
            case Boolean truth -> truth ? "true" : "false";
            case Double number -> real(number);
            default -> {
                if (!Numbers.isInteger(key)) {
                    throw new PythonError("keys must be str, int, float, bool or None, not %s", Python.typeName(key));
                }
                yield key.toString();
            }
        };
    }

    private void separate(boolean first, int depth) {
        if (!first) {
            out.append(comma);
        }
        newline(depth);
    }

    private void newline(int depth) {
        if (indent != null) {
            python.budget.text((long) depth * indent.length());
            out.append('\n').repeat(indent, depth);
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < ' ' || ascii && c > '~') {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
