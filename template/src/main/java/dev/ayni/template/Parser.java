package dev.ayni.template;

import dev.ayni.template.Node.Expression;
import dev.ayni.template.Node.Given;
import dev.ayni.template.Node.Statement;
import dev.ayni.template.Node.Target;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads tokens into a tree, by the grammar of Jinja 3.1 with its extension for {@code break} and {@code continue}, and the {@code generation} block. */
final class Parser {
    private static final Set<String> REFUSED = Set.of("include", "import", "from", "extends", "block", "autoescape");

    private final List<Token> tokens;
    private int at;
    private int depth;

    private Parser(List<Token> tokens) {
        this.tokens = tokens;
    }

    static List<Statement> parse(String template) {
        Parser parser = new Parser(Lexer.tokens(template));
        return parser.body(Set.of(), "");
    }

    // ---- statements

    /** Statements up to one of the tags in {@code ends}, of which the name is the current token then. */
    private List<Statement> body(Set<String> ends, String opened) {
        int from = at > 0 ? tokens.get(at - 1).line() : 1;
        List<Statement> body = new ArrayList<>();
        deeper();
        while (true) {
            Token token = current();
            switch (token.kind()) {
                case DATA -> {
                    body.add(new Node.Data(token.text(), token.line()));
                    at++;
                }
                case VARIABLE_BEGIN -> {
                    at++;
                    body.add(new Node.Print(tuple(true, false), token.line()));
                    expect(Token.Kind.VARIABLE_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    at++;
                    if (current().kind() == Token.Kind.NAME
                            && ends.contains(current().text())) {
                        depth--;
                        return body;
                    }
                    statement(body);
                    expect(Token.Kind.BLOCK_END, "'%}'");
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw fail(
                                from,
                                "'{%% %s %%}' begins here and the template ends before it does. Close it with '{%% %s %%}'."
                                        .formatted(opened, "end" + opened));
                    }
                    depth--;
                    return body;
                }
            }
        }
    }

    /** The rest of a tag that opens a body, the body, and the name of the tag that ends it, which is passed. */
    private List<Statement> block(String opened, String... ends) {
        skipSign(":");
        expect(Token.Kind.BLOCK_END, "'%}'");
        return body(Set.of(ends), opened);
    }

    private List<Statement> closed(String opened) {
        List<Statement> body = block(opened, "end" + opened);
        at++;
        return body;
    }

    private void statement(List<Statement> into) {
        Token tag = current();
        if (tag.kind() != Token.Kind.NAME) {
            throw fail(
                    tag.line(),
                    "found " + tag.described() + " where the name of a tag was expected, such as 'if' or 'for'.");
        }
        at++;
        int line = tag.line();
        switch (tag.text()) {
            case "if" -> into.add(ifStatement(line));
            case "for" -> into.add(forStatement(line));
            case "set" -> into.add(set(line));
            case "macro" -> {
                String name = name();
                if (!isAssignable(name)) {
                    throw fail(line, "a macro cannot be called '" + name + "'.");
                }
                Node.Signature signature = signature(name);
                into.add(new Node.Macro(signature, closed("macro"), new Node.Frame(), line));
            }
            case "call" -> {
                Node.Signature signature =
                        current().isSign("(") ? signature("") : new Node.Signature("", List.of(), List.of());
                if (!(expression() instanceof Node.Call call)) {
                    throw fail(line, "'{% call %}' needs the call of a macro, as in '{% call box() %}'.");
                }
                into.add(new Node.CallBlock(signature, call, closed("call"), new Node.Frame(), line));
            }
            case "generation" ->
                into.add(new Node.CallBlock(
                        new Node.Signature("", List.of(), List.of()),
                        null,
                        closed("generation"),
                        new Node.Frame(),
                        line));
            case "filter" -> {
                Node.Filter filter = filters(null, true);
                into.add(new Node.FilterBlock(filter, closed("filter"), new Node.Frame(), line));
            }
            case "with" -> into.add(with(line));
            case "print" -> {
                boolean first = true;
                while (current().kind() != Token.Kind.BLOCK_END) {
                    if (!first) {
                        expectSign(",");
                    }
                    into.add(new Node.Print(expression(), line));
                    first = false;
                }
            }
            case "break" -> into.add(new Node.Break(line));
            case "continue" -> into.add(new Node.Continue(line));
            default -> {
                if (REFUSED.contains(tag.text())) {
                    throw fail(
                            line,
                            "the tag '%s' is not for chat templates, which stand alone. Write its text into the template itself."
                                    .formatted(tag.text()));
                }
                throw fail(
                        line,
                        "the tag '%s' is not known, or stands where no open tag expects it. Known: if, for, set, macro, call, filter, with, raw, generation, break, continue."
                                .formatted(tag.text()));
            }
        }
    }

    private Node.If ifStatement(int line) {
        List<Node.Branch> branches = new ArrayList<>();
        while (true) {
            Expression test = tuple(false, false);
            List<Statement> body = block("if", "elif", "else", "endif");
            branches.add(new Node.Branch(test, body));
            Token end = next();
            if (end.text().equals("elif")) {
                continue;
            }
            return new Node.If(branches, end.text().equals("else") ? closed("if") : List.of(), line);
        }
    }

    private Node.For forStatement(int line) {
        Target target = target(false, true);
        if (!skipName("in")) {
            throw fail(
                    line,
                    "found " + current().described()
                            + " where 'in' was expected, as in '{% for message in messages %}'.");
        }
        Expression items = tuple(false, true);
        Expression test = skipName("if") ? expression() : null;
        boolean recursive = skipName("recursive");
        List<Statement> body = block("for", "endfor", "else");
        List<Statement> otherwise = next().text().equals("else") ? closed("for") : List.of();
        return new Node.For(
                target,
                items,
                test,
                recursive,
                body,
                otherwise,
                new Node.Frame(),
                new Node.Frame(),
                new Node.Frame(),
                line);
    }

    private Statement set(int line) {
        Target target = target(true, false);
        if (skipSign("=")) {
            return new Node.Set(target, tuple(true, false), line);
        }
        Node.Filter filter = current().isSign("|") ? filters(null, false) : null;
        return new Node.SetBlock(target, filter, closed("set"), new Node.Frame(), line);
    }

    private Node.With with(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (current().kind() != Token.Kind.BLOCK_END) {
            if (!targets.isEmpty()) {
                expectSign(",");
            }
            targets.add(target(false, false));
            expectSign("=");
            values.add(expression());
        }
        return new Node.With(targets, values, closed("with"), new Node.Frame(), line);
    }

    private Node.Signature signature(String macro) {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        expectSign("(");
        while (!current().isSign(")")) {
            if (!parameters.isEmpty()) {
                expectSign(",");
            }
            int line = current().line();
            String parameter = name();
            if (!isAssignable(parameter) || parameters.contains(parameter)) {
                throw fail(line, "'%s' cannot be a parameter of '%s', or is one twice.".formatted(parameter, macro));
            }
            if (skipSign("=")) {
                defaults.add(expression());
            } else if (!defaults.isEmpty()) {
                throw fail(
                        line,
                        "the parameter '%s' of '%s' follows one with a default and has none itself."
                                .formatted(parameter, macro));
            }
            parameters.add(parameter);
        }
        expectSign(")");
        return new Node.Signature(macro, parameters, defaults);
    }

    private static boolean isAssignable(String name) {
        return switch (name) {
            case "true", "false", "none", "True", "False", "None" -> false;
            default -> true;
        };
    }

    private Target target(boolean namespaces, boolean endsAtIn) {
        int line = current().line();
        List<Target> targets = new ArrayList<>();
        boolean tuple = false;
        while (true) {
            if (!targets.isEmpty()) {
                expectSign(",");
            }
            if (isTupleEnd() || endsAtIn && current().isName("in")) {
                break;
            }
            targets.add(oneTarget(namespaces));
            if (!current().isSign(",")) {
                break;
            }
            tuple = true;
        }
        if (!tuple && targets.size() == 1) {
            return targets.getFirst();
        }
        if (targets.isEmpty()) {
            throw fail(line, "found " + current().described() + " where a name to set was expected.");
        }
        return new Node.TupleTarget(targets);
    }

    private Target oneTarget(boolean namespaces) {
        Token token = next();
        if (token.isSign("(")) {
            deeper();
            List<Target> targets = new ArrayList<>();
            boolean tuple = false;
            while (!current().isSign(")")) {
                if (!targets.isEmpty()) {
                    expectSign(",");
                    tuple = true;
                    if (current().isSign(")")) {
                        break;
                    }
                }
                targets.add(oneTarget(false));
            }
            expectSign(")");
            depth--;
            return !tuple && targets.size() == 1 ? targets.getFirst() : new Node.TupleTarget(targets);
        }
        if (token.kind() != Token.Kind.NAME || !isAssignable(token.text())) {
            throw fail(
                    token.line(),
                    "found " + token.described() + ", to which nothing can be assigned. A name was expected.");
        }
        if (namespaces && skipSign(".")) {
            return new Node.AttributeTarget(token.text(), name());
        }
        return new Node.NameTarget(token.text());
    }

    // ---- expressions, from the loosest to the tightest

    private Expression tuple(boolean conditional, boolean endsAtRecursive) {
        return tuple(conditional, endsAtRecursive, false);
    }

    private Expression tuple(boolean conditional, boolean endsAtRecursive, boolean inParentheses) {
        int line = current().line();
        List<Expression> items = new ArrayList<>();
        boolean tuple = false;
        while (true) {
            if (!items.isEmpty()) {
                expectSign(",");
            }
            if (isTupleEnd() || endsAtRecursive && current().isName("recursive")) {
                break;
            }
            items.add(conditional ? expression() : or());
            if (!current().isSign(",")) {
                break;
            }
            tuple = true;
        }
        if (!tuple) {
            if (!items.isEmpty()) {
                return items.getFirst();
            }
            if (!inParentheses) {
                throw fail(line, "found " + current().described() + " where an expression was expected.");
            }
        }
        return new Node.TupleLiteral(items, line);
    }

    private boolean isTupleEnd() {
        return current().kind() == Token.Kind.VARIABLE_END
                || current().kind() == Token.Kind.BLOCK_END
                || current().isSign(")");
    }

    private Expression expression() {
        deeper();
        Expression expression = conditional();
        depth--;
        return expression;
    }

    private Expression conditional() {
        int line = current().line();
        Expression then = or();
        while (skipName("if")) {
            Expression test = or();
            Expression otherwise = skipName("else") ? expression() : null;
            then = new Node.Conditional(test, then, otherwise, line);
            line = current().line();
        }
        return then;
    }

    private Expression or() {
        int line = current().line();
        Expression left = and();
        while (skipName("or")) {
            left = new Node.Or(left, and(), line);
        }
        return left;
    }

    private Expression and() {
        int line = current().line();
        Expression left = not();
        while (skipName("and")) {
            left = new Node.And(left, not(), line);
        }
        return left;
    }

    private Expression not() {
        int line = current().line();
        if (skipName("not")) {
            deeper();
            Expression operand = not();
            depth--;
            return new Node.Not(operand, line);
        }
        return compare();
    }

    private Expression compare() {
        int line = current().line();
        Expression first = sum();
        List<Node.Comparison> rest = new ArrayList<>();
        while (true) {
            Token token = current();
            if (token.kind() == Token.Kind.SIGN && isComparison(token.text())) {
                at++;
                rest.add(new Node.Comparison(token.text(), sum()));
            } else if (skipName("in")) {
                rest.add(new Node.Comparison("in", sum()));
            } else if (token.isName("not") && tokens.get(at + 1).isName("in")) {
                at += 2;
                rest.add(new Node.Comparison("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Node.Compare(first, rest, line);
            }
        }
    }

    private static boolean isComparison(String sign) {
        return switch (sign) {
            case "==", "!=", "<", "<=", ">", ">=" -> true;
            default -> false;
        };
    }

    private Expression sum() {
        Expression left = concat();
        while (current().isSign("+") || current().isSign("-")) {
            Token sign = next();
            left = new Node.Binary(sign.text(), left, concat(), sign.line());
        }
        return left;
    }

    private Expression concat() {
        int line = current().line();
        Expression first = product();
        if (!current().isSign("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (skipSign("~")) {
            parts.add(product());
        }
        return new Node.Concat(parts, line);
    }

    private Expression product() {
        Expression left = power();
        while (current().isSign("*")
                || current().isSign("/")
                || current().isSign("//")
                || current().isSign("%")) {
            Token sign = next();
            left = new Node.Binary(sign.text(), left, power(), sign.line());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (current().isSign("**")) {
            Token sign = next();
            // from the left, unlike Python
            left = new Node.Binary("**", left, unary(true), sign.line());
        }
        return left;
    }

    private Expression unary(boolean filters) {
        Token token = current();
        Expression expression;
        if (token.isSign("-") || token.isSign("+")) {
            at++;
            deeper();
            expression = new Node.Unary(token.text(), unary(false), token.line());
            depth--;
        } else {
            expression = primary();
        }
        expression = postfix(expression);
        return filters ? filtersAndTests(expression) : expression;
    }

    private Expression primary() {
        Token token = next();
        int line = token.line();
        switch (token.kind()) {
            case NAME -> {
                return switch (token.text()) {
                    case "true", "True" -> new Node.Literal(true, line);
                    case "false", "False" -> new Node.Literal(false, line);
                    case "none", "None" -> new Node.Literal(Values.None.NONE, line);
                    default -> new Node.Name(token.text(), line);
                };
            }
            case STRING -> {
                if (current().kind() != Token.Kind.STRING) {
                    return new Node.Literal(token.text(), line);
                }
                StringBuilder text = new StringBuilder(token.text());
                while (current().kind() == Token.Kind.STRING) {
                    text.append(next().text());
                }
                return new Node.Literal(text.toString(), line);
            }
            case INTEGER, FLOAT -> {
                return new Node.Literal(token.value(), line);
            }
            case SIGN -> {
                switch (token.text()) {
                    case "(" -> {
                        Expression inner = tuple(true, false, true);
                        expectSign(")");
                        return inner;
                    }
                    case "[" -> {
                        return list(line);
                    }
                    case "{" -> {
                        return dict(line);
                    }
                    default -> {}
                }
            }
            default -> {}
        }
        throw fail(line, "found " + token.described() + " where a value was expected.");
    }

    private Expression list(int line) {
        List<Expression> items = new ArrayList<>();
        while (!current().isSign("]")) {
            if (!items.isEmpty()) {
                expectSign(",");
                if (current().isSign("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        expectSign("]");
        return new Node.ListLiteral(items, line);
    }

    private Expression dict(int line) {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!current().isSign("}")) {
            if (!keys.isEmpty()) {
                expectSign(",");
                if (current().isSign("}")) {
                    break;
                }
            }
            keys.add(expression());
            expectSign(":");
            values.add(expression());
        }
        expectSign("}");
        return new Node.DictLiteral(keys, values, line);
    }

    private Expression postfix(Expression of) {
        Expression expression = of;
        while (true) {
            Token token = current();
            if (token.isSign(".")) {
                at++;
                Token attribute = next();
                expression = switch (attribute.kind()) {
                    case NAME -> new Node.Attribute(expression, attribute.text(), token.line());
                    case INTEGER ->
                        new Node.Item(expression, new Node.Literal(attribute.value(), token.line()), token.line());
                    default ->
                        throw fail(
                                token.line(),
                                "found " + attribute.described() + " where the name of an attribute was expected.");
                };
            } else if (token.isSign("[")) {
                at++;
                expression = new Node.Item(expression, index(token.line()), token.line());
            } else if (token.isSign("(")) {
                expression = new Node.Call(expression, given(), token.line());
            } else {
                return expression;
            }
        }
    }

    private Expression index(int line) {
        List<Expression> parts = new ArrayList<>();
        while (!current().isSign("]")) {
            if (!parts.isEmpty()) {
                expectSign(",");
            }
            parts.add(indexPart());
        }
        expectSign("]");
        return parts.size() == 1 ? parts.getFirst() : new Node.TupleLiteral(parts, line);
    }

    private Expression indexPart() {
        int line = current().line();
        Expression start = null;
        if (!current().isSign(":")) {
            start = expression();
            if (!current().isSign(":")) {
                return start;
            }
        }
        expectSign(":");
        Expression stop = current().isSign(":") || isIndexEnd() ? null : expression();
        Expression step = skipSign(":") && !isIndexEnd() ? expression() : null;
        return new Node.Slice(start, stop, step, line);
    }

    private boolean isIndexEnd() {
        return current().isSign("]") || current().isSign(",");
    }

    private Given given() {
        int line = current().line();
        expectSign("(");
        List<Expression> positions = new ArrayList<>();
        List<Node.Named> names = new ArrayList<>();
        Set<String> known = new HashSet<>();
        Expression star = null;
        Expression stars = null;
        boolean first = true;
        boolean ordered = true;
        while (!current().isSign(")")) {
            if (!first) {
                expectSign(",");
                if (current().isSign(")")) {
                    break;
                }
            }
            first = false;
            if (skipSign("*")) {
                ordered &= star == null && stars == null;
                star = expression();
            } else if (skipSign("**")) {
                ordered &= stars == null;
                stars = expression();
            } else if (current().kind() == Token.Kind.NAME && tokens.get(at + 1).isSign("=")) {
                ordered &= stars == null && known.add(current().text());
                String name = next().text();
                at++;
                names.add(new Node.Named(name, expression()));
            } else {
                ordered &= star == null && stars == null && names.isEmpty();
                positions.add(expression());
            }
            if (!ordered) {
                throw fail(
                        line,
                        "the arguments of a call are out of order, or one is given twice. Values come first, then names, then '**'.");
            }
        }
        expectSign(")");
        return new Given(positions, names, star, stars);
    }

    private Expression filtersAndTests(Expression of) {
        Expression expression = of;
        while (true) {
            if (current().isSign("|")) {
                expression = filters(expression, false);
            } else if (current().isName("is")) {
                expression = test(expression);
            } else if (current().isSign("(")) {
                int line = current().line();
                expression = new Node.Call(expression, given(), line);
            } else {
                return expression;
            }
        }
    }

    /** One filter or several in a row; {@code inline}: the first one comes without its sign. */
    private Node.Filter filters(@Nullable Expression input, boolean inline) {
        Expression expression = input;
        boolean sign = !inline;
        while (true) {
            if (sign) {
                expectSign("|");
            }
            sign = true;
            int line = current().line();
            String name = dottedName();
            Given given = current().isSign("(") ? given() : Given.NONE;
            Node.Filter filter = new Node.Filter(expression, name, given, line);
            if (!current().isSign("|")) {
                return filter;
            }
            expression = filter;
        }
    }

    private Expression test(Expression input) {
        int line = next().line();
        boolean negated = skipName("not");
        String name = dottedName();
        Given given = Given.NONE;
        Token token = current();
        if (token.isSign("(")) {
            given = given();
        } else if (beginsArgument(token)) {
            if (token.isName("is")) {
                throw fail(token.line(), "two tests follow each other. Join them with 'and'.");
            }
            given = new Given(List.of(postfix(primary())), List.of(), null, null);
        }
        Expression test = new Node.Test(input, name, given, line);
        return negated ? new Node.Not(test, line) : test;
    }

    private static boolean beginsArgument(Token token) {
        return switch (token.kind()) {
            case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
            case STRING, INTEGER, FLOAT -> true;
            case SIGN -> token.isSign("[") || token.isSign("{");
            default -> false;
        };
    }

    private String dottedName() {
        String name = name();
        while (skipSign(".")) {
            name += "." + name();
        }
        return name;
    }

    // ---- tokens

    private Token current() {
        return tokens.get(at);
    }

    private Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    private boolean skipName(String name) {
        boolean found = current().isName(name);
        at += found ? 1 : 0;
        return found;
    }

    private boolean skipSign(String sign) {
        boolean found = current().isSign(sign);
        at += found ? 1 : 0;
        return found;
    }

    private void expectSign(String sign) {
        if (!skipSign(sign)) {
            throw fail(current().line(), "found " + current().described() + " where '" + sign + "' was expected.");
        }
    }

    private void expect(Token.Kind kind, String described) {
        if (current().kind() != kind) {
            throw fail(current().line(), "found " + current().described() + " where " + described + " was expected.");
        }
        at++;
    }

    private String name() {
        if (current().kind() != Token.Kind.NAME) {
            throw fail(current().line(), "found " + current().described() + " where a name was expected.");
        }
        return next().text();
    }

    private void deeper() {
        if (++depth > Budget.NESTING) {
            throw fail(
                    current().line(),
                    "parentheses or tags are nested deeper than " + Budget.NESTING + " levels. Write it flatter.");
        }
    }

    private static TemplateException fail(int line, String what) {
        return new TemplateException("The chat template cannot be read: line %d: %s".formatted(line, what), line);
    }
}
