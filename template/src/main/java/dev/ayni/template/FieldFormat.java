package dev.ayni.template;

import dev.ayni.template.Values.Arguments;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text by {@code '{} items'.format(3)}. */
final class FieldFormat {
    private static final Pattern SPEC = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([a-zA-Z%])?", Pattern.DOTALL);

    private final Python python;
    private final Arguments arguments;
    private int automatic;

    FieldFormat(Python python, Arguments arguments) {
        this.python = python;
        this.arguments = arguments;
    }

    /** The format with what its fields stand for; a field's own format may have fields of its own. */
    String write(String format) {
        return write(format, 2);
    }

    private String write(String format, int depth) {
        if (depth < 0) {
            throw new PythonError("Max string recursion exceeded");
        }
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i);
            if (c != '{' && c != '}') {
                out.append(c);
                i++;
            } else if (i + 1 < format.length() && format.charAt(i + 1) == c) {
                out.append(c);
                i += 2;
            } else if (c == '}') {
                throw new PythonError("Single '}' encountered in format string");
            } else {
                int end = end(format, i + 1);
                String text = field(format.substring(i + 1, end), depth);
                python.budget.text((long) out.length() + text.length());
                out.append(text);
                i = end + 1;
            }
        }
        return out.toString();
    }

    private int end(String format, int from) {
        int open = 1;
        for (int i = from; i < format.length(); i++) {
            open += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
            if (open == 0) {
                return i;
            }
        }
        throw new PythonError(
                from == format.length()
                        ? "Single '{' encountered in format string"
                        : "expected '}' before end of string");
    }

    private String field(String field, int depth) {
        int at = 0;
        boolean bracket = false;
        while (at < field.length() && (bracket || field.charAt(at) != '!' && field.charAt(at) != ':')) {
            bracket = field.charAt(at) == '[' || bracket && field.charAt(at) != ']';
            at++;
        }
        Object value = value(field.substring(0, at));
        if (at < field.length() && field.charAt(at) == '!') {
            char conversion = at + 1 < field.length() ? field.charAt(at + 1) : ' ';
            value = switch (conversion) {
                case 's' -> python.print(value);
                case 'r' -> python.repr(value);
                case 'a' -> Text.ascii(python.repr(value));
                default -> throw new PythonError("Unknown conversion specifier %s", conversion);
            };
            at += 2;
            if (at < field.length() && field.charAt(at) != ':') {
                throw new PythonError("expected ':' after conversion specifier");
            }
        }
        String spec = at < field.length() ? write(field.substring(at + 1), depth - 1) : "";
        return formatted(value, spec);
    }

    private Object value(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        String first = path.substring(0, end);
        Object value;
        if (first.isEmpty() || first.chars().allMatch(Character::isDigit)) {
            if (first.isEmpty() ? automatic < 0 : automatic > 0) {
                throw new PythonError("cannot switch from manual field specification to automatic field numbering");
            }
            long place = first.isEmpty() ? automatic++ : FormatSpec.count(first);
            automatic = first.isEmpty() ? automatic : -1;
            if (place >= arguments.positions().size()) {
                throw new PythonError("Replacement index %d out of range for positional args tuple", place);
            }
            value = arguments.positions().get((int) place);
        } else {
            Object named = arguments.names().get(first);
            if (named == null) {
                throw new PythonError(Text.repr(first));
            }
            value = named;
        }
        return part(value, path.substring(end));
    }

    private Object part(Object of, String path) {
        if (path.isEmpty()) {
            return of;
        }
        boolean attribute = path.charAt(0) == '.';
        int end = 1;
        while (end < path.length()
                && (attribute ? path.charAt(end) != '.' && path.charAt(end) != '[' : path.charAt(end) != ']')) {
            end++;
        }
        String name = path.substring(1, end);
        if (name.isEmpty()) {
            throw new PythonError("Empty attribute in format string");
        }
        Interpreter jinja = new Interpreter(python, java.util.Map.of());
        boolean number = !attribute && name.chars().allMatch(Character::isDigit);
        Object value =
                attribute ? jinja.attribute(of, name) : jinja.item(of, number ? (Object) FormatSpec.count(name) : name);
        return part(value, path.substring(attribute || end >= path.length() ? end : end + 1));
    }

    private String formatted(Object value, String text) {
        if (text.isEmpty()) {
            return python.print(value);
        }
        Matcher parts = SPEC.matcher(text);
        if (!parts.matches()) {
            throw new PythonError(
                    "Invalid format specifier %s for object of type '%s'", Text.repr(text), Python.typeName(value));
        }
        FormatSpec spec = new FormatSpec(python);
        spec.fill = parts.group(1) == null ? "" : parts.group(1);
        spec.align = parts.group(2) == null ? 0 : parts.group(2).charAt(0);
        spec.sign = parts.group(3) == null ? '-' : parts.group(3).charAt(0);
        spec.alternate = parts.group(5) != null;
        spec.zeros = parts.group(6) != null;
        spec.width = parts.group(7) == null ? 0 : FormatSpec.count(parts.group(7));
        spec.grouping = parts.group(8) == null ? 0 : parts.group(8).charAt(0);
        spec.precision = parts.group(9) == null ? -1 : FormatSpec.count(parts.group(9));
        spec.type = parts.group(10) == null ? 0 : parts.group(10).charAt(0);
        String string = Python.text(value);
        if (string != null) {
            if (spec.type != 0 && spec.type != 's'
                    || spec.align == '='
                    || parts.group(3) != null
                    || spec.alternate
                    || spec.grouping != 0) {
                throw unknown(spec, value);
            }
            spec.fill = spec.zeros && spec.fill.isEmpty() ? "0" : spec.fill;
            return spec.padded(spec.cut(string), '<');
        }
        if (Numbers.isInteger(value) && !(value instanceof Boolean && spec.type == 0 && spec.width == 0)) {
            return integer(value, spec);
        }
        if (value instanceof Double real) {
            return real(real, spec);
        }
        throw new PythonError("unsupported format string passed to %s.__format__", Python.typeName(value));
    }

    private static PythonError unknown(FormatSpec spec, Object value) {
        return new PythonError(
                "Unknown format code '%s' for object of type '%s'",
                spec.type == 0 ? '=' : spec.type, Python.typeName(value));
    }

    private String integer(Object value, FormatSpec spec) {
        switch (spec.type) {
            case 0, 'd', 'n', 'x', 'X', 'o', 'b', 'c' -> {
                if (spec.precision >= 0) {
                    throw new PythonError("Precision not allowed in integer format specifier");
                }
                BigInteger whole = Numbers.big(value);
                if (spec.type == 'c') {
                    if (!Character.isValidCodePoint(Numbers.count(value))) {
                        throw new PythonError("%c arg not in range(0x110000)");
                    }
                    return spec.padded(Character.toString(Numbers.count(value)), '<');
                }
                boolean radix = spec.type != 0 && spec.type != 'd' && spec.type != 'n';
                return spec.number(
                        whole.signum() < 0,
                        spec.alternate && radix ? "0" + spec.type : "",
                        FormatSpec.radix(whole.abs(), spec.type));
            }
            case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> {
                return real(Numbers.real(value), spec);
            }
            default -> throw unknown(spec, value);
        }
    }

    private String real(double value, FormatSpec spec) {
        String digits = switch (spec.type) {
            case 'e', 'E', 'f', 'F', 'g', 'G' -> spec.digits(value, spec.type);
            case 'n' -> spec.digits(value, 'g');
            case '%' -> spec.digits(value * 100, 'f') + "%";
            case 0 -> spec.precision < 0 ? Numbers.repr(Math.abs(value)) : shortest(value, spec);
            default -> throw unknown(spec, value);
        };
        return spec.number(FormatSpec.isNegative(value), "", digits);
    }

    /** As the type g, but with at least one digit behind the point. */
    private String shortest(double value, FormatSpec spec) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return spec.digits(value, 'g');
        }
        python.budget.text(spec.precision + 320);
        int precision = (int) Math.max(1, spec.precision);
        String scientific = FormatSpec.exponential(Math.abs(value), precision - 1);
        int at = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(at + 1));
        if (exponent < -4 || exponent >= precision - 1) {
            return FormatSpec.trimmed(scientific.substring(0, at), false) + scientific.substring(at);
        }
        String fixed = FormatSpec.trimmed(FormatSpec.fixed(Math.abs(value), precision - 1 - exponent), false);
        return fixed.indexOf('.') < 0 ? fixed + ".0" : fixed;
    }
}
