package dev.ayni.template;

import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import dev.ayni.template.Values.Undefined;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text by {@code '%d items' % 3}. */
final class PercentFormat {
    private static final Pattern DIRECTIVE =
            Pattern.compile("%(?:\\(([^()]*)\\))?([-+ #0]*)(\\*|\\d+)?(?:\\.(\\*|\\d*))?[hlL]?(.)", Pattern.DOTALL);

    private final Python python;

    PercentFormat(Python python) {
        this.python = python;
    }

    /** The format with what its directives stand for. */
    String percent(String format, Object values) {
        List<Object> places = values instanceof Tuple tuple ? tuple.items() : List.of(values);
        StringBuilder out = new StringBuilder();
        Matcher directives = DIRECTIVE.matcher(format);
        int used = 0;
        int from = 0;
        boolean named = false;
        for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', from)) {
            out.append(format, from, at);
            if (!directives.find(at) || directives.start() != at) {
                throw new PythonError("incomplete format");
            }
            from = directives.end();
            String type = directives.group(5);
            if (type.equals("%")) {
                out.append('%');
                continue;
            }
            String name = directives.group(1);
            String width = directives.group(3);
            String precision = directives.group(4);
            FormatSpec spec = new FormatSpec(python);
            spec.flags(directives.group(2));
            if (width != null) {
                long wide = width.equals("*") ? Python.requireInteger(next(places, used++)) : FormatSpec.count(width);
                spec.align = wide < 0 ? '<' : spec.align;
                spec.width = Math.abs(wide);
            }
            if (precision != null) {
                spec.precision = precision.equals("*")
                        ? Python.requireInteger(next(places, used++))
                        : precision.isEmpty() ? 0 : FormatSpec.count(precision);
            }
            Object value;
            if (name != null) {
                if (!(values instanceof Dict dict)) {
                    throw new PythonError("format requires a mapping");
                }
                Object found = dict.get(name);
                if (found == null) {
                    throw new PythonError(Text.repr(name));
                }
                value = found;
                named = true;
            } else {
                value = next(places, used++);
            }
            String text = percent(value, type.charAt(0), spec);
            python.budget.text((long) out.length() + text.length());
            out.append(text);
        }
        boolean mayStay = named
                || switch (values) {
                    case Dict _, PyList _, Values.Range _, Undefined _ -> true; // whatever has items by key or number
                    default -> false;
                };
        if (used < places.size() && !mayStay) {
            throw new PythonError("not all arguments converted during string formatting");
        }
        return out.append(format, from, format.length()).toString();
    }

    private static Object next(List<Object> places, int used) {
        if (used >= places.size()) {
            throw new PythonError("not enough arguments for format string");
        }
        return places.get(used);
    }

    private String percent(Object value, char type, FormatSpec spec) {
        switch (type) {
            case 's', 'r', 'a' -> {
                String text = type == 's'
                        ? python.print(value)
                        : type == 'r' ? python.repr(value) : Text.ascii(python.repr(value));
                spec.fill = " ";
                return spec.padded(spec.cut(text), '>');
            }
            case 'c' -> {
                String text = Python.text(value);
                if (text == null && Numbers.isInteger(value) && Character.isValidCodePoint(Numbers.count(value))) {
                    text = Character.toString(Numbers.count(value));
                }
                if (text == null || Text.length(text) != 1) {
                    throw new PythonError("%c requires int or char");
                }
                spec.fill = " ";
                return spec.padded(text, '>');
            }
            case 'd', 'i', 'u', 'x', 'X', 'o' -> {
                boolean decimal = type == 'd' || type == 'i' || type == 'u';
                Object number = decimal && value instanceof Double real ? Numbers.truncated(real) : value;
                if (!Numbers.isInteger(number)) {
                    throw value instanceof Undefined undefined
                            ? Python.undefined(undefined)
                            : new PythonError(
                                    decimal
                                            ? "%%%s format: a real number is required, not %s"
                                            : "%%%s format: an integer is required, not %s",
                                    type,
                                    Python.typeName(value));
                }
                BigInteger whole = Numbers.big(number);
                String digits = FormatSpec.radix(whole.abs(), decimal ? 'd' : type);
                if (spec.precision > digits.length()) {
                    digits = python.repeated("0", spec.precision - digits.length()) + digits;
                }
                String prefix = spec.alternate && !decimal ? "0" + type : "";
                return spec.number(whole.signum() < 0, prefix, digits);
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                if (value instanceof Undefined undefined) {
                    throw Python.undefined(undefined);
                }
                if (!Numbers.isNumber(value)) {
                    throw new PythonError("must be real number, not %s", Python.typeName(value));
                }
                double real = Numbers.real(value);
                return spec.number(FormatSpec.isNegative(real), "", spec.digits(real, type));
            }
            default -> throw new PythonError("unsupported format character '%s' (0x%x)", type, (int) type);
        }
    }
}
