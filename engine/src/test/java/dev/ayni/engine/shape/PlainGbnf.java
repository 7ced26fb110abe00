package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * GBNF as simply as can be, to judge the automaton by: for each part of a rule all places where a text that begins at a place
 * may end. Knows what the grammars of the tests need.
 */
final class PlainGbnf {
    private interface Part {
        TreeSet<Integer> ends(int[] text, int from);
    }

    private final Map<String, Part> rules = new HashMap<>();
    private final Map<List<Object>, TreeSet<Integer>> known = new HashMap<>();
    private String line = "";
    private int at;

    PlainGbnf(String grammar) {
        for (String one : grammar.split("\n")) {
            if (!one.isBlank() && !one.startsWith("#")) {
                line = one;
                at = one.indexOf("::=") + 3;
                rules.put(one.substring(0, one.indexOf("::=")).strip(), choice());
            }
        }
    }

    boolean accepts(String text) {
        int[] points = text.codePoints().toArray();
        known.clear();
        return Objects.requireNonNull(rules.get("root")).ends(points, 0).contains(points.length);
    }

    private Part choice() {
        List<Part> all = new ArrayList<>(List.of(sequence()));
        while (peek() == '|') {
            at++;
            all.add(sequence());
        }
        return (text, from) -> {
            TreeSet<Integer> ends = new TreeSet<>();
            all.forEach(one -> ends.addAll(one.ends(text, from)));
            return ends;
        };
    }

    private char peek() {
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        return at < line.length() ? line.charAt(at) : '\0';
    }

    private Part sequence() {
        List<Part> all = new ArrayList<>();
        while (peek() != '\0' && peek() != '|' && peek() != ')') {
            all.add(repeated(one()));
        }
        return (text, from) -> {
            TreeSet<Integer> ends = new TreeSet<>(List.of(from));
            for (Part one : all) {
                TreeSet<Integer> next = new TreeSet<>();
                ends.forEach(end -> next.addAll(one.ends(text, end)));
                ends = next;
            }
            return ends;
        };
    }

    private Part repeated(Part one) {
        char c = peek();
        if ("*+?{".indexOf(c) < 0) {
            return one;
        }
        at++;
        int least = c == '+' ? 1 : 0;
        int most = c == '?' ? 1 : Integer.MAX_VALUE;
        if (c == '{') {
            String[] numbers = line.substring(at, line.indexOf('}', at)).split(",", -1);
            at = line.indexOf('}', at) + 1;
            least = Integer.parseInt(numbers[0]);
            most = numbers.length == 1 ? least : numbers[1].isEmpty() ? most : Integer.parseInt(numbers[1]);
        }
        int fewest = least;
        int highest = most;
        return (text, from) -> {
            TreeSet<Integer> ends = new TreeSet<>();
            TreeSet<Integer> reached = new TreeSet<>(List.of(from));
            for (int times = 0; times <= highest && !reached.isEmpty(); times++) {
                if (times >= fewest && !ends.addAll(reached)) {
                    break;
                }
                TreeSet<Integer> next = new TreeSet<>();
                reached.forEach(end -> next.addAll(one.ends(text, end)));
                reached = next;
            }
            return ends;
        };
    }

    private Part one() {
        char c = peek();
        at++;
        if (c == '(') {
            Part inner = choice();
            peek();
            at++;
            return inner;
        }
        if (c == '"') {
            List<Integer> points = new ArrayList<>();
            while (line.charAt(at) != '"') {
                points.add(point());
            }
            at++;
            return (text, from) -> {
                for (int i = 0; i < points.size(); i++) {
                    if (from + i >= text.length || text[from + i] != points.get(i)) {
                        return new TreeSet<>();
                    }
                }
                return new TreeSet<>(List.of(from + points.size()));
            };
        }
        if (c == '[' || c == '.') {
            return c == '.' ? (text, from) -> from < text.length ? after(from) : new TreeSet<>() : characters();
        }
        int start = at - 1;
        while (at < line.length() && (Character.isLetterOrDigit(line.charAt(at)) || line.charAt(at) == '-')) {
            at++;
        }
        String name = line.substring(start, at);
        return (text, from) -> {
            List<Object> key = List.of(name, from);
            if (!known.containsKey(key)) {
                known.put(key, Objects.requireNonNull(rules.get(name)).ends(text, from));
            }
            return Objects.requireNonNull(known.get(key));
        };
    }

    private static TreeSet<Integer> after(int from) {
        return new TreeSet<>(List.of(from + 1));
    }

    private Part characters() {
        boolean not = line.charAt(at) == '^';
        at += not ? 1 : 0;
        List<int[]> runs = new ArrayList<>();
        while (line.charAt(at) != ']') {
            int first = point();
            int last = first;
            if (line.charAt(at) == '-' && line.charAt(at + 1) != ']') {
                at++;
                last = point();
            }
            runs.add(new int[] {first, last});
        }
        at++;
        return (text, from) ->
                from < text.length && runs.stream().anyMatch(run -> text[from] >= run[0] && text[from] <= run[1]) != not
                        ? after(from)
                        : new TreeSet<>();
    }

    private int point() {
        int c = line.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return c;
        }
        char escaped = line.charAt(at++);
        int digits = escaped == 'x' ? 2 : escaped == 'u' ? 4 : escaped == 'U' ? 8 : 0;
        at += digits;
        return switch (escaped) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            default -> digits > 0 ? Integer.parseInt(line.substring(at - digits, at), 16) : escaped;
        };
    }
}
