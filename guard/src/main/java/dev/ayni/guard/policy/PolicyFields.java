package dev.ayni.guard.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields under a name of a policy's file, each read with the type that is expected of it. What is wrong is noted with its
 * line, and reading goes on, so that one pass tells of all mistakes; {@link #end} notes what nobody has read.
 */
final class PolicyFields {
    private final PolicyNode.Mapping mapping;
    private final String path;
    private final Problems problems;
    private final Set<String> read = new LinkedHashSet<>();

    /** What is wrong with a file. */
    static final class Problems {
        private final String source;
        private final List<String> letters = new ArrayList<>();

        Problems(String source) {
            this.source = source;
        }

        void add(int line, String letter) {
            letters.add("%s:%d: %s".formatted(source, line, letter));
        }

        void addAll(PolicyException e) {
            letters.addAll(e.problems());
        }

        /** @throws PolicyException if there is any */
        void end() {
            if (!letters.isEmpty()) {
                throw new PolicyException(letters);
            }
        }
    }

    /** @param path where the mapping stands, such as {@code stages.prompt}; empty: it is the whole file */
    PolicyFields(PolicyNode.Mapping mapping, String path, Problems problems) {
        this.mapping = mapping;
        this.path = path;
        this.problems = problems;
    }

    Problems problems() {
        return problems;
    }

    int line() {
        return mapping.line();
    }

    /** The line of a field, or where it could stand. */
    int line(String name) {
        return mapping.lines().getOrDefault(name, mapping.line());
    }

    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    void wrong(String name, PolicyNode found, String expected) {
        problems.add(line(name), "'%s' is %s; expected %s.".formatted(at(name), found.kind(), expected));
    }

    /** A field as it stands; null if it is not there or empty. */
    @Nullable
    PolicyNode node(String name) {
        read.add(name);
        PolicyNode node = mapping.entries().get(name);
        return node instanceof PolicyNode.Scalar scalar && scalar.kind().equals("empty") ? null : node;
    }

    boolean has(String name) {
        return node(name) != null;
    }

    /** The names there are. */
    Set<String> names() {
        return mapping.entries().keySet();
    }

    String text(String name, String otherwise) {
        PolicyNode node = node(name);
        if (node == null) {
            return otherwise;
        }
        // a name such as 2025 or true is one, too
        if (node instanceof PolicyNode.Scalar scalar) {
            return scalar.text();
        }
        wrong(name, node, "a text");
        return otherwise;
    }

    /** A text that must be there. */
    String text(String name) {
        if (!has(name)) {
            problems.add(line(), "'%s' is missing; expected a text.".formatted(at(name)));
            return "";
        }
        return text(name, "");
    }

    OptionalDouble number(String name, double least, double most) {
        PolicyNode node = node(name);
        if (node == null) {
            return OptionalDouble.empty();
        }
        if (node instanceof PolicyNode.Scalar scalar && scalar.isNumber()) {
            try {
                double value = Double.parseDouble(scalar.text().replace("_", ""));
                if (value >= least && value <= most) {
                    return OptionalDouble.of(value);
                }
            } catch (NumberFormatException e) {
                // told below
            }
        }
        wrong(name, node, "a number from %s to %s".formatted(shown(least), shown(most)));
        return OptionalDouble.empty();
    }

    int whole(String name, int least, int most, int otherwise) {
        OptionalDouble number = number(name, least, most);
        if (number.isEmpty()) {
            return otherwise;
        }
        if (number.getAsDouble() != Math.rint(number.getAsDouble())) {
            problems.add(
                    line(name),
                    "'%s' is %s; expected a whole number.".formatted(at(name), shown(number.getAsDouble())));
            return otherwise;
        }
        return (int) number.getAsDouble();
    }

    boolean flag(String name, boolean otherwise) {
        PolicyNode node = node(name);
        if (node == null) {
            return otherwise;
        }
        if (node instanceof PolicyNode.Scalar scalar
                && (scalar.text().equals("true") || scalar.text().equals("false"))) {
            return scalar.text().equals("true");
        }
        wrong(name, node, "true or false");
        return otherwise;
    }

    /** The texts of a list; one text counts as a list of one. */
    List<String> texts(String name) {
        PolicyNode node = node(name);
        List<String> texts = new ArrayList<>();
        if (node instanceof PolicyNode.Scalar scalar) {
            texts.add(scalar.text());
        } else if (node instanceof PolicyNode.Sequence sequence) {
            for (PolicyNode item : sequence.items()) {
                if (item instanceof PolicyNode.Scalar scalar) {
                    texts.add(scalar.text());
                } else {
                    problems.add(
                            item.line(),
                            "'%s' has %s among its items; expected texts.".formatted(at(name), item.kind()));
                }
            }
        } else if (node != null) {
            wrong(name, node, "a list of texts");
        }
        return texts;
    }

    /** The fields under a name; null if it is not there. */
    @Nullable
    PolicyFields fields(String name) {
        PolicyNode node = node(name);
        if (node == null) {
            // 'secrets:' with nothing after it is there, with nothing said
            return mapping.entries().containsKey(name)
                    ? new PolicyFields(PolicyNode.Mapping.empty(line(name)), at(name), problems)
                    : null;
        }
        if (node instanceof PolicyNode.Mapping inner) {
            return new PolicyFields(inner, at(name), problems);
        }
        wrong(name, node, "names with values, indented below it");
        return null;
    }

    /** Texts by names: {@code en: Hello}. */
    Map<String, String> namedTexts(String name) {
        Map<String, String> texts = new LinkedHashMap<>();
        PolicyFields inner = fields(name);
        if (inner != null) {
            for (String key : inner.names()) {
                texts.put(key, inner.text(key, ""));
            }
        }
        return texts;
    }

    /** Lists of texts by names: {@code fruit: [apple, pear]}. */
    Map<String, List<String>> namedLists(String name) {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        PolicyFields inner = fields(name);
        if (inner != null) {
            for (String key : inner.names()) {
                lists.put(key, inner.texts(key));
            }
        }
        return lists;
    }

    /** One of some words. */
    <E extends Enum<E>> E oneOf(String name, Class<E> words, E otherwise) {
        PolicyNode node = node(name);
        if (node == null) {
            return otherwise;
        }
        if (node instanceof PolicyNode.Scalar scalar) {
            for (E word : words.getEnumConstants()) {
                if (word(word).equals(scalar.text())) {
                    return word;
                }
            }
        }
        List<String> all = new ArrayList<>();
        for (E word : words.getEnumConstants()) {
            all.add(word(word));
        }
        wrong(name, node, "one of " + String.join(", ", all));
        return otherwise;
    }

    /** A word of an enum as files write it: {@code tool-call}. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /** To be called when all that is known was read. */
    void end() {
        for (String name : mapping.entries().keySet()) {
            if (!read.contains(name)) {
                problems.add(
                        line(name),
                        "'%s' is not known here; expected %s. Correct the name, or take it out."
                                .formatted(at(name), read.isEmpty() ? "nothing" : "one of " + String.join(", ", read)));
            }
        }
    }

    static String shown(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? String.valueOf((long) number)
                : String.valueOf(number);
    }
}
