package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaNode.Obligation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** Writes objects: the members that a schema names, in its order, then others. */
final class ObjectGrammar {
    private static final int MOST_PATTERNS = 8;

    /** Members that are not named one by one: their names, and what their values must fit. */
    private record Class(TextLanguage names, List<Obligation> value) {}

    private final JsonSchemaCompiler compiler;
    private final Grammar grammar;
    private final ValueShape shape;
    private final List<String> names;
    private final boolean counts;
    private final Map<Long, Integer> states = new HashMap<>();

    ObjectGrammar(JsonSchemaCompiler compiler, ValueShape shape) {
        this.compiler = compiler;
        this.grammar = compiler.network();
        this.shape = shape;
        this.names = List.copyOf(shape.names);
        this.counts = shape.mostMembers >= 0 || shape.leastMembers > shape.required.size();
    }

    void write(int from, int to) {
        List<Class> others = others();
        if (!others.isEmpty() && shape.leastMembers > shape.required.size() + 1 && shape.leastMembersOf != null) {
            throw shape.leastMembersOf.refused(
                    "minProperties",
                    "asks for more members than 'required' names and one",
                    "Where members may have any names it is not enforced that their names differ: name them, or forbid others with additionalProperties: false.");
        }
        int open = grammar.text(from, "{");
        grammar.nothing(open, state(0, 0));
        int most = counts ? mostWritten() : 1;
        for (int i = 0; i < names.size(); i++) {
            for (int written = 0; written <= Math.min(most, counts ? i : 1); written++) {
                member(i, written, most);
            }
        }
        int last = names.size();
        for (int written = 0; written <= most; written++) {
            int at = state(last, written);
            for (Class other : others) {
                if (shape.mostMembers >= 0 && written == shape.mostMembers) {
                    continue;
                }
                int name = grammar.state();
                separator(at, written, name);
                int colon = grammar.state();
                compiler.text(name, other.names, colon);
                // with a least number only the first of them counts: nothing keeps two names from being the same
                int next = counts ? Math.min(written + 1, most) : 1;
                value(
                        colon,
                        other.value,
                        shape.mostMembers < 0 && counts ? afterOthers(next, others) : state(last, next));
            }
            if (!counts || written >= shape.leastMembers) {
                close(at, written, to);
            }
        }
        for (Map.Entry<Integer, Integer> after : settled.entrySet()) {
            if (after.getKey() >= shape.leastMembers) {
                close(after.getValue(), 1, to);
            }
        }
    }

    /** So many members are told apart. */
    private int mostWritten() {
        return shape.mostMembers >= 0 ? shape.mostMembers : Math.max(shape.leastMembers, 1);
    }

    private final Map<Integer, Integer> settled = new LinkedHashMap<>();

    /** After members that are not named, whose number no longer counts. */
    private int afterOthers(int written, List<Class> others) {
        Integer known = settled.get(written);
        if (known == null) {
            known = grammar.state();
            settled.put(written, known);
            for (Class other : others) {
                int name = grammar.state();
                separator(known, 1, name);
                int colon = grammar.state();
                compiler.text(name, other.names, colon);
                value(colon, other.value, known);
            }
        }
        return known;
    }

    /** Before the member of a place, so many having been written. */
    private int state(int place, int written) {
        return states.computeIfAbsent(((long) place << 32) | written, key -> grammar.state());
    }

    private void member(int place, int written, int most) {
        String name = names.get(place);
        int at = state(place, written);
        if (!shape.required.contains(name)) {
            grammar.nothing(at, state(place + 1, written));
        }
        boolean full = shape.mostMembers >= 0 && written == shape.mostMembers;
        if (shape.absent.contains(name) || full) {
            return;
        }
        List<Obligation> value = compiler.expansion().memberGoal(shape, name);
        if (!allowsName(name) || compiler.isEmpty(value)) {
            return;
        }
        int next = Math.min(written + 1, most);
        if (counts) {
            int key = grammar.state();
            separator(at, written, key);
            int colon = grammar.state();
            compiler.name(key, name, colon);
            value(colon, value, state(place + 1, next));
            return;
        }
        long shared = -1L - place; // the member is the same whether it is the first one or not
        Integer key = states.get(shared);
        if (key == null) {
            key = grammar.state();
            states.put(shared, key);
            int colon = grammar.state();
            compiler.name(key, name, colon);
            value(colon, value, state(place + 1, 1));
        }
        separator(at, written, key);
    }

    private void separator(int from, int written, int to) {
        if (written == 0) {
            compiler.space(from, to);
        } else {
            compiler.space(grammar.text(from, ","), to);
        }
    }

    private void value(int from, List<Obligation> goal, int to) {
        int before = grammar.state();
        compiler.colon(from, before);
        grammar.call(before, compiler.value(goal), to);
    }

    private void close(int from, int written, int to) {
        if (written == 0) {
            compiler.literal(from, "}", to);
        } else {
            int before = grammar.state();
            compiler.space(from, before);
            compiler.literal(before, "}", to);
        }
    }

    private boolean allowsName(String name) {
        return allNames().accepts(name);
    }

    /** The names that propertyNames allows. */
    private TextLanguage allNames() {
        TextLanguage all = TextLanguage.ALL;
        for (Obligation obligation : shape.memberNames) {
            TextLanguage some = compiler.texts(List.of(obligation));
            all = all.and(some);
        }
        return all;
    }

    /** The members that are not named, by the patterns that their names fit. */
    private List<Class> others() {
        TextLanguage free = allNames();
        if (!names.isEmpty()) {
            free = free.and(TextLanguage.of(shape.names).not());
        }
        Map<String, SchemaNode> patterns = new LinkedHashMap<>();
        shape.matching.forEach(matching -> patterns.put(matching.pattern(), matching.where()));
        shape.others.forEach(others -> patterns.putAll(others.patterns()));
        if (patterns.size() > MOST_PATTERNS) {
            throw patterns.values()
                    .iterator()
                    .next()
                    .refused(
                            "patternProperties",
                            "has more than %d patterns that apply together".formatted(MOST_PATTERNS),
                            "Join patterns whose values are alike.");
        }
        List<Class> classes = new ArrayList<>();
        split(free, List.copyOf(new TreeSet<>(patterns.keySet())), 0, List.of(), patterns, classes);
        return classes;
    }

    private void split(
            TextLanguage names,
            List<String> patterns,
            int place,
            List<String> fits,
            Map<String, SchemaNode> where,
            List<Class> classes) {
        if (names.isEmpty()) {
            return;
        }
        if (place == patterns.size()) {
            List<Obligation> value = new ArrayList<>();
            shape.matching.stream()
                    .filter(matching -> fits.contains(matching.pattern()))
                    .forEach(matching -> value.add(matching.value()));
            shape.others.stream()
                    .filter(others -> others.patterns().keySet().stream().noneMatch(fits::contains))
                    .forEach(others -> value.add(others.value()));
            if (!compiler.isEmpty(value)) {
                classes.add(new Class(names, value));
            }
            return;
        }
        String pattern = patterns.get(place);
        TextLanguage matching =
                compiler.expansion().pattern(pattern, Objects.requireNonNull(where.get(pattern)), "patternProperties");
        List<String> more = new ArrayList<>(fits);
        more.add(pattern);
        split(names.and(matching), patterns, place + 1, more, where, classes);
        split(names.and(matching.not()), patterns, place + 1, fits, where, classes);
    }
}
