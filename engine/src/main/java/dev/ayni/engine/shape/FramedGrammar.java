package dev.ayni.engine.shape;

/** Makes a grammar of values within fixed text. */
final class FramedGrammar {
    private FramedGrammar() {}

    /** @throws ShapeException if a value's schema is wrong or cannot be enforced; the letter names the value and the path */
    static Grammar compile(FramedValues framed, Marks marks) {
        Grammar grammar = new Grammar(marks);
        Rule root = grammar.root();
        int before = grammar.state();
        int after = grammar.state();
        for (String opening : framed.openings()) {
            grammar.nothing(grammar.marked(root.start, opening), before);
        }
        for (FramedValues.Value value : framed.values()) {
            int end = grammar.state();
            try {
                Shapes.checkLength(value.schema());
                Rule object = JsonSchemaCompiler.object(value.schema(), grammar, framed.quote());
                grammar.call(grammar.marked(before, value.before()), object, end);
            } catch (ShapeException e) {
                throw new ShapeException("The arguments of '%s' cannot be held to their schema. %s"
                        .formatted(value.name(), e.getMessage()));
            }
            grammar.nothing(grammar.marked(end, value.after()), after);
        }
        if (framed.several()) {
            grammar.nothing(grammar.marked(after, framed.between()), before);
        }
        grammar.nothing(grammar.marked(after, framed.closing()), root.end);
        return grammar;
    }
}
