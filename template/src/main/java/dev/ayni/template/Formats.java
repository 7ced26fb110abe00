package dev.ayni.template;

import dev.ayni.template.Values.Arguments;
import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import dev.ayni.template.Values.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The ways in which Python lays out text: {@code '%s' % x}, {@code '{}'.format(x)}, {@code textwrap} and {@code pprint}. */
final class Formats {
    private final Python python;

    Formats(Python python) {
        this.python = python;
    }

    // ---- '%d items' % 3

    private static final Pattern DIRECTIVE =
            Pattern.compile("%(?:\\(([^()]*)\\))?([-+ #0]*)(\\*|\\d+)?(?:\\.(\\*|\\d*))?[hlL]?(.)", Pattern.DOTALL);

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
            Spec spec = new Spec();
            spec.flags(directives.group(2));
            if (width != null) {
                long wide = width.equals("*") ? Methods.integer(next(places, used++)) : number(width);
                spec.align = wide < 0 ? '<' : spec.align;
                spec.width = Math.abs(wide);
            }
            if (precision != null) {
                spec.precision = precision.equals("*")
                        ? Methods.integer(next(places, used++))
                        : precision.isEmpty() ? 0 : number(precision);
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

    private String percent(Object value, char type, Spec spec) {
        switch (type) {
            case 's', 'r', 'a' -> {
                String text = type == 's'
                        ? python.print(value)
                        : type == 'r' ? python.repr(value) : Text.ascii(python.repr(value));
                spec.fill = " ";
                return spec.padded(spec.cut(text), '>', python);
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
                return spec.padded(text, '>', python);
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
                String digits = radix(whole.abs(), decimal ? 'd' : type);
                if (spec.precision > digits.length()) {
                    digits = python.repeated("0", spec.precision - digits.length()) + digits;
                }
                String prefix = spec.alternate && !decimal ? "0" + type : "";
                return spec.number(whole.signum() < 0, prefix, digits, python);
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                if (value instanceof Undefined undefined) {
                    throw Python.undefined(undefined);
                }
                if (!Numbers.isNumber(value)) {
                    throw new PythonError("must be real number, not %s", Python.typeName(value));
                }
                double real = Numbers.real(value);
                return spec.number(isNegative(real), "", digits(real, type, spec), python);
            }
            default -> throw new PythonError("unsupported format character '%s' (0x%x)", type, (int) type);
        }
    }

    private static boolean isNegative(double real) {
        return real < 0 || real == 0 && 1 / real < 0;
    }

    private static String radix(BigInteger magnitude, char type) {
        return switch (type) {
            case 'x' -> magnitude.toString(16);
            case 'X' -> Python.upper(magnitude.toString(16));
            case 'o' -> magnitude.toString(8);
            case 'b' -> magnitude.toString(2);
            default -> magnitude.toString();
        };
    }

    /** The digits of a float's magnitude. */
    private String digits(double real, char type, Spec spec) {
        double magnitude = Math.abs(real);
        boolean upper = Character.isUpperCase(type);
        if (Double.isNaN(magnitude) || Double.isInfinite(magnitude)) {
            String word = Double.isNaN(magnitude) ? "nan" : "inf";
            return upper ? Python.upper(word) : word;
        }
        long precision = spec.precision < 0 ? 6 : spec.precision;
        python.budget.text(precision + 320);
        String digits = switch (Character.toLowerCase(type)) {
            case 'f' -> fixed(magnitude, (int) precision);
            case 'e' -> exponential(magnitude, (int) precision);
            default -> general(magnitude, (int) Math.max(1, precision), spec.alternate);
        };
        if (spec.alternate && digits.indexOf('.') < 0 && Character.toLowerCase(type) != 'g') {
            int exponent = digits.indexOf('e');
            digits = exponent < 0 ? digits + "." : digits.substring(0, exponent) + "." + digits.substring(exponent);
        }
        return upper ? Python.upper(digits) : digits;
    }

    private static String fixed(double magnitude, int precision) {
        return new BigDecimal(magnitude)
                .setScale(precision, RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    private static String exponential(double magnitude, int precision) {
        if (magnitude == 0) {
            return (precision == 0 ? "0" : "0." + "0".repeat(precision)) + "e+00";
        }
        BigDecimal rounded = new BigDecimal(magnitude).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        String digits = rounded.unscaledValue().toString();
        digits += "0".repeat(Math.max(0, precision + 1 - digits.length()));
        return Numbers.scientific(digits.substring(0, precision + 1), exponent);
    }

    private static String general(double magnitude, int precision, boolean keepZeros) {
        String scientific = exponential(magnitude, precision - 1);
        int at = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(at + 1));
        if (exponent < -4 || exponent >= precision) {
            return trimmed(scientific.substring(0, at), keepZeros) + scientific.substring(at);
        }
        return trimmed(fixed(magnitude, precision - 1 - exponent), keepZeros);
    }

    private static String trimmed(String digits, boolean keepZeros) {
        if (keepZeros || digits.indexOf('.') < 0) {
            return digits;
        }
        String trimmed = digits.replaceAll("0+$", "");
        return trimmed.endsWith(".") ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
    }

    private static long number(String digits) {
        return digits.length() > 12 ? Long.MAX_VALUE >> 8 : Long.parseLong(digits);
    }

    /** How a value is laid out: {@code [[fill]align][sign][#][0][width][,][.precision][type]}. */
    private static final class Spec {
        String fill = "";
        char align;
        char sign = '-';
        boolean alternate;
        boolean zeros;
        long width;
        char grouping;
        long precision = -1;
        char type;

        void flags(String flags) {
            align = flags.indexOf('-') >= 0 ? '<' : 0;
            sign = flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-';
            alternate = flags.indexOf('#') >= 0;
            zeros = flags.indexOf('0') >= 0 && align == 0;
        }

        String cut(String text) {
            return precision >= 0 && precision < Text.length(text) ? Text.part(text, 0, (int) precision) : text;
        }

        String padded(String text, char usual, Python python) {
            String character = fill.isEmpty() ? " " : fill;
            String name = switch (align == 0 ? usual : align) {
                case '<' -> "ljust";
                case '^' -> "center";
                default -> "rjust";
            };
            if (name.equals("center")) { // unlike str.center, the odd blank goes to the right
                long more = Math.max(0, width - Text.length(text));
                return python.repeated(character, more / 2) + text + python.repeated(character, more - more / 2);
            }
            return Methods.padded(python, text, width, character, name);
        }

        String number(boolean negative, String prefix, String digits, Python python) {
            String signs = (negative ? "-" : sign == '-' ? "" : String.valueOf(sign)) + prefix;
            String body = digits;
            if (grouping != 0) {
                body = grouped(digits, zeros || align == '=' && fill.equals("0") ? width - signs.length() : 0, python);
            }
            boolean inside = zeros && align == 0 || align == '=';
            if (inside) {
                String character = align == '=' && !fill.isEmpty() ? fill : zeros ? "0" : " ";
                return signs + Methods.padded(python, body, width - signs.length(), character, "rjust");
            }
            return padded(signs + body, '>', python);
        }

        private String grouped(String digits, long least, Python python) {
            int end = 0;
            while (end < digits.length() && Character.digit(digits.charAt(end), 16) >= 0 && digits.charAt(end) != 'e') {
                end++;
            }
            int size = type == 'x' || type == 'X' || type == 'o' || type == 'b' ? 4 : 3;
            StringBuilder whole = new StringBuilder(digits.substring(0, end));
            String rest = digits.substring(end);
            long width = least - rest.length();
            python.budget.text(Math.max(0, width));
            while (whole.length() + (whole.length() - 1) / size < width) {
                whole.insert(0, '0');
            }
            for (int i = whole.length() - size; i > 0; i -= size) {
                whole.insert(i, grouping);
            }
            return whole + rest;
        }
    }

    // ---- '{} items'.format(3)

    String format(String format, Arguments arguments) {
        return new Fields(arguments).write(format, 2);
    }

    private final class Fields {
        private final Arguments arguments;
        private int automatic;

        Fields(Arguments arguments) {
            this.arguments = arguments;
        }

        String write(String format, int depth) {
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
                long place = first.isEmpty() ? automatic++ : number(first);
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
                    attribute ? jinja.attribute(of, name) : jinja.item(of, number ? (Object) number(name) : name);
            return part(value, path.substring(attribute || end >= path.length() ? end : end + 1));
        }
    }

    private static final Pattern SPEC = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([a-zA-Z%])?", Pattern.DOTALL);

    private String formatted(Object value, String text) {
        if (text.isEmpty()) {
            return python.print(value);
        }
        Matcher parts = SPEC.matcher(text);
        if (!parts.matches()) {
            throw new PythonError(
                    "Invalid format specifier %s for object of type '%s'", Text.repr(text), Python.typeName(value));
        }
        Spec spec = new Spec();
        spec.fill = parts.group(1) == null ? "" : parts.group(1);
        spec.align = parts.group(2) == null ? 0 : parts.group(2).charAt(0);
        spec.sign = parts.group(3) == null ? '-' : parts.group(3).charAt(0);
        spec.alternate = parts.group(5) != null;
        spec.zeros = parts.group(6) != null;
        spec.width = parts.group(7) == null ? 0 : number(parts.group(7));
        spec.grouping = parts.group(8) == null ? 0 : parts.group(8).charAt(0);
        spec.precision = parts.group(9) == null ? -1 : number(parts.group(9));
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
            return spec.padded(spec.cut(string), '<', python);
        }
        if (Numbers.isInteger(value) && !(value instanceof Boolean && spec.type == 0 && spec.width == 0)) {
            return integer(value, spec);
        }
        if (value instanceof Double real) {
            return real(real, spec);
        }
        throw new PythonError("unsupported format string passed to %s.__format__", Python.typeName(value));
    }

    private static PythonError unknown(Spec spec, Object value) {
        return new PythonError(
                "Unknown format code '%s' for object of type '%s'",
                spec.type == 0 ? '=' : spec.type, Python.typeName(value));
    }

    private String integer(Object value, Spec spec) {
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
                    return spec.padded(Character.toString(Numbers.count(value)), '<', python);
                }
                boolean radix = spec.type != 0 && spec.type != 'd' && spec.type != 'n';
                return spec.number(
                        whole.signum() < 0,
                        spec.alternate && radix ? "0" + spec.type : "",
                        radix(whole.abs(), spec.type),
                        python);
            }
            case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> {
                return real(Numbers.real(value), spec);
            }
            default -> throw unknown(spec, value);
        }
    }

    private String real(double value, Spec spec) {
        String digits = switch (spec.type) {
            case 'e', 'E', 'f', 'F', 'g', 'G' -> digits(value, spec.type, spec);
            case 'n' -> digits(value, 'g', spec);
            case '%' -> digits(value * 100, 'f', spec) + "%";
            case 0 -> spec.precision < 0 ? Numbers.repr(Math.abs(value)) : shortest(value, spec);
            default -> throw unknown(spec, value);
        };
        return spec.number(isNegative(value), "", digits, python);
    }

    /** As the type g, but with at least one digit behind the point. */
    private String shortest(double value, Spec spec) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return digits(value, 'g', spec);
        }
        python.budget.text(spec.precision + 320);
        int precision = (int) Math.max(1, spec.precision);
        String scientific = exponential(Math.abs(value), precision - 1);
        int at = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(at + 1));
        if (exponent < -4 || exponent >= precision - 1) {
            return trimmed(scientific.substring(0, at), false) + scientific.substring(at);
        }
        String fixed = trimmed(fixed(Math.abs(value), precision - 1 - exponent), false);
        return fixed.indexOf('.') < 0 ? fixed + ".0" : fixed;
    }

    // ---- textwrap

    private static final Pattern HYPHENS = Pattern.compile("(?<=[\\p{L}]{2}-)(?=[\\p{L}]{2})");
    private static final Pattern CHUNK = Pattern.compile("[\\t\\n\\x0b\\f\\r ]+|[^\\t\\n\\x0b\\f\\r ]+");

    /** A line cut into lines of at most so many characters, at blanks and, on demand, after hyphens and within words. */
    List<String> wrapped(String line, int width, boolean breakWords, boolean breakHyphens) {
        Deque<String> chunks = new ArrayDeque<>();
        for (Matcher m = CHUNK.matcher(line); m.find(); ) {
            for (String chunk : breakHyphens ? HYPHENS.split(m.group()) : new String[] {m.group()}) {
                python.budget.items(1);
                chunks.add(chunk);
            }
        }
        List<String> lines = new ArrayList<>();
        while (!chunks.isEmpty()) {
            python.budget.items(1);
            List<String> current = new ArrayList<>();
            int room = width;
            if (!lines.isEmpty() && chunks.element().isBlank()) {
                chunks.remove();
            }
            while (!chunks.isEmpty() && Text.length(chunks.element()) <= room) {
                room -= Text.length(chunks.element());
                current.add(chunks.remove());
            }
            if (!chunks.isEmpty() && Text.length(chunks.element()) > width) {
                if (breakWords && room > 0) {
                    String word = chunks.remove();
                    python.budget.text(word.length());
                    int cut = word.offsetByCodePoints(0, room);
                    int hyphen = breakHyphens ? word.lastIndexOf('-', cut - 1) : -1;
                    if (hyphen > 0 && word.substring(0, hyphen).chars().anyMatch(c -> c != '-')) {
                        cut = hyphen + 1;
                    }
                    current.add(word.substring(0, cut));
                    chunks.addFirst(word.substring(cut));
                } else if (!breakWords && current.isEmpty()) {
                    current.add(chunks.remove());
                }
            }
            if (!current.isEmpty() && current.getLast().isBlank()) {
                current.removeLast();
            }
            if (!current.isEmpty()) {
                lines.add(String.join("", current));
            }
        }
        return lines;
    }

    // ---- pprint

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

    // ---- HTML

    private static final Pattern REFERENCE = Pattern.compile("&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,6});");

    /** The character references of numbers and of the five signs that escaping makes, and the blank, put back. */
    static String unescaped(String text) {
        return REFERENCE.matcher(text).replaceAll(match -> {
            String name = match.group(1);
            String character = switch (name) {
                case "amp" -> "&";
                case "lt" -> "<";
                case "gt" -> ">";
                case "quot" -> "\"";
                case "apos" -> "'";
                case "nbsp" -> "\u00a0";
                default -> numbered(name);
            };
            return Matcher.quoteReplacement(character == null ? match.group() : character);
        });
    }

    private static @Nullable String numbered(String name) {
        if (name.charAt(0) != '#') {
            return null;
        }
        boolean hex = (name.charAt(1) | 0x20) == 'x';
        int point = hex ? Integer.parseInt(name.substring(2), 16) : Integer.parseInt(name.substring(1));
        return Character.isValidCodePoint(point) && point != 0 ? Character.toString(point) : "\ufffd";
    }
}
