package dev.ayni.template;

import dev.ayni.template.Values.Arguments;
import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.Markup;
import dev.ayni.template.Values.None;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's texts, and what filters need of them. */
final class TextMethods {
    /** By their names. */
    static final Map<String, Methods.Body> ALL = all();

    private TextMethods() {}

    private interface OfText {
        Object call(Python python, String self, Arguments arguments);
    }

    private static void add(Map<String, Methods.Body> methods, String name, OfText body) {
        methods.put(name, (python, self, arguments) -> {
            String text = self instanceof Markup markup ? markup.text() : (String) self;
            python.budget.steps(text.length() >> 4);
            return marked(self, body.call(python, text, arguments));
        });
    }

    /** What a method of a marked-up text answers is marked up too. */
    private static Object marked(Object self, Object answer) {
        if (!(self instanceof Markup)) {
            return answer;
        }
        return switch (answer) {
            case String text -> new Markup(text);
            case PyList list ->
                new PyList(list.items().stream().map(item -> marked(self, item)).toList());
            case Tuple tuple ->
                new Tuple(tuple.items().stream().map(item -> marked(self, item)).toList());
            default -> answer;
        };
    }

    private static String only(Arguments arguments, String name) {
        return text(arguments.places(name, 1, 1)[0], name);
    }

    private static String text(@Nullable Object value, String name) {
        return Python.requireText(Methods.present(value), name + "()");
    }

    private static Map<String, Methods.Body> all() {
        Map<String, Methods.Body> methods = new HashMap<>();
        plain(methods, "upper", Python::upper);
        plain(methods, "lower", Python::lower);
        plain(methods, "casefold", text -> Python.lower(Python.lower(text).replace("ß", "ss")));
        plain(methods, "title", TextMethods::title);
        plain(methods, "capitalize", TextMethods::capitalized);
        plain(methods, "swapcase", TextMethods::swapped);
        predicate(methods, "isspace", Text::isSpace);
        predicate(methods, "isalpha", Text::isAlphabetic);
        predicate(methods, "isalnum", c -> Text.isAlphabetic(c) || Text.isNumeric(c));
        predicate(methods, "isdecimal", c -> Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER);
        predicate(methods, "isdigit", TextMethods::isDigit);
        predicate(methods, "isnumeric", Text::isNumeric);
        add(methods, "isascii", (python, self, arguments) -> self.chars().allMatch(c -> c < 128));
        add(
                methods,
                "isprintable",
                (python, self, arguments) -> self.codePoints().allMatch(Text::isPrintable));
        add(methods, "islower", (python, self, arguments) -> Tests.isCase(self, Text::isLowerCase));
        add(methods, "isupper", (python, self, arguments) -> Tests.isCase(self, Text::isUpperCase));
        add(methods, "istitle", (python, self, arguments) -> isTitle(self));
        add(methods, "isidentifier", (python, self, arguments) -> isIdentifier(self));
        add(methods, "strip", (python, self, arguments) -> strip(self, arguments, true, true));
        add(methods, "lstrip", (python, self, arguments) -> strip(self, arguments, true, false));
        add(methods, "rstrip", (python, self, arguments) -> strip(self, arguments, false, true));
        add(methods, "split", (python, self, arguments) -> split(python, self, arguments, false));
        add(methods, "rsplit", (python, self, arguments) -> split(python, self, arguments, true));
        add(methods, "splitlines", (python, self, arguments) -> {
            Object keep = arguments.bind("splitlines", 0, "keepends")[0];
            return new PyList(List.copyOf(python.lines(self, keep != null && Python.isTrue(keep))));
        });
        add(methods, "startswith", (python, self, arguments) -> affix(self, arguments, true));
        add(methods, "endswith", (python, self, arguments) -> affix(self, arguments, false));
        add(methods, "removeprefix", (python, self, arguments) -> {
            String prefix = only(arguments, "removeprefix");
            return self.startsWith(prefix) ? self.substring(prefix.length()) : self;
        });
        add(methods, "removesuffix", (python, self, arguments) -> {
            String suffix = only(arguments, "removesuffix");
            return self.endsWith(suffix) ? self.substring(0, self.length() - suffix.length()) : self;
        });
        add(methods, "find", (python, self, arguments) -> find(self, arguments, "find", false));
        add(methods, "rfind", (python, self, arguments) -> find(self, arguments, "rfind", true));
        add(methods, "index", (python, self, arguments) -> found(find(self, arguments, "index", false)));
        add(methods, "rindex", (python, self, arguments) -> found(find(self, arguments, "rindex", true)));
        add(methods, "count", TextMethods::count);
        methods.put("replace", (python, self, arguments) -> {
            @Nullable Object[] given = arguments.bind("replace", 2, 3, "old", "new", "count");
            if (arguments.names().containsKey("old") || arguments.names().containsKey("new")) {
                throw new PythonError("replace() takes at least 2 positional arguments");
            }
            String old = text(given[0], "replace");
            String replacement =
                    self instanceof Markup ? python.markup(Methods.present(given[1])) : text(given[1], "replace");
            if (given[2] != null && !Numbers.isInteger(given[2])) {
                throw new PythonError("'%s' object cannot be interpreted as an integer", Python.typeName(given[2]));
            }
            long count = given[2] == null ? -1 : Numbers.index(given[2]);
            return marked(self, replaced(python, text(self, "replace"), old, replacement, count));
        });
        add(methods, "partition", (python, self, arguments) -> {
            String separator = separator(only(arguments, "partition"));
            int at = Search.first(self, separator);
            return at < 0
                    ? new Tuple(List.of(self, "", ""))
                    : new Tuple(List.of(self.substring(0, at), separator, self.substring(at + separator.length())));
        });
        add(methods, "rpartition", (python, self, arguments) -> {
            String separator = separator(only(arguments, "rpartition"));
            int at = Search.last(self, separator, self.length());
            return at < 0
                    ? new Tuple(List.of("", "", self))
                    : new Tuple(List.of(self.substring(0, at), separator, self.substring(at + separator.length())));
        });
        add(methods, "center", (python, self, arguments) -> padded(python, self, arguments, "center"));
        add(methods, "ljust", (python, self, arguments) -> padded(python, self, arguments, "ljust"));
        add(methods, "rjust", (python, self, arguments) -> padded(python, self, arguments, "rjust"));
        add(methods, "zfill", (python, self, arguments) -> {
            Object width = arguments.places("zfill", 1, 1)[0];
            long zeros = Python.requireInteger(width) - Text.length(self);
            boolean signed = self.startsWith("+") || self.startsWith("-");
            String sign = signed ? self.substring(0, 1) : "";
            return zeros <= 0 ? self : sign + python.repeated("0", zeros) + self.substring(sign.length());
        });
        add(methods, "expandtabs", (python, self, arguments) -> {
            Object size = arguments.bind("expandtabs", 0, "tabsize")[0];
            return expanded(python, self, size == null ? 8 : Python.requireInteger(size));
        });
        methods.put("join", (python, self, arguments) -> {
            Object items = Methods.present(arguments.places("join", 1, 1)[0]);
            if (!Python.isIterable(items)) {
                throw new PythonError("can only join an iterable");
            }
            StringBuilder joined = new StringBuilder();
            String separator = text(self, "join");
            int place = 0;
            for (Iterator<Object> rest = python.iterate(items); rest.hasNext(); place++) {
                Object item = rest.next();
                if (self instanceof String && Python.text(item) == null) {
                    throw new PythonError(
                            "sequence item %d: expected str instance, %s found", place, Python.typeName(item));
                }
                String text = self instanceof Markup ? python.markup(item) : text(item, "join");
                python.budget.text((long) separator.length() + text.length());
                joined.append(place == 0 ? "" : separator).append(text);
                if (joined.length() > Budget.TEXT) {
                    python.budget.text(joined.length());
                }
            }
            return marked(self, joined.toString());
        });
        methods.put("format", (python, self, arguments) -> {
            boolean markup = self instanceof Markup;
            String text = new FieldFormat(python, markup ? escaped(python, arguments) : arguments)
                    .write(text(self, "format"));
            return marked(self, text);
        });
        add(methods, "format_map", (python, self, arguments) -> {
            Object map = Methods.present(arguments.places("format_map", 1, 1)[0]);
            Map<String, Object> names = new HashMap<>();
            if (map instanceof Dict dict) {
                dict.entries().forEach(entry -> {
                    if (Python.text(entry.key()) != null) {
                        names.put(text(entry.key(), "format_map"), entry.value());
                    }
                });
            }
            return new FieldFormat(python, new Arguments(List.of(), names)).write(self);
        });
        return Map.copyOf(methods);
    }

    private static Arguments escaped(Python python, Arguments arguments) {
        Map<String, Object> names = new HashMap<>();
        arguments.names().forEach((name, value) -> names.put(name, python.escaped(value)));
        return new Arguments(arguments.positions().stream().map(python::escaped).toList(), names);
    }

    private interface Change {
        String of(String text);
    }

    private static void plain(Map<String, Methods.Body> methods, String name, Change change) {
        add(methods, name, (python, self, arguments) -> {
            arguments.places(name, 0, 0);
            python.budget.text(self.length());
            return change.of(self);
        });
    }

    private static void predicate(Map<String, Methods.Body> methods, String name, IntPredicate every) {
        add(methods, name, (python, self, arguments) -> {
            arguments.places(name, 0, 0);
            return !self.isEmpty() && self.codePoints().allMatch(every);
        });
    }

    private static boolean isDigit(int c) {
        // the decimal digits, and those that stand for one in other shapes: superscripts, circled digits
        return Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER
                || c == 0xb2
                || c == 0xb3
                || c == 0xb9
                || c == 0x2070
                || c >= 0x2074 && c <= 0x2079
                || c >= 0x2080 && c <= 0x2089
                || c >= 0x2460 && c <= 0x2468
                || c >= 0x2474 && c <= 0x247c
                || c >= 0x2488 && c <= 0x2490
                || c == 0x24ea
                || c >= 0x24f5 && c <= 0x24fd
                || c == 0x24ff
                || c >= 0x2776 && c <= 0x277e
                || c >= 0x2780 && c <= 0x2788
                || c >= 0x278a && c <= 0x2792;
    }

    static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        return titleCase(first) + Python.lower(text.substring(Character.charCount(first)));
    }

    private static String titleCase(int c) {
        int title = Character.toTitleCase(c);
        String upper = Python.upper(Character.toString(c));
        // a letter that becomes several, such as sharp s, keeps only the first of them large
        return upper.codePointCount(0, upper.length()) > 1 && title == c
                ? upper.substring(0, 1) + Python.lower(upper.substring(1))
                : Character.toString(title);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean within = false;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            out.append(within ? Python.lower(Character.toString(c)) : titleCase(c));
            within = Text.isCased(c);
        }
        return out.toString();
    }

    private static String swapped(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            String letter = Character.toString(c);
            out.append(
                    Text.isUpperCase(c) ? Python.lower(letter) : Text.isLowerCase(c) ? Python.upper(letter) : letter);
        });
        return out.toString();
    }

    private static boolean isTitle(String text) {
        boolean within = false;
        boolean found = false;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            if (Text.isUpperCase(c) || Character.isTitleCase(c)) {
                if (within) {
                    return false;
                }
                within = true;
                found = true;
            } else if (Text.isLowerCase(c)) {
                if (!within) {
                    return false;
                }
                found = true;
            } else {
                within = false;
            }
        }
        return found;
    }

    private static boolean isIdentifier(String text) {
        return !text.isEmpty()
                && (text.charAt(0) == '_' || Character.isUnicodeIdentifierStart(text.codePointAt(0)))
                && text.codePoints()
                        .allMatch(c -> c == '_'
                                || Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
    }

    private static String strip(String self, Arguments arguments, boolean left, boolean right) {
        Object characters = arguments.places("strip", 0, 1)[0];
        return stripped(self, characters, left, right);
    }

    static String stripped(String self, @Nullable Object characters, boolean left, boolean right) {
        String text = self;
        if (characters == null || characters instanceof None) {
            text = left ? Text.stripLeft(text) : text;
            return right ? Text.stripRight(text) : text;
        }
        String set = Python.text(characters);
        if (set == null) {
            throw new PythonError("strip arg must be None or str, not %s", Python.typeName(characters));
        }
        text = left ? Text.stripLeft(text, set) : text;
        return right ? Text.stripRight(text, set) : text;
    }

    private static String separator(String separator) {
        if (separator.isEmpty()) {
            throw new PythonError("empty separator");
        }
        return separator;
    }

    private static Object split(Python python, String self, Arguments arguments, boolean fromRight) {
        @Nullable Object[] given = arguments.bind(fromRight ? "rsplit" : "split", 0, "sep", "maxsplit");
        long most = given[1] == null ? -1 : Python.requireInteger(given[1]);
        long splits = most < 0 ? Long.MAX_VALUE : most;
        Parts parts = new Parts(python);
        if (given[0] == null || given[0] instanceof None) {
            if (fromRight) {
                splitAtSpaceFromRight(self, splits, parts);
            } else {
                splitAtSpace(self, splits, parts);
            }
        } else if (fromRight) {
            String separator = separator(text(given[0], "split"));
            int end = self.length();
            for (long left = splits; left > 0; left--) {
                int at = Search.last(self, separator, end - separator.length());
                if (at < 0 || end < separator.length()) {
                    break;
                }
                parts.add(self.substring(at + separator.length(), end));
                end = at;
            }
            parts.add(self.substring(0, end));
        } else {
            String separator = separator(text(given[0], "split"));
            int start = 0;
            for (long left = splits; left > 0; left--) {
                int at = Search.first(self, separator, start);
                if (at < 0) {
                    break;
                }
                parts.add(self.substring(start, at));
                start = at + separator.length();
            }
            parts.add(self.substring(start));
        }
        return new PyList(fromRight ? parts.items.reversed() : parts.items);
    }

    /** A list of texts that is charged for as it grows. */
    static final class Parts {
        private final Python python;
        final List<Object> items = new ArrayList<>();

        Parts(Python python) {
            this.python = python;
        }

        void add(String part) {
            python.budget.items(1);
            python.budget.text(part.length());
            items.add(part);
        }
    }

    static void splitAtSpace(String self, long splits, Parts parts) {
        long left = splits;
        for (int at = pastSpace(self, 0); at < self.length(); left--) {
            if (left == 0) {
                parts.add(self.substring(at));
                return;
            }
            int end = at;
            while (end < self.length() && !Text.isSpace(self.charAt(end))) {
                end++;
            }
            parts.add(self.substring(at, end));
            at = pastSpace(self, end);
        }
    }

    private static void splitAtSpaceFromRight(String self, long splits, Parts parts) {
        long left = splits;
        for (int at = beforeSpace(self, self.length()); at > 0; left--) {
            if (left == 0) {
                parts.add(self.substring(0, at));
                return;
            }
            int start = at;
            while (start > 0 && !Text.isSpace(self.charAt(start - 1))) {
                start--;
            }
            parts.add(self.substring(start, at));
            at = beforeSpace(self, start);
        }
    }

    private static int pastSpace(String text, int from) {
        int at = from;
        while (at < text.length() && Text.isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static int beforeSpace(String text, int from) {
        int at = from;
        while (at > 0 && Text.isSpace(text.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    private static Object affix(String self, Arguments arguments, boolean start) {
        @Nullable Object[] given = arguments.places(start ? "startswith" : "endswith", 1, 3);
        String text = part(self, given[1], given[2]);
        if (text == null) {
            return false;
        }
        Object affix = Methods.present(given[0]);
        List<Object> any = affix instanceof Tuple tuple ? tuple.items() : List.of(affix);
        for (Object one : any) {
            String wanted = Python.text(one);
            if (wanted == null) {
                throw new PythonError(
                        "%s first arg must be str or a tuple of str, not %s",
                        start ? "startswith" : "endswith", Python.typeName(one));
            }
            if (start ? text.startsWith(wanted) : text.endsWith(wanted)) {
                return true;
            }
        }
        return false;
    }

    /** The part between two places; null when the first lies behind the second or the end. */
    private static @Nullable String part(String self, @Nullable Object from, @Nullable Object to) {
        if ((from == null || from instanceof None) && (to == null || to instanceof None)) {
            return self;
        }
        int length = Text.length(self);
        if (from != null && Numbers.isInteger(from) && Numbers.index(from) > length) {
            return null;
        }
        int start = from == null || from instanceof None ? 0 : Methods.bound(from, length);
        int end = to == null || to instanceof None ? length : Methods.bound(to, length);
        return start > end ? null : Text.part(self, start, end);
    }

    private static Object find(String self, Arguments arguments, String name, boolean last) {
        @Nullable Object[] given = arguments.places(name, 1, 3);
        String wanted = text(given[0], name);
        String text = part(self, given[1], given[2]);
        int at = text == null ? -1 : last ? Search.last(text, wanted, text.length()) : Search.first(text, wanted);
        if (at < 0 || text == null) {
            return -1L;
        }
        int start = given[1] == null || given[1] instanceof None ? 0 : Methods.bound(given[1], Text.length(self));
        return (long) start + text.codePointCount(0, at);
    }

    private static Object found(Object place) {
        if (place.equals(-1L)) {
            throw new PythonError("substring not found");
        }
        return place;
    }

    private static Object count(Python python, String self, Arguments arguments) {
        @Nullable Object[] given = arguments.places("count", 1, 3);
        String wanted = text(given[0], "count");
        String text = part(self, given[1], given[2]);
        if (text == null) {
            return 0L;
        }
        if (wanted.isEmpty()) {
            return Text.length(text) + 1L;
        }
        long count = 0;
        for (int at = Search.first(text, wanted); at >= 0; at = Search.first(text, wanted, at + wanted.length())) {
            count++;
        }
        return count;
    }

    /** All, or the first {@code count} places of a text replaced. */
    static String replaced(Python python, String text, String old, String replacement, long count) {
        long most = count < 0 ? Long.MAX_VALUE : count;
        StringBuilder out = new StringBuilder(text.length());
        int start = 0;
        long done = 0;
        while (done < most) {
            int at = old.isEmpty() ? start : Search.first(text, old, start);
            if (at < 0) {
                break;
            }
            python.budget.text((long) replacement.length() + at - start);
            out.append(text, start, at).append(replacement);
            if (out.length() > Budget.TEXT) {
                python.budget.text(out.length());
            }
            done++;
            start = at + old.length();
            if (old.isEmpty()) { // between all characters, and at both ends
                if (at >= text.length()) {
                    return out.toString();
                }
                int next = at + Character.charCount(text.codePointAt(at));
                out.append(text, at, next);
                start = next;
            }
        }
        python.budget.text(text.length() - (long) start);
        return out.append(text, start, text.length()).toString();
    }

    private static String padded(Python python, String self, Arguments arguments, String name) {
        @Nullable Object[] given = arguments.places(name, 1, 2);
        String fill = given[1] == null ? " " : text(given[1], name);
        if (Text.length(fill) != 1) {
            throw new PythonError("The fill character must be exactly one character long");
        }
        return padded(python, self, Python.requireInteger(given[0]), fill, name);
    }

    static String padded(Python python, String self, long width, String fill, String name) {
        int length = Text.length(self);
        if (width <= length) {
            return self;
        }
        long more = width - length;
        long left = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> more;
            default -> more / 2 + (more & width & 1);
        };
        return python.repeated(fill, left) + self + python.repeated(fill, more - left);
    }

    private static String expanded(Python python, String self, long size) {
        StringBuilder out = new StringBuilder();
        long column = 0;
        for (int i = 0; i < self.length(); i += Character.charCount(self.codePointAt(i))) {
            int c = self.codePointAt(i);
            if (c == '\t') {
                long blanks = size <= 0 ? 0 : size - column % size;
                out.append(python.repeated(" ", blanks));
                column += blanks;
            } else {
                out.appendCodePoint(c);
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return out.toString();
    }
}
