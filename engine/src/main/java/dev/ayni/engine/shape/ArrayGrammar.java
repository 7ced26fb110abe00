package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaNode.Obligation;
import dev.ayni.engine.shape.ValueShape.Contained;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes arrays: elements by their places, counted as far as a schema counts them. */
final class ArrayGrammar {
    /** So many values may be told apart where all elements must differ. */
    private static final int MOST_VALUES = 10;

    private static final int MOST_STATES = 200_000;

    /** Tells a text from a number or a word. */
    private static final String TEXT = "\"";

    /**
     * Between two elements.
     *
     * @param place how many elements were written, as far as that matters
     * @param found how many of them fit each schema that some must fit, as far as that matters
     * @param used which values were written, where all must differ
     */
    private record State(int place, List<Integer> found, int used) {}

    private final JsonSchemaCompiler compiler;
    private final Grammar grammar;
    private final ValueShape shape;
    private final int counted;
    private final @Nullable List<String> values;
    private final Map<State, Integer> states = new HashMap<>();
    private final ArrayDeque<State> open = new ArrayDeque<>();

    ArrayGrammar(JsonSchemaCompiler compiler, ValueShape shape) {
        this.compiler = compiler;
        this.grammar = compiler.network();
        this.shape = shape;
        int named =
                shape.elements.stream().mapToInt(e -> e.first().size()).max().orElse(0);
        this.counted = shape.mostElements >= 0 ? shape.mostElements : Math.max(Math.max(named, shape.leastElements), 1);
        boolean differ = shape.unique != null && (shape.mostElements < 0 || shape.mostElements > 1);
        this.values = differ ? values(named) : null;
    }

    void write(int from, int to) {
        int start = grammar.text(from, "[");
        State first = new State(0, Collections.nCopies(shape.contained.size(), 0), 0);
        grammar.nothing(start, at(first));
        while (!open.isEmpty()) {
            if (states.size() > MOST_STATES) {
                throw new ShapeException("An array's bounds and contains need more than %d states. Take smaller ones."
                        .formatted(MOST_STATES));
            }
            State state = open.remove();
            element(state);
            if (state.place >= shape.leastElements && containsEnough(state)) {
                close(state, to);
            }
        }
    }

    private int at(State state) {
        Integer known = states.get(state);
        if (known == null) {
            known = grammar.state();
            states.put(state, known);
            open.add(state);
        }
        return known;
    }

    private boolean containsEnough(State state) {
        for (int i = 0; i < shape.contained.size(); i++) {
            if (state.found.get(i) < shape.contained.get(i).least()) {
                return false;
            }
        }
        return true;
    }

    private void element(State state) {
        if (shape.mostElements >= 0 && state.place == shape.mostElements) {
            return;
        }
        int before = grammar.state();
        if (state.place == 0) {
            compiler.space(at(state), before);
        } else {
            compiler.space(grammar.text(at(state), ","), before);
        }
        List<Obligation> goal = compiler.expansion().elementGoal(shape, state.place);
        choose(state, 0, goal, List.of(), before);
    }

    /** For each schema that some elements must fit, whether this one does; where it need not be known, it is left open. */
    private void choose(State state, int i, List<Obligation> goal, List<Integer> found, int before) {
        if (i == shape.contained.size()) {
            value(state, goal, found, before);
            return;
        }
        Contained contained = shape.contained.get(i);
        int now = state.found.get(i);
        boolean exact = contained.most() >= 0;
        if (!exact && now == contained.least()) {
            choose(state, i + 1, goal, and(found, now), before);
            return;
        }
        if (!exact || now < contained.most()) {
            choose(state, i + 1, and(goal, contained.schema().must()), and(found, now + 1), before);
        }
        choose(state, i + 1, exact ? and(goal, contained.schema().mustNot()) : goal, and(found, now), before);
    }

    private static <T> List<T> and(List<T> list, T one) {
        List<T> more = new ArrayList<>(list);
        more.add(one);
        return more;
    }

    private void value(State state, List<Obligation> goal, List<Integer> found, int before) {
        if (compiler.isEmpty(goal)) {
            return;
        }
        int place = Math.min(state.place + 1, counted);
        if (values == null) {
            grammar.call(before, compiler.value(goal), at(new State(place, found, 0)));
            return;
        }
        Set<String> possible = scalars(goal);
        for (int i = 0; i < values.size(); i++) {
            if ((state.used >> i & 1) == 0 && possible != null && possible.contains(values.get(i))) {
                scalar(before, values.get(i), at(new State(place, found, state.used | 1 << i)));
            }
        }
    }

    private void close(State state, int to) {
        if (state.place == 0) {
            compiler.literal(at(state), "]", to);
        } else {
            int before = grammar.state();
            compiler.space(at(state), before);
            compiler.literal(before, "]", to);
        }
    }

    /** All values that elements may have, where they are few. */
    private List<String> values(int named) {
        Set<String> all = new LinkedHashSet<>();
        for (int place = 0; place <= Math.min(named, counted); place++) {
            Set<String> some = scalars(compiler.expansion().elementGoal(shape, place));
            if (some != null) {
                all.addAll(some);
            }
            if (some == null || all.size() > MOST_VALUES) {
                throw Objects.requireNonNull(shape.unique)
                        .refused(
                                "uniqueItems",
                                "asks for elements that differ",
                                "That is enforced where at most %d values are possible for them; leave it out otherwise."
                                        .formatted(MOST_VALUES));
            }
        }
        return List.copyOf(all);
    }

    private void scalar(int from, String value, int to) {
        if (value.startsWith(TEXT)) {
            compiler.text(from, value.substring(TEXT.length()), to);
        } else {
            compiler.literal(from, value, to);
        }
    }

    /** The values that fit a goal, texts with {@link #TEXT} before them; null if they are many, or not simple. */
    private @Nullable Set<String> scalars(List<Obligation> goal) {
        Set<String> all = new LinkedHashSet<>();
        for (ValueShape one : compiler.expansion().shapes(goal)) {
            if ((one.types & (ValueShape.ARRAY | ValueShape.OBJECT)) != 0) {
                return null;
            }
            addWords(one, all);
            if ((one.types & ValueShape.STRING) != 0) {
                Set<String> named = one.namedTexts();
                if (named == null) {
                    named = one.language == TextLanguage.ALL ? null : one.language.texts(MOST_VALUES);
                }
                if (named == null) {
                    return null;
                }
                named.forEach(text -> all.add(TEXT + text));
            }
            if ((one.types & ValueShape.NUMBER) != 0) {
                List<BigDecimal> few = one.number.few(MOST_VALUES);
                if (few == null) {
                    return null;
                }
                few.forEach(number -> all.add(JsonSchemaCompiler.written(number)));
            }
        }
        return all;
    }

    private static void addWords(ValueShape one, Set<String> all) {
        if ((one.types & ValueShape.NULL) != 0) {
            all.add("null");
        }
        if ((one.types & ValueShape.FALSE) != 0) {
            all.add("false");
        }
        if ((one.types & ValueShape.TRUE) != 0) {
            all.add("true");
        }
    }
}
