package dev.ayni.template;

import dev.ayni.template.Node.Expression;
import dev.ayni.template.Node.Frame;
import dev.ayni.template.Node.Given;
import dev.ayni.template.Node.Statement;
import dev.ayni.template.Node.Target;
import dev.ayni.template.Values.Arguments;
import dev.ayni.template.Values.Dict;
import dev.ayni.template.Values.Function;
import dev.ayni.template.Values.Missing;
import dev.ayni.template.Values.Namespace;
import dev.ayni.template.Values.PyList;
import dev.ayni.template.Values.Tuple;
import dev.ayni.template.Values.Undefined;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** One render: walks the tree of a template and writes what it says. */
final class Interpreter {
    final Python python;
    final Budget budget;
    private final Map<String, Object> given;
    private StringBuilder out = new StringBuilder();
    private int line;
    private int depth;

    /** @param given what names mean that the template does not set itself */
    Interpreter(Python python, Map<String, Object> given) {
        this.python = python;
        this.budget = python.budget;
        this.given = given;
    }

    String render(List<Statement> template, Frame frame) {
        try {
            execute(template, new Scope(frame, null));
            return out.toString();
        } catch (PythonError e) {
            throw new TemplateException(
                    "The chat template stopped at line %d: %s. Either the conversation is not what this template expects, or the template is at fault."
                            .formatted(line, e.getMessage()),
                    line);
        } catch (PythonError.Limit e) {
            throw new TemplateException(
                    "The chat template was stopped at line %d: %s".formatted(line, e.getMessage()), line);
        } catch (PythonError.Raised e) {
            throw new TemplateRefusal(e.text, line);
        }
    }

    // ---- names

    /** The names of a frame while it runs. */
    private final class Scope {
        private final @Nullable Scope outer;
        private final Map<String, Object> names;

        Scope(Frame frame, @Nullable Scope outer) {
            this.outer = outer;
            this.names = HashMap.newHashMap(frame.loads.size());
            for (Map.Entry<String, Frame.Load> load : frame.loads.entrySet()) {
                String name = load.getKey();
                names.put(
                        name,
                        switch (load.getValue()) {
                            case GIVEN -> given.getOrDefault(name, Missing.MISSING);
                            case OUTER -> outer == null ? Missing.MISSING : outer.find(name);
                            case PARAMETER, UNSET -> Missing.MISSING;
                        });
            }
        }

        Object find(String name) {
            for (Scope scope = this; scope != null; scope = scope.outer) {
                Object value = scope.names.get(name);
                if (value != null) {
                    return value;
                }
            }
            return given.getOrDefault(name, Missing.MISSING);
        }

        void set(String name, Object value) {
            names.put(name, value);
        }
    }

    // ---- statements

    private enum Outcome {
        DONE,
        BREAK,
        CONTINUE
    }

    private Outcome execute(List<Statement> body, Scope scope) {
        deeper();
        for (Statement statement : body) {
            Outcome outcome = execute(statement, scope);
            if (outcome != Outcome.DONE) {
                depth--;
                return outcome;
            }
        }
        depth--;
        return Outcome.DONE;
    }

    private Outcome execute(Statement statement, Scope scope) {
        budget.step();
        line = statement.line();
        switch (statement) {
            case Node.Data data -> write(data.text());
            case Node.Print print -> write(python.print(evaluate(print.value(), scope)));
            case Node.If node -> {
                for (Node.Branch branch : node.branches()) {
                    if (Python.isTrue(evaluate(branch.test(), scope))) {
                        return execute(branch.body(), scope);
                    }
                }
                return execute(node.otherwise(), scope);
            }
            case Node.For node -> {
                if (node.recursive()) {
                    write(recursive(node, evaluate(node.items(), scope), scope, 0));
                } else {
                    return loop(node, evaluate(node.items(), scope), scope, null, 0);
                }
            }
            case Node.Set set -> {
                checkNamespaces(set.target(), scope);
                assign(set.target(), evaluate(set.value(), scope), scope);
            }
            case Node.SetBlock set -> {
                Scope inner = new Scope(set.frame(), scope);
                StringBuilder outside = out;
                out = new StringBuilder();
                Outcome outcome = execute(set.body(), inner);
                Object text = out.toString();
                out = outside;
                if (outcome != Outcome.DONE) {
                    return outcome;
                }
                checkNamespaces(set.target(), scope);
                assign(set.target(), set.filter() == null ? text : filter(set.filter(), text, inner), scope);
            }
            case Node.Macro macro ->
                scope.set(macro.signature().name(), new Macro(macro.signature(), macro.body(), macro.frame(), scope));
            case Node.CallBlock block -> {
                Macro caller = new Macro(block.signature(), block.body(), block.frame(), scope);
                if (block.call() == null) {
                    write(python.print(caller.call(Arguments.NONE)));
                } else {
                    write(python.print(call(block.call(), scope, caller)));
                }
            }
            case Node.FilterBlock block -> {
                Scope inner = new Scope(block.frame(), scope);
                StringBuilder outside = out;
                out = new StringBuilder();
                Outcome outcome = execute(block.body(), inner);
                String text = out.toString();
                out = outside;
                if (outcome != Outcome.DONE) {
                    return outcome;
                }
                write(python.print(filter(block.filter(), text, inner)));
            }
            case Node.With with -> {
                Scope inner = new Scope(with.frame(), scope);
                for (int i = 0; i < with.targets().size(); i++) {
                    assign(with.targets().get(i), evaluate(with.values().get(i), scope), inner);
                }
                return execute(with.body(), inner);
            }
            case Node.Break _ -> {
                return Outcome.BREAK;
            }
            case Node.Continue _ -> {
                return Outcome.CONTINUE;
            }
        }
        return Outcome.DONE;
    }

    private void write(String text) {
        if ((long) out.length() + text.length() > Budget.TEXT) {
            throw new PythonError.Limit(
                    "it writes more than %d characters, the most that is allowed.".formatted(Budget.TEXT));
        }
        budget.steps(text.length() >> 4);
        out.append(text);
    }

    private static void checkNamespaces(Target target, Scope scope) {
        switch (target) {
            case Node.NameTarget _ -> {}
            case Node.AttributeTarget attribute -> {
                if (!(scope.find(attribute.namespace()) instanceof Namespace)) {
                    throw new PythonError("cannot assign attribute on non-namespace object");
                }
            }
            case Node.TupleTarget tuple -> tuple.targets().forEach(part -> checkNamespaces(part, scope));
        }
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Node.NameTarget name -> scope.set(name.name(), value);
            case Node.AttributeTarget attribute -> {
                if (scope.find(attribute.namespace()) instanceof Namespace namespace) {
                    namespace.attributes().put(attribute.attribute(), value);
                }
            }
            case Node.TupleTarget tuple -> {
                int expected = tuple.targets().size();
                if (!Python.isIterable(value)) {
                    throw new PythonError("cannot unpack non-iterable %s object", Python.typeName(value));
                }
                List<Object> parts = new ArrayList<>(expected);
                for (Iterator<Object> items = python.iterate(value); items.hasNext(); ) {
                    if (parts.size() == expected) {
                        throw new PythonError("too many values to unpack (expected %d)", expected);
                    }
                    parts.add(items.next());
                }
                if (parts.size() < expected) {
                    throw new PythonError("not enough values to unpack (expected %d, got %d)", expected, parts.size());
                }
                for (int i = 0; i < expected; i++) {
                    assign(tuple.targets().get(i), parts.get(i), scope);
                }
            }
        }
    }

    // ---- loops

    private String recursive(Node.For node, Object items, Scope scope, int level) {
        StringBuilder outside = out;
        out = new StringBuilder();
        deeper();
        loop(node, items, scope, node, level);
        depth--;
        String text = out.toString();
        out = outside;
        return text;
    }

    private Outcome loop(Node.For node, Object items, Scope scope, Node.@Nullable For again, int level) {
        Iterator<Object> source = python.iterate(items);
        long length = Python.lengthOrNone(items);
        if (node.test() != null) {
            source = selected(node, source, scope);
            length = -1;
        }
        Loop loop = new Loop(source, length, level, again, scope);
        boolean ran = false;
        while (loop.advance()) {
            budget.step();
            Scope inner = new Scope(node.bodyFrame(), scope);
            if (node.bodyFrame().usesLoop) {
                inner.set("loop", loop);
            }
            assign(node.target(), loop.current(), inner);
            Outcome outcome = execute(node.body(), inner);
            if (outcome == Outcome.BREAK) {
                break;
            }
            // Jinja notes at the end of its body that a loop has run: one that always continues earlier has not
            ran |= outcome == Outcome.DONE;
        }
        if (!ran && !node.otherwise().isEmpty()) {
            return execute(node.otherwise(), new Scope(node.otherwiseFrame(), scope));
        }
        return Outcome.DONE;
    }

    /** The items that pass the test of a loop, each tested when it is asked for. */
    private Iterator<Object> selected(Node.For node, Iterator<Object> items, Scope scope) {
        Expression test = node.test();
        if (test == null) {
            return items;
        }
        return new Lookahead() {
            @Override
            @Nullable
            Object find() {
                while (items.hasNext()) {
                    Object item = items.next();
                    Scope inner = new Scope(node.testFrame(), scope);
                    assign(node.target(), item, inner);
                    if (Python.isTrue(evaluate(test, inner))) {
                        return item;
                    }
                }
                return null;
            }
        };
    }

    /** An iterator that must find its next item to know whether there is one. */
    abstract static class Lookahead implements Iterator<Object> {
        private @Nullable Object next;

        abstract @Nullable Object find();

        @Override
        public final boolean hasNext() {
            if (next == null) {
                next = find();
            }
            return next != null;
        }

        @Override
        public final Object next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException();
            }
            Object found = next;
            next = null;
            return found;
        }
    }

    /** What {@code loop} is within a loop. */
    final class Loop implements Function {
        private Iterator<Object> items;
        private long length;
        private final int level;
        private final Node.@Nullable For again;
        private final Scope scope;
        private long index0 = -1;
        private @Nullable Object before;
        private @Nullable Object current;
        private @Nullable Object after;
        private @Nullable Object changed;

        private Loop(Iterator<Object> items, long length, int level, Node.@Nullable For again, Scope scope) {
            this.items = items;
            this.length = length;
            this.level = level;
            this.again = again;
            this.scope = scope;
        }

        private boolean advance() {
            Object next = peek();
            if (next == null) {
                return false;
            }
            after = null;
            index0++;
            before = current;
            current = next;
            return true;
        }

        private @Nullable Object peek() {
            if (after == null && items.hasNext()) {
                after = items.next();
            }
            return after;
        }

        private Object current() {
            return current == null ? Missing.MISSING : current;
        }

        long index0() {
            return index0;
        }

        long length() {
            if (length < 0) {
                List<Object> rest = new ArrayList<>();
                while (items.hasNext()) {
                    rest.add(items.next());
                    budget.items(1);
                }
                items = rest.iterator();
                length = rest.size() + index0 + 1 + (after == null ? 0 : 1);
            }
            return length;
        }

        /** Iterating over the loop itself goes on with it, and gives each item with the loop. */
        Iterator<Object> pairs() {
            return new Lookahead() {
                @Override
                @Nullable
                Object find() {
                    return advance() ? new Tuple(List.of(current(), Loop.this)) : null;
                }
            };
        }

        @Nullable
        Object attribute(String name) {
            return switch (name) {
                case "index" -> index0 + 1;
                case "index0" -> index0;
                case "revindex" -> length() - index0;
                case "revindex0" -> length() - index0 - 1;
                case "first" -> index0 == 0;
                case "last" -> peek() == null;
                case "length" -> length();
                case "depth" -> level + 1L;
                case "depth0" -> (long) level;
                case "previtem" -> before == null || index0 == 0 ? new Undefined("there is no previous item") : before;
                case "nextitem" -> {
                    Object next = peek();
                    yield next == null ? new Undefined("there is no next item") : next;
                }
                case "cycle" ->
                    new Globals.Named("cycle", arguments -> {
                        if (arguments.positions().isEmpty()) {
                            throw new PythonError("no items for cycling given");
                        }
                        return arguments.positions().get((int) Math.floorMod(
                                index0, (long) arguments.positions().size()));
                    });
                case "changed" ->
                    new Globals.Named("changed", arguments -> {
                        Object value = new Tuple(arguments.positions());
                        boolean differs = changed == null || !python.equal(changed, value);
                        changed = value;
                        return differs;
                    });
                default -> null;
            };
        }

        @Override
        public String name() {
            return "loop";
        }

        @Override
        public Object call(Arguments arguments) {
            if (again == null) {
                throw new PythonError("The loop must have the 'recursive' marker to be called recursively.");
            }
            Object items = arguments.bind("loop", 1, "iterable")[0];
            return recursive(again, items == null ? Missing.MISSING : items, scope, level + 1);
        }
    }

    // ---- macros

    private final class Macro implements Values.MacroFunction {
        private final Node.Signature signature;
        private final List<Statement> body;
        private final Frame frame;
        private final Scope scope;

        Macro(Node.Signature signature, List<Statement> body, Frame frame, Scope scope) {
            this.signature = signature;
            this.body = body;
            this.frame = frame;
            this.scope = scope;
        }

        @Override
        public String name() {
            return signature.name();
        }

        @Override
        public List<String> parameters() {
            return signature.parameters();
        }

        @Override
        public boolean catchesKeywords() {
            return frame.usesKeywords;
        }

        @Override
        public boolean catchesPositions() {
            return frame.usesPositions;
        }

        @Override
        public boolean asksForCaller() {
            return frame.usesCaller;
        }

        @Override
        public Object call(Arguments arguments) {
            int calledAt = line;
            List<String> parameters = signature.parameters();
            Map<String, Object> names = new LinkedHashMap<>(arguments.names());
            Scope inner = new Scope(frame, scope);
            int places = Math.min(parameters.size(), arguments.positions().size());
            for (int i = 0; i < parameters.size(); i++) {
                Object value = i < places ? arguments.positions().get(i) : names.remove(parameters.get(i));
                if (value != null) {
                    inner.set(parameters.get(i), value);
                }
            }
            if (frame.usesCaller) {
                Object caller = names.remove("caller");
                inner.set(
                        "caller",
                        caller == null || caller instanceof Values.None ? new Undefined("No caller defined") : caller);
            }
            if (frame.usesKeywords) {
                Dict keywords = new Dict();
                names.forEach(keywords::put);
                inner.set("kwargs", keywords);
            } else if (!names.isEmpty()) {
                throw new PythonError(
                        names.containsKey("caller")
                                ? "macro %s was invoked with two values for the special caller argument. This is most likely a bug."
                                : "macro %s takes no keyword argument %s",
                        Text.repr(name()),
                        Text.repr(names.keySet().iterator().next()));
            }
            if (frame.usesPositions) {
                inner.set(
                        "varargs",
                        new Tuple(List.copyOf(arguments
                                .positions()
                                .subList(places, arguments.positions().size()))));
            } else if (arguments.positions().size() > places) {
                throw new PythonError(
                        "macro %s takes not more than %d argument(s)", Text.repr(name()), parameters.size());
            }
            StringBuilder outside = out;
            out = new StringBuilder();
            deeper();
            int firstDefault = parameters.size() - signature.defaults().size();
            for (int i = 0; i < parameters.size(); i++) {
                String parameter = parameters.get(i);
                if (inner.find(parameter) == Missing.MISSING) {
                    inner.set(
                            parameter,
                            i >= firstDefault
                                    ? evaluate(signature.defaults().get(i - firstDefault), inner)
                                    : new Undefined("parameter " + Text.repr(parameter) + " was not provided"));
                }
            }
            execute(body, inner);
            depth--;
            String text = out.toString();
            out = outside;
            line = calledAt;
            budget.text(text.length());
            return text;
        }
    }

    // ---- expressions

    private Object evaluate(Expression expression, Scope scope) {
        budget.step();
        switch (expression) {
            case Node.Literal literal -> {
                return literal.value();
            }
            case Node.Name name -> {
                Object value = scope.find(name.name());
                return value == Missing.MISSING ? Undefined.name(name.name()) : value;
            }
            default -> {}
        }
        deeper();
        Object value = compute(expression, scope);
        depth--;
        return value;
    }

    private Object compute(Expression expression, Scope scope) {
        switch (expression) {
            case Node.Literal literal -> {
                return literal.value();
            }
            case Node.Name name -> {
                return scope.find(name.name());
            }
            case Node.Attribute attribute -> {
                return attribute(evaluate(attribute.of(), scope), attribute.name());
            }
            case Node.Item item -> {
                Object of = evaluate(item.of(), scope);
                if (item.index() instanceof Node.Slice slice) {
                    return python.slice(
                            of,
                            optional(slice.start(), scope),
                            optional(slice.stop(), scope),
                            optional(slice.step(), scope));
                }
                return item(of, evaluate(item.index(), scope));
            }
            case Node.Binary binary -> {
                Object left = evaluate(binary.left(), scope);
                Object right = evaluate(binary.right(), scope);
                line = binary.line();
                return python.arithmetic(binary.sign(), left, right);
            }
            case Node.Compare compare -> {
                return compare(compare, scope);
            }
            case Node.And and -> {
                Object left = evaluate(and.left(), scope);
                return Python.isTrue(left) ? evaluate(and.right(), scope) : left;
            }
            case Node.Or or -> {
                Object left = evaluate(or.left(), scope);
                return Python.isTrue(left) ? left : evaluate(or.right(), scope);
            }
            case Node.Not not -> {
                return !Python.isTrue(evaluate(not.operand(), scope));
            }
            case Node.Filter filter -> {
                Expression input = filter.input();
                return filter(filter, input == null ? Undefined.name("") : evaluate(input, scope), scope);
            }
            case Node.Test test -> {
                return test(test, scope);
            }
            case Node.Call call -> {
                return call(call, scope, null);
            }
            case Node.Conditional conditional -> {
                if (Python.isTrue(evaluate(conditional.test(), scope))) {
                    return evaluate(conditional.then(), scope);
                }
                Expression otherwise = conditional.otherwise();
                return otherwise == null
                        ? new Undefined(
                                "the inline if-expression on line %d evaluated to false and no else section was defined."
                                        .formatted(conditional.line()))
                        : evaluate(otherwise, scope);
            }
            case Node.Concat concat -> {
                StringBuilder joined = new StringBuilder();
                for (Expression part : concat.parts()) {
                    String text = python.print(evaluate(part, scope));
                    budget.text((long) joined.length() + text.length());
                    joined.append(text);
                }
                return joined.toString();
            }
            case Node.Unary unary -> {
                return python.signed(unary.sign(), evaluate(unary.operand(), scope));
            }
            case Node.ListLiteral list -> {
                return new PyList(evaluate(list.items(), scope));
            }
            case Node.TupleLiteral tuple -> {
                return new Tuple(evaluate(tuple.items(), scope));
            }
            case Node.DictLiteral literal -> {
                Dict dict = new Dict();
                budget.items(literal.keys().size());
                for (int i = 0; i < literal.keys().size(); i++) {
                    Object key = evaluate(literal.keys().get(i), scope);
                    dict.put(key, evaluate(literal.values().get(i), scope));
                }
                return dict;
            }
            case Node.Slice _ -> {
                return Values.None.NONE; // within an index of several parts, which nothing here has
            }
        }
    }

    private @Nullable Object optional(@Nullable Expression expression, Scope scope) {
        return expression == null ? null : evaluate(expression, scope);
    }

    private List<Object> evaluate(List<Expression> expressions, Scope scope) {
        budget.items(expressions.size());
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Object compare(Node.Compare compare, Scope scope) {
        Object left = evaluate(compare.first(), scope);
        for (Node.Comparison comparison : compare.rest()) {
            Object right = evaluate(comparison.operand(), scope);
            line = compare.line();
            boolean holds = switch (comparison.sign()) {
                case "==" -> python.equal(left, right);
                case "!=" -> !python.equal(left, right);
                case "in" -> python.contains(right, left);
                case "not in" -> !python.contains(right, left);
                default -> python.ordered(comparison.sign(), left, right);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object call(Node.Call call, Scope scope, @Nullable Macro caller) {
        Object callee = evaluate(call.callee(), scope);
        Arguments arguments = arguments(call.given(), scope);
        line = call.line();
        if (caller != null) {
            Map<String, Object> names = new LinkedHashMap<>(arguments.names());
            if (names.put("caller", caller) != null) {
                throw new PythonError("got multiple values for keyword argument 'caller'");
            }
            arguments = new Arguments(arguments.positions(), names);
        }
        return call(callee, arguments);
    }

    private static Object call(Object callee, Arguments arguments) {
        return switch (callee) {
            case Function function -> function.call(arguments);
            case Undefined undefined -> throw Python.undefined(undefined);
            default -> throw new PythonError("'%s' object is not callable", Python.typeName(callee));
        };
    }

    private Arguments arguments(Given given, Scope scope) {
        if (given.equals(Given.NONE)) {
            return Arguments.NONE;
        }
        List<Object> positions = evaluate(given.positions(), scope);
        Map<String, Object> names = LinkedHashMap.newLinkedHashMap(given.names().size());
        for (Node.Named named : given.names()) {
            names.put(named.name(), evaluate(named.value(), scope));
        }
        if (given.star() != null) {
            positions.addAll(python.list(evaluate(given.star(), scope)));
        }
        if (given.stars() != null) {
            Object more = evaluate(given.stars(), scope);
            if (!(more instanceof Dict dict)) {
                throw new PythonError("argument after ** must be a mapping, not %s", Python.typeName(more));
            }
            for (Dict.Entry entry : dict.entries()) {
                String name = Python.text(entry.key());
                if (name == null) {
                    throw new PythonError("keywords must be strings");
                }
                if (names.put(name, entry.value()) != null) {
                    throw new PythonError("got multiple values for keyword argument '%s'", name);
                }
            }
        }
        return new Arguments(positions, names);
    }

    private Object filter(Node.Filter filter, Object text, Scope scope) {
        // the filters of a block come in a row, of which the innermost takes the text
        Object input = text;
        Arguments arguments = arguments(filter.given(), scope);
        if (filter.input() instanceof Node.Filter inner && endsInBlock(inner)) {
            input = filter(inner, text, scope);
        }
        line = filter.line();
        return filter(filter.name(), input, arguments);
    }

    private static boolean endsInBlock(Node.Filter filter) {
        Node.Filter innermost = filter;
        while (innermost.input() instanceof Node.Filter inner) {
            innermost = inner;
        }
        return innermost.input() == null;
    }

    Object filter(String name, Object input, Arguments arguments) {
        Filters.Body filter = Filters.TABLE.get(name);
        if (filter == null) {
            throw new PythonError("No filter named %s found", Text.repr(name));
        }
        return filter.apply(this, input, arguments);
    }

    private boolean test(Node.Test test, Scope scope) {
        Object input = evaluate(test.input(), scope);
        Arguments arguments = arguments(test.given(), scope);
        line = test.line();
        return test(test.name(), input, arguments);
    }

    boolean test(String name, Object input, Arguments arguments) {
        Tests.Body test = Tests.TABLE.get(name);
        if (test == null) {
            throw new PythonError("No test named %s found", Text.repr(name));
        }
        return test.holds(python, input, arguments);
    }

    // ---- attributes and items

    /** {@code value.name}: an attribute first, then an item. */
    Object attribute(Object value, String name) {
        Object attribute = Methods.attribute(this, value, name);
        if (attribute != null) {
            return attribute;
        }
        Object item = python.itemOrNone(value, name);
        return item != null ? item : missing(value, name);
    }

    /** {@code value[index]}: an item first, then an attribute. */
    Object item(Object value, Object index) {
        Object item = python.itemOrNone(value, index);
        if (item != null) {
            return item;
        }
        String name = Python.text(index);
        Object attribute = name == null ? null : Methods.attribute(this, value, name);
        return attribute != null ? attribute : missing(value, index);
    }

    private Undefined missing(Object value, Object index) {
        String name = Python.text(index);
        return new Undefined(
                name == null
                        ? Python.objectName(value) + " has no element " + python.repr(index)
                        : Text.repr(Python.objectName(value)) + " has no attribute " + Text.repr(name));
    }

    private void deeper() {
        if (++depth > Budget.EVALUATION_DEPTH) {
            throw new PythonError.Limit("it goes deeper than %d levels; a macro or loop in it calls itself without end."
                    .formatted(Budget.EVALUATION_DEPTH));
        }
    }
}
