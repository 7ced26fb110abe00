package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaNode.Obligation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Turns what a value must and must not fit into alternatives without any logic left in them (disjunctive normal form, found
 * as a tableau does: Smullyan, First-Order Logic, 1968). Schemas of parts of the value are left as they are.
 */
final class SchemaExpansion {
    private static final int MOST_BRANCHES = 100_000;
    private static final int MOST_ALTERNATIVES = 2_000;
    private static final int DEEPEST_LOOK = 4;

    /** One way to go on: what is asked of the value, and what it must fit. */
    record Alternative(Consumer<ValueShape> asks, List<Obligation> obligations) {
        static Alternative asking(Consumer<ValueShape> asks) {
            return new Alternative(asks, List.of());
        }

        static Alternative of(Obligation... obligations) {
            return new Alternative(shape -> {}, List.of(obligations));
        }
    }

    /** What was gathered on the way to one alternative. */
    final class Branch {
        final ValueShape shape;
        final Set<Integer> seen;
        final List<List<Alternative>> choices;
        final List<SchemaNode> unevaluated;
        private boolean possible = true;

        private Branch(
                ValueShape shape, Set<Integer> seen, List<List<Alternative>> choices, List<SchemaNode> unevaluated) {
            this.shape = shape;
            this.seen = seen;
            this.choices = choices;
            this.unevaluated = unevaluated;
        }

        private Branch copy() {
            return new Branch(
                    shape.copy(), new HashSet<>(seen), new ArrayList<>(choices), new ArrayList<>(unevaluated));
        }

        /** Takes up what the value must or must not fit. */
        void take(Obligation obligation) {
            if (!possible || !seen.add(obligation.key())) {
                return;
            }
            SchemaNode schema = obligation.schema();
            if (seen.contains(obligation.not().key())) {
                possible = false;
            } else if (schema.json().isBoolean()) {
                possible = schema.json().asBoolean() == obligation.holds();
            } else if (obligation.holds()) {
                assertions.take(schema, this);
            } else {
                choose(negations.alternatives(schema));
            }
            possible &= shape.types != 0;
        }

        /** One of several must be. */
        void choose(List<Alternative> alternatives) {
            choices.add(alternatives);
            possible &= !alternatives.isEmpty();
        }

        boolean holds(SchemaNode schema) {
            return seen.contains(schema.must().key());
        }
    }

    private final SchemaDocument document;
    private final SchemaAssertions assertions;
    private final SchemaNegations negations;
    private final Map<Set<Integer>, List<ValueShape>> known = new HashMap<>();
    private final Map<String, TextLanguage> patterns = new HashMap<>();
    private final Map<NumberRange, NumberLeaf> numbers = new HashMap<>();
    private int branches;

    SchemaExpansion(SchemaDocument document) {
        this.document = document;
        this.assertions = new SchemaAssertions(this, document);
        this.negations = new SchemaNegations(this, document);
    }

    static Set<Integer> key(Collection<Obligation> goal) {
        Set<Integer> key = new TreeSet<>();
        goal.forEach(o -> key.add(o.key()));
        return key;
    }

    /**
     * The alternatives of what a value may be that fits a goal; none: there is no such value.
     *
     * @throws ShapeException if a schema cannot be enforced; the letter names its path
     */
    List<ValueShape> shapes(Collection<Obligation> goal) {
        Set<Integer> key = key(goal);
        List<ValueShape> shapes = known.get(key);
        if (shapes == null) {
            shapes = new ArrayList<>();
            Branch first = new Branch(new ValueShape(), new HashSet<>(), new ArrayList<>(), new ArrayList<>());
            goal.forEach(first::take);
            expand(first, shapes);
            shapes = List.copyOf(shapes);
            known.put(key, shapes);
        }
        return shapes;
    }

    private void expand(Branch branch, List<ValueShape> found) {
        if (++branches > MOST_BRANCHES || found.size() > MOST_ALTERNATIVES) {
            throw new ShapeException(
                    "The schema's anyOf, oneOf, not and if make more than %d alternatives. Make them fewer, or nest them less."
                            .formatted(found.size() > MOST_ALTERNATIVES ? MOST_ALTERNATIVES : MOST_BRANCHES));
        }
        if (!branch.possible) {
            return;
        }
        if (branch.choices.isEmpty()) {
            SchemaEvaluated evaluated = new SchemaEvaluated(document, branch);
            branch.unevaluated.forEach(evaluated::restrict);
            branch.shape.dropEmptyTypes(range -> number(range).isEmpty());
            if (branch.shape.types != 0) {
                found.add(branch.shape);
            }
            return;
        }
        List<Alternative> next = branch.choices.removeLast();
        for (Alternative alternative : next) {
            Branch one = branch.copy();
            alternative.asks.accept(one.shape);
            one.possible &= one.shape.types != 0;
            alternative.obligations.forEach(one::take);
            expand(one, found);
        }
    }

    /** Whether it is plain that no value fits two schemas; false where that would have to be looked for more deeply. */
    boolean exclude(SchemaNode a, SchemaNode b) {
        return isPlainlyEmpty(List.of(a.must(), b.must()), 0);
    }

    private boolean isPlainlyEmpty(Collection<Obligation> goal, int depth) {
        if (depth > DEEPEST_LOOK) {
            return false;
        }
        return shapes(goal).stream().allMatch(shape -> isPlainlyEmpty(shape, depth));
    }

    private boolean isPlainlyEmpty(ValueShape shape, int depth) {
        if ((shape.types & ~(ValueShape.OBJECT | ValueShape.ARRAY)) != 0) {
            return false;
        }
        if ((shape.types & ValueShape.OBJECT) != 0
                && shape.required.stream().noneMatch(name -> isPlainlyEmpty(memberGoal(shape, name), depth + 1))) {
            return false;
        }
        if ((shape.types & ValueShape.ARRAY) == 0) {
            return true;
        }
        for (int i = 0; i < Math.min(shape.leastElements, 8); i++) {
            if (isPlainlyEmpty(elementGoal(shape, i), depth + 1)) {
                return true;
            }
        }
        return false;
    }

    /** What the member of a name must fit. */
    List<Obligation> memberGoal(ValueShape shape, String name) {
        List<Obligation> goal = new ArrayList<>();
        shape.members.stream().filter(m -> m.name().equals(name)).forEach(m -> goal.add(m.value()));
        for (ValueShape.Matching matching : shape.matching) {
            if (pattern(matching.pattern(), matching.where(), "patternProperties")
                    .accepts(name)) {
                goal.add(matching.value());
            }
        }
        for (ValueShape.Others others : shape.others) {
            boolean named = others.names().contains(name)
                    || others.patterns().entrySet().stream()
                            .anyMatch(p -> pattern(p.getKey(), p.getValue(), "patternProperties")
                                    .accepts(name));
            if (!named) {
                goal.add(others.value());
            }
        }
        return goal;
    }

    /** What the element of a place must fit. */
    List<Obligation> elementGoal(ValueShape shape, int place) {
        List<Obligation> goal = new ArrayList<>();
        for (ValueShape.Elements elements : shape.elements) {
            Obligation one = place < elements.first().size() ? elements.first().get(place) : elements.rest();
            if (one != null) {
                goal.add(one);
            }
        }
        return goal;
    }

    /** The numbers of a range. */
    NumberLeaf number(NumberRange range) {
        return numbers.computeIfAbsent(range, NumberLeaf::new);
    }

    /** The texts in which a pattern is found. */
    TextLanguage pattern(String pattern, SchemaNode where, String keyword) {
        return language(pattern, where, keyword, false);
    }

    /** The texts that a pattern describes whole. */
    TextLanguage wholePattern(String pattern, SchemaNode where, String keyword) {
        return language(pattern, where, keyword, true);
    }

    private TextLanguage language(String pattern, SchemaNode where, String keyword, boolean whole) {
        String key = (whole ? "whole " : "part ") + pattern;
        TextLanguage language = patterns.get(key);
        if (language == null) {
            try {
                Regex regex = RegexSyntax.parse(pattern);
                language = whole ? TextLanguage.matching(regex) : TextLanguage.containing(regex);
            } catch (ShapeException e) {
                throw where.refused(keyword, "cannot be enforced", String.valueOf(e.getMessage()));
            }
            patterns.put(key, language);
        }
        return language;
    }
}
