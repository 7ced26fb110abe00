package dev.ayni.template;

import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import java.util.ArrayList;
import java.util.List;

/** Python's {@code pprint}. */
final class PrettyPrint {
    private final Python python;

    PrettyPrint(Python python) {
        this.python = python;
    }

    /** On one line where 80 characters suffice, else an item a line; dictionaries by their keys. */
    String pretty(Object value) {
        return pretty(value, 0, 0, 0);
    }

    private String pretty(Object value, int indent, int allowance, int depth) {
        if (depth > Budget.VALUE_DEPTH) {
            throw new PythonError.Limit("a value in it is nested deeper than " + Budget.VALUE_DEPTH + " levels.");
        }
        Object ordered = ordered(value, depth);
        String plain = python.repr(ordered);
        if (Text.length(plain) <= 80 - indent - allowance) {
            return plain;
        }
        List<Object> items = switch (ordered) {
            case PyList list -> list.items();
            case Tuple tuple -> tuple.items();
            case Dict dict -> new ArrayList<>(dict.entries());
            default -> List.of();
        };
        if (items.isEmpty()) {
            return plain;
        }
        StringBuilder out = new StringBuilder(plain.substring(0, 1));
        for (int i = 0; i < items.size(); i++) {
            boolean last = i == items.size() - 1;
            out.append(i == 0 ? "" : ",\n" + " ".repeat(indent + 1));
            Object item = items.get(i);
            if (item instanceof Dict.Entry entry) {
                String key = python.repr(entry.key()) + ": ";
                out.append(key)
                        .append(pretty(
                                entry.value(), indent + 1 + Text.length(key), last ? allowance + 1 : 1, depth + 1));
            } else {
                out.append(pretty(item, indent + 1, last ? allowance + 1 : 1, depth + 1));
            }
            python.budget.text(out.length());
        }
        return out.append(plain.endsWith(",)") ? ",)" : plain.substring(plain.length() - 1))
                .toString();
    }

    private Object ordered(Object value, int depth) {
        if (depth > Budget.VALUE_DEPTH) {
            throw new PythonError.Limit("a value in it is nested deeper than " + Budget.VALUE_DEPTH + " levels.");
        }
        return switch (value) {
            case PyList list ->
                new PyList(list.items().stream()
                        .map(item -> ordered(item, depth + 1))
                        .toList());
            case Tuple tuple ->
                new Tuple(tuple.items().stream()
                        .map(item -> ordered(item, depth + 1))
                        .toList());
            case Dict dict -> {
                Dict sorted = new Dict();
                List<Object> keys = dict.keys();
                boolean texts = keys.stream().allMatch(key -> key instanceof String);
                for (Object key : texts ? python.sorted(keys, keys, false) : keys) {
                    Object item = dict.get(key);
                    sorted.put(key, item == null ? Values.None.NONE : ordered(item, depth + 1));
                }
                yield sorted;
            }
            default -> value;
        };
    }
}
