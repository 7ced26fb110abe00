package dev.ayni.engine.shape;

import dev.ayni.engine.shape.SchemaNode.Obligation;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes a grammar of a JSON Schema: a rule for each set of schemas that one value must fit or not fit together.
 *
 * <p>The JSON is written compactly, with at most one space after a colon, and a space or a line break with its indentation
 * after a comma and around what stands between brackets. Members come in the schema's order, those that it does not name
 * last. Numbers have no needless zeros, texts no needless escapes but \/ and four-digit ones.
 */
final class JsonSchemaCompiler {
    private static final int MOST_RULES = 50_000;
    private static final String SPACE = " |\\n {0,24}|\\n\\t{1,8}";

    private final SchemaDocument document;
    private final SchemaExpansion expansion;
    private final Grammar grammar;
    private final String quote; // around texts, in place of JSON's; empty: JSON
    private final Map<Set<Integer>, Rule> values = new HashMap<>();
    private final ArrayDeque<Goal> open = new ArrayDeque<>();
    private final Map<NumberRange, Rule> numbers = new HashMap<>();
    private final Map<TextMachine.Counted, Rule> counted = new HashMap<>();
    private final Map<TextLanguage, Rule> languages = new IdentityHashMap<>();
    private final Rule space;
    private final TextLanguage unquoted; // the texts that may stand between quotes

    private record Goal(Collection<Obligation> obligations, Rule rule) {}

    private JsonSchemaCompiler(SchemaDocument document, Grammar grammar, String quote) {
        this.document = document;
        this.grammar = grammar;
        this.quote = quote;
        this.expansion = new SchemaExpansion(document);
        this.space = grammar.leaf("white space", new TextLeaf(TextLanguage.matching(RegexSyntax.parse(SPACE)), false));
        this.unquoted = quote.isEmpty()
                ? TextLanguage.ALL
                : TextLanguage.containing(Regex.literal(quote)).not();
    }

    /** @throws ShapeException if the schema is wrong or cannot be enforced; the letter names the path */
    static Grammar compile(String text) {
        Grammar grammar = new Grammar();
        JsonSchemaCompiler compiler = new JsonSchemaCompiler(SchemaDocument.parse(text), grammar, "");
        Rule root = compiler.rule(List.of(compiler.document.root().must()));
        grammar.call(grammar.root().start, root, grammar.root().end);
        return grammar;
    }

    /**
     * Adds a rule of the objects that fit a schema.
     *
     * @param quote as in {@link FramedValues}
     * @throws ShapeException if the schema is wrong or cannot be enforced; the letter names the path
     */
    static Rule object(String schema, Grammar grammar, String quote) {
        JsonSchemaCompiler compiler = new JsonSchemaCompiler(SchemaDocument.parse(schema), grammar, quote);
        SchemaNode object =
                compiler.document.made(JsonMapper.shared().createObjectNode().put("type", "object"), "#");
        List<Obligation> goal = List.of(compiler.document.root().must(), object.must());
        if (compiler.isEmpty(goal)) {
            throw new ShapeException(
                    "No object fits the schema at #. Look for another 'type', a 'not', or bounds that cross.");
        }
        return compiler.rule(goal);
    }

    private Rule rule(List<Obligation> whole) {
        Rule root = value(whole);
        while (!open.isEmpty()) {
            Goal goal = open.remove();
            for (ValueShape shape : expansion.shapes(goal.obligations)) {
                write(shape, goal.rule);
            }
        }
        return root;
    }

    /** The rule of the values that fit a goal. */
    Rule value(Collection<Obligation> goal) {
        Set<Integer> key = SchemaExpansion.key(goal);
        Rule rule = values.get(key);
        if (rule == null) {
            if (values.size() >= MOST_RULES) {
                throw new ShapeException("The schema makes more than %d different kinds of values. Make it smaller."
                        .formatted(MOST_RULES));
            }
            rule = grammar.rule("value " + values.size());
            values.put(key, rule);
            open.add(new Goal(goal, rule));
        }
        return rule;
    }

    /** Whether it is known that no value fits a goal. */
    boolean isEmpty(Collection<Obligation> goal) {
        return expansion.shapes(goal).isEmpty();
    }

    Grammar network() {
        return grammar;
    }

    SchemaExpansion expansion() {
        return expansion;
    }

    private void write(ValueShape shape, Rule rule) {
        int from = rule.start;
        int to = rule.end;
        word(shape, ValueShape.NULL, "null", from, to);
        word(shape, ValueShape.TRUE, "true", from, to);
        word(shape, ValueShape.FALSE, "false", from, to);
        if ((shape.types & ValueShape.NUMBER) != 0) {
            number(shape.number, from, to);
        }
        if ((shape.types & ValueShape.STRING) != 0) {
            text(shape, from, to);
        }
        if ((shape.types & ValueShape.ARRAY) != 0) {
            new ArrayGrammar(this, shape).write(from, to);
        }
        if ((shape.types & ValueShape.OBJECT) != 0) {
            new ObjectGrammar(this, shape).write(from, to);
        }
    }

    private void word(ValueShape shape, int type, String word, int from, int to) {
        if ((shape.types & type) != 0) {
            literal(from, word, to);
        }
    }

    /** Reads a text as it stands. */
    void literal(int from, String text, int to) {
        grammar.nothing(grammar.text(from, text), to);
    }

    private void number(NumberRange range, int from, int to) {
        BigDecimal only = range.only();
        if (only != null) {
            if (range.contains(only)) {
                literal(from, written(only), to);
            }
            return;
        }
        Rule rule = numbers.get(range);
        if (rule == null) {
            rule = grammar.leaf("number", expansion.number(range));
            numbers.put(range, rule);
        }
        grammar.call(from, rule, to);
    }

    /** A number in the form in which the automata write it. */
    static String written(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    private void text(ValueShape shape, int from, int to) {
        Set<String> named = shape.namedTexts();
        if (named != null) {
            named.forEach(text -> text(from, text, to));
        } else if (shape.language == TextLanguage.ALL && quote.isEmpty()) {
            grammar.call(from, text(new TextMachine.Counted(shape.leastLength, shape.mostLength)), to);
        } else {
            text(from, shape.language.and(unquoted).ofLength(shape.leastLength, shape.mostLength), to);
        }
    }

    /** Reads one text, between quotes. */
    void text(int from, String text, int to) {
        if (quote.isEmpty()) {
            literal(from, JsonText.quoted(text), to);
        } else if (!text.contains(quote)) { // else it cannot be written
            grammar.nothing(grammar.marked(grammar.text(grammar.marked(from, quote), text), quote), to);
        }
    }

    /** Reads the name of a member. */
    void name(int from, String name, int to) {
        if (!quote.isEmpty() && name.matches("[A-Za-z0-9_.-]+")) {
            literal(from, name, to);
        } else {
            text(from, name, to);
        }
    }

    /** Reads a text of a language, between quotes. */
    void text(int from, TextLanguage language, int to) {
        if (quote.isEmpty()) {
            grammar.call(from, text(language), to);
        } else {
            int end = grammar.state();
            grammar.call(grammar.marked(from, quote), text(language), end);
            grammar.nothing(grammar.marked(end, quote), to);
        }
    }

    private Rule text(TextMachine.Counted lengths) {
        Rule rule = counted.get(lengths);
        if (rule == null) {
            rule = grammar.leaf("text", new TextLeaf(lengths, true));
            counted.put(lengths, rule);
        }
        return rule;
    }

    private Rule text(TextLanguage language) {
        Rule rule = languages.get(language);
        if (rule == null) {
            boolean json = quote.isEmpty();
            rule = language == TextLanguage.ALL && json
                    ? text(new TextMachine.Counted(0, -1))
                    : grammar.leaf("text", new TextLeaf(json ? language : language.and(unquoted), json));
            languages.put(language, rule);
        }
        return rule;
    }

    /** The texts that fit a goal. */
    TextLanguage texts(Collection<Obligation> goal) {
        @Nullable TextLanguage none = null;
        for (ValueShape shape : expansion.shapes(goal)) {
            if ((shape.types & ValueShape.STRING) != 0) {
                Set<String> named = shape.namedTexts();
                TextLanguage some = named != null
                        ? TextLanguage.of(named)
                        : shape.language.ofLength(shape.leastLength, shape.mostLength);
                none = none == null ? some.not() : none.and(some.not());
            }
        }
        return none == null ? TextLanguage.of(Set.of()) : none.not();
    }

    /** White space, or none. */
    void space(int from, int to) {
        grammar.nothing(from, to);
        if (quote.isEmpty()) {
            grammar.call(from, space, to);
        }
    }

    /** A colon, and one space or none. */
    void colon(int from, int to) {
        int after = grammar.text(from, ":");
        grammar.nothing(after, to);
        if (quote.isEmpty()) {
            grammar.bytes(after, ' ', ' ', to);
        }
    }
}
