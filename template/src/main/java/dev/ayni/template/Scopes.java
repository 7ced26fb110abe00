package dev.ayni.template;

import dev.ayni.template.Node.Expression;
import dev.ayni.template.Node.Frame;
import dev.ayni.template.Node.Frame.Load;
import dev.ayni.template.Node.Given;
import dev.ayni.template.Node.Statement;
import dev.ayni.template.Node.Target;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which part of a template each name belongs to, before anything is rendered, as Jinja's compiler does: a loop, macro or block has names of its own,
 * an {@code if} has not; a name that is set somewhere in a part belongs to that part from its beginning. Checks on the way what Jinja checks when it compiles:
 * unknown filters and tests (outside an {@code if}), {@code break} outside a loop, {@code loop} as a name to set.
 */
final class Scopes {
    /** Deeper than any tree the parser's own bound lets through, except for long chains such as {@code a + a + a}. */
    private static final int DEPTH = 1000;

    private int depth;

    private Scopes() {}

    /** Fills in the frames below these statements; returns that of the template itself. */
    static Frame resolve(List<Statement> template) {
        Scopes scopes = new Scopes();
        Frame root = new Frame();
        Symbols symbols = new Symbols(null);
        scopes.collect(template, symbols);
        root.loads = symbols.loads;
        scopes.enter(template, symbols, false, false);
        return root;
    }

    /** The names of one frame while they are being found. */
    private static final class Symbols {
        final @Nullable Symbols parent;
        final Map<String, Load> loads;
        final Set<String> stores;

        Symbols(@Nullable Symbols parent) {
            this(parent, new LinkedHashMap<>(), new LinkedHashSet<>());
        }

        private Symbols(@Nullable Symbols parent, Map<String, Load> loads, Set<String> stores) {
            this.parent = parent;
            this.loads = loads;
            this.stores = stores;
        }

        Symbols copy() {
            return new Symbols(parent, new LinkedHashMap<>(loads), new LinkedHashSet<>(stores));
        }

        boolean knows(String name) {
            for (Symbols symbols = this; symbols != null; symbols = symbols.parent) {
                if (symbols.loads.containsKey(name)) {
                    return true;
                }
            }
            return false;
        }

        boolean outerKnows(String name) {
            return parent != null && parent.knows(name);
        }

        void load(String name) {
            if (!knows(name)) {
                loads.put(name, Load.GIVEN);
            }
        }

        void store(String name) {
            stores.add(name);
            if (!loads.containsKey(name)) {
                loads.put(name, outerKnows(name) ? Load.OUTER : Load.UNSET);
            }
        }

        void parameter(String name) {
            stores.add(name);
            loads.put(name, Load.PARAMETER);
        }

        /** After an {@code if}: what a branch may have set keeps its outer value when no branch ran. */
        void merge(List<Symbols> branches) {
            Set<String> set = new LinkedHashSet<>();
            for (Symbols branch : branches) {
                set.addAll(branch.stores);
            }
            set.removeAll(stores);
            for (Symbols branch : branches) {
                loads.putAll(branch.loads);
                stores.addAll(branch.stores);
            }
            for (String name : set) {
                loads.put(name, outerKnows(name) ? Load.OUTER : Load.GIVEN);
            }
        }
    }

    // ---- the names of one frame: nested frames contribute only what is evaluated outside them

    private void collect(List<Statement> statements, Symbols symbols) {
        deeper(statements.isEmpty() ? 0 : statements.getFirst().line());
        for (Statement statement : statements) {
            collect(statement, symbols);
        }
        depth--;
    }

    private void collect(Statement statement, Symbols symbols) {
        switch (statement) {
            case Node.Data _, Node.Break _, Node.Continue _ -> {}
            case Node.Print print -> collect(print.value(), symbols);
            case Node.If node -> {
                List<Symbols> branches = new ArrayList<>();
                for (Node.Branch branch : node.branches()) {
                    collect(branch.test(), symbols);
                }
                // every branch starts from the same names, whatever the ones before it set
                for (Node.Branch branch : node.branches()) {
                    Symbols copy = symbols.copy();
                    collect(branch.body(), copy);
                    branches.add(copy);
                }
                Symbols copy = symbols.copy();
                collect(node.otherwise(), copy);
                branches.add(copy);
                symbols.merge(branches);
            }
            case Node.For node -> collect(node.items(), symbols);
            case Node.Set set -> {
                collect(set.value(), symbols);
                store(set.target(), symbols);
            }
            case Node.SetBlock set -> store(set.target(), symbols);
            case Node.Macro macro -> symbols.store(macro.signature().name());
            case Node.CallBlock block -> {
                if (block.call() != null) {
                    collect(block.call(), symbols);
                }
            }
            case Node.FilterBlock block -> collect(block.filter(), symbols);
            case Node.With with -> with.values().forEach(value -> collect(value, symbols));
        }
    }

    private static void store(Target target, Symbols symbols) {
        switch (target) {
            case Node.NameTarget name -> symbols.store(name.name());
            case Node.AttributeTarget attribute -> symbols.load(attribute.namespace());
            case Node.TupleTarget tuple -> tuple.targets().forEach(part -> store(part, symbols));
        }
    }

    private static void parameters(Target target, Symbols symbols) {
        switch (target) {
            case Node.NameTarget name -> symbols.parameter(name.name());
            case Node.AttributeTarget attribute -> symbols.load(attribute.namespace());
            case Node.TupleTarget tuple -> tuple.targets().forEach(part -> parameters(part, symbols));
        }
    }

    private void collect(Expression expression, Symbols symbols) {
        deeper(expression.line());
        if (expression instanceof Node.Name name) {
            symbols.load(name.name());
        }
        for (Expression part : parts(expression)) {
            collect(part, symbols);
        }
        depth--;
    }

    private static List<Expression> parts(Expression expression) {
        List<Expression> parts = new ArrayList<>();
        switch (expression) {
            case Node.Literal _, Node.Name _ -> {}
            case Node.ListLiteral list -> parts.addAll(list.items());
            case Node.TupleLiteral tuple -> parts.addAll(tuple.items());
            case Node.DictLiteral dict -> {
                for (int i = 0; i < dict.keys().size(); i++) {
                    parts.add(dict.keys().get(i));
                    parts.add(dict.values().get(i));
                }
            }
            case Node.Unary unary -> parts.add(unary.operand());
            case Node.Binary binary -> {
                parts.add(binary.left());
                parts.add(binary.right());
            }
            case Node.And and -> {
                parts.add(and.left());
                parts.add(and.right());
            }
            case Node.Or or -> {
                parts.add(or.left());
                parts.add(or.right());
            }
            case Node.Not not -> parts.add(not.operand());
            case Node.Compare compare -> {
                parts.add(compare.first());
                compare.rest().forEach(comparison -> parts.add(comparison.operand()));
            }
            case Node.Concat concat -> parts.addAll(concat.parts());
            case Node.Conditional conditional -> {
                parts.add(conditional.test());
                parts.add(conditional.then());
                add(conditional.otherwise(), parts);
            }
            case Node.Attribute attribute -> parts.add(attribute.of());
            case Node.Item item -> {
                parts.add(item.of());
                parts.add(item.index());
            }
            case Node.Slice slice -> {
                add(slice.start(), parts);
                add(slice.stop(), parts);
                add(slice.step(), parts);
            }
            case Node.Call call -> {
                parts.add(call.callee());
                given(call.given(), parts);
            }
            case Node.Filter filter -> {
                add(filter.input(), parts);
                given(filter.given(), parts);
            }
            case Node.Test test -> {
                parts.add(test.input());
                given(test.given(), parts);
            }
        }
        return parts;
    }

    private static void add(@Nullable Expression part, List<Expression> parts) {
        if (part != null) {
            parts.add(part);
        }
    }

    private static void given(Given given, List<Expression> parts) {
        parts.addAll(given.positions());
        given.names().forEach(named -> parts.add(named.value()));
        add(given.star(), parts);
        add(given.stars(), parts);
    }

    // ---- the frames within

    private void enter(List<Statement> statements, Symbols symbols, boolean soft, boolean inLoop) {
        deeper(statements.isEmpty() ? 0 : statements.getFirst().line());
        for (Statement statement : statements) {
            enter(statement, symbols, soft, inLoop);
        }
        depth--;
    }

    private void enter(Statement statement, Symbols symbols, boolean soft, boolean inLoop) {
        switch (statement) {
            case Node.Data _ -> {}
            case Node.Break _, Node.Continue _ -> {
                if (!inLoop) {
                    throw fail(statement.line(), "'break' or 'continue' stands outside a loop.");
                }
            }
            case Node.Print print -> check(print.value(), soft);
            case Node.If node -> {
                for (Node.Branch branch : node.branches()) {
                    check(branch.test(), true);
                    enter(branch.body(), symbols, true, inLoop);
                }
                enter(node.otherwise(), symbols, true, inLoop);
            }
            case Node.For node -> loop(node, symbols, soft, inLoop);
            case Node.Set set -> check(set.value(), soft);
            case Node.SetBlock set -> {
                Symbols own = new Symbols(symbols);
                collect(set.body(), own);
                if (set.filter() != null) {
                    collect(set.filter(), own);
                    check(set.filter(), false);
                }
                set.frame().loads = own.loads;
                enter(set.body(), own, false, inLoop);
            }
            case Node.Macro macro -> macro(macro.signature(), macro.body(), macro.frame(), symbols, macro.line());
            case Node.CallBlock block -> {
                if (block.call() != null) {
                    check(block.call(), soft);
                }
                macro(block.signature(), block.body(), block.frame(), symbols, block.line());
            }
            case Node.FilterBlock block -> {
                Symbols own = new Symbols(symbols);
                collect(block.body(), own);
                collect(block.filter(), own);
                check(block.filter(), false);
                block.frame().loads = own.loads;
                enter(block.body(), own, false, inLoop);
            }
            case Node.With with -> {
                with.values().forEach(value -> check(value, soft));
                Symbols own = new Symbols(symbols);
                with.targets().forEach(target -> parameters(target, own));
                collect(with.body(), own);
                with.frame().loads = own.loads;
                enter(with.body(), own, false, inLoop);
            }
        }
    }

    private void loop(Node.For node, Symbols symbols, boolean soft, boolean inLoop) {
        check(node.items(), soft);
        if (setsLoop(node.target())
                || names(node.body(), Set.of("loop")).setsLoop
                || names(node.otherwise(), Set.of("loop")).setsLoop) {
            throw fail(
                    node.line(),
                    "'loop' is set within a loop, where it has a meaning of its own. Choose another name.");
        }
        Symbols body = new Symbols(symbols);
        node.bodyFrame().usesLoop =
                node.recursive() || names(node.body(), Set.of("loop")).asked.contains("loop");
        if (node.bodyFrame().usesLoop) {
            body.parameter("loop");
        }
        parameters(node.target(), body);
        collect(node.body(), body);
        node.bodyFrame().loads = body.loads;
        if (node.test() != null) {
            Symbols test = new Symbols(symbols);
            parameters(node.target(), test);
            collect(node.test(), test);
            check(node.test(), false);
            node.testFrame().loads = test.loads;
        }
        Symbols otherwise = new Symbols(symbols);
        collect(node.otherwise(), otherwise);
        node.otherwiseFrame().loads = otherwise.loads;
        enter(node.body(), body, false, true);
        enter(node.otherwise(), otherwise, false, inLoop && !node.recursive());
    }

    private static boolean setsLoop(Target target) {
        return switch (target) {
            case Node.NameTarget name -> name.name().equals("loop");
            case Node.AttributeTarget _ -> false;
            case Node.TupleTarget tuple -> tuple.targets().stream().anyMatch(Scopes::setsLoop);
        };
    }

    private void macro(Node.Signature signature, List<Statement> body, Frame frame, Symbols symbols, int line) {
        Symbols own = new Symbols(symbols);
        signature.parameters().forEach(own::parameter);
        signature.defaults().forEach(value -> {
            collect(value, own);
            check(value, false);
        });
        Set<String> asked = names(body, Set.of("caller", "kwargs", "varargs")).asked;
        int caller = signature.parameters().indexOf("caller");
        if (asked.contains("caller")) {
            if (caller >= 0
                    && caller
                            < signature.parameters().size()
                                    - signature.defaults().size()) {
                throw fail(
                        line, "the parameter 'caller' needs a default, or is left out: it has a meaning of its own.");
            }
            if (caller < 0) {
                own.parameter("caller");
                frame.usesCaller = true;
            }
        }
        if (asked.contains("kwargs") && !signature.parameters().contains("kwargs")) {
            own.parameter("kwargs");
            frame.usesKeywords = true;
        }
        if (asked.contains("varargs") && !signature.parameters().contains("varargs")) {
            own.parameter("varargs");
            frame.usesPositions = true;
        }
        collect(body, own);
        frame.loads = own.loads;
        enter(body, own, false, false);
    }

    /** Unknown filters and tests; within an {@code if} they are errors only when they are reached. */
    private void check(Expression expression, boolean soft) {
        deeper(expression.line());
        switch (expression) {
            case Node.Filter filter
            when !soft && !Filters.TABLE.containsKey(filter.name()) ->
                throw fail(
                        filter.line(),
                        "the filter '" + filter.name() + "' is not known. Known: " + known(Filters.TABLE.keySet())
                                + ".");
            case Node.Test test
            when !soft && !Tests.TABLE.containsKey(test.name()) ->
                throw fail(
                        test.line(),
                        "the test '" + test.name() + "' is not known. Known: " + known(Tests.TABLE.keySet()) + ".");
            default -> {}
        }
        boolean within = soft || expression instanceof Node.Conditional;
        for (Expression part : parts(expression)) {
            check(part, within);
        }
        depth--;
    }

    private static String known(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }

    // ---- which of some names a part of the template asks for before it sets them, nested parts included

    private static final class Asked {
        final Set<String> asked = new HashSet<>();
        final Set<String> open;
        boolean setsLoop;

        Asked(Set<String> names) {
            this.open = new HashSet<>(names);
        }

        void set(String name) {
            setsLoop |= name.equals("loop");
            open.remove(name);
        }
    }

    private Asked names(List<Statement> body, Set<String> names) {
        Asked asked = new Asked(names);
        ask(body, asked);
        return asked;
    }

    private void ask(List<Statement> body, Asked asked) {
        deeper(body.isEmpty() ? 0 : body.getFirst().line());
        for (Statement statement : body) {
            switch (statement) {
                case Node.Data _, Node.Break _, Node.Continue _ -> {}
                case Node.Print print -> ask(print.value(), asked);
                case Node.If node -> {
                    for (Node.Branch branch : node.branches()) {
                        ask(branch.test(), asked);
                        ask(branch.body(), asked);
                    }
                    ask(node.otherwise(), asked);
                }
                case Node.For node -> {
                    ask(node.target(), asked);
                    ask(node.items(), asked);
                    ask(node.body(), asked);
                    ask(node.otherwise(), asked);
                    if (node.test() != null) {
                        ask(node.test(), asked);
                    }
                }
                case Node.Set set -> {
                    ask(set.target(), asked);
                    ask(set.value(), asked);
                }
                case Node.SetBlock set -> {
                    ask(set.target(), asked);
                    if (set.filter() != null) {
                        ask(set.filter(), asked);
                    }
                    ask(set.body(), asked);
                }
                case Node.Macro macro -> {
                    macro.signature().parameters().forEach(asked::set);
                    macro.signature().defaults().forEach(value -> ask(value, asked));
                    ask(macro.body(), asked);
                }
                case Node.CallBlock block -> {
                    if (block.call() != null) {
                        ask(block.call(), asked);
                    }
                    block.signature().parameters().forEach(asked::set);
                    block.signature().defaults().forEach(value -> ask(value, asked));
                    ask(block.body(), asked);
                }
                case Node.FilterBlock block -> {
                    ask(block.body(), asked);
                    ask(block.filter(), asked);
                }
                case Node.With with -> {
                    with.targets().forEach(target -> ask(target, asked));
                    with.values().forEach(value -> ask(value, asked));
                    ask(with.body(), asked);
                }
            }
        }
        depth--;
    }

    private static void ask(Target target, Asked asked) {
        switch (target) {
            case Node.NameTarget name -> asked.set(name.name());
            case Node.AttributeTarget _ -> {}
            case Node.TupleTarget tuple -> tuple.targets().forEach(part -> ask(part, asked));
        }
    }

    private void ask(Expression expression, Asked asked) {
        deeper(expression.line());
        if (expression instanceof Node.Name name && asked.open.contains(name.name())) {
            asked.asked.add(name.name());
        }
        for (Expression part : parts(expression)) {
            ask(part, asked);
        }
        depth--;
    }

    private void deeper(int line) {
        if (++depth > DEPTH) {
            throw fail(line, "an expression or a part is nested deeper than " + DEPTH + " levels. Write it flatter.");
        }
    }

    private static TemplateException fail(int line, String what) {
        return new TemplateException("The chat template cannot be read: line %d: %s".formatted(line, what), line);
    }
}
