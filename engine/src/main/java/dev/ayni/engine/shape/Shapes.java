package dev.ayni.engine.shape;

import dev.ayni.chat.Shape;
import dev.ayni.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes shapes ready for one model, and keeps those that were asked for lately. Several threads may use it. */
public final class Shapes {
    private static final int KEPT = 32;
    private static final int MOST_CHARACTERS = 4 << 20;

    private final Tokenizer tokenizer;
    private final int size;
    private final Set<Integer> ends;
    private @Nullable TokenVocabulary vocabulary;
    private final Map<Shape, CompiledShape> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, CompiledShape> eldest) {
            return size() > KEPT;
        }
    };

    /**
     * @param size how many ids the model knows
     * @param ends the ids that end an answer
     */
    public Shapes(Tokenizer tokenizer, int size, Set<Integer> ends) {
        this.tokenizer = tokenizer;
        this.size = size;
        this.ends = Set.copyOf(ends);
    }

    /**
     * A shape, ready to mask tokens.
     *
     * @throws ShapeException if the shape is wrong or cannot be enforced; the letter says where and why
     */
    public synchronized CompiledShape compiled(Shape shape) {
        CompiledShape known = kept.get(shape);
        if (known == null) {
            if (vocabulary == null) {
                vocabulary = new TokenVocabulary(tokenizer, size, ends);
            }
            known = new CompiledShape(shape, grammar(shape), vocabulary);
            kept.put(shape, known);
        }
        return known;
    }

    /**
     * Looks whether a shape can be enforced at all, without a model.
     *
     * @throws ShapeException if it is wrong or cannot be enforced; the letter says where and why
     */
    public static void check(Shape shape) {
        new ShapeAutomaton(grammar(shape), WritableBytes.ALL);
    }

    /** The grammar of a shape. */
    static Grammar grammar(Shape shape) {
        if (shape.text().length() > MOST_CHARACTERS) {
            throw new ShapeException("The shape has %d characters; at most %d are read. Make it smaller."
                    .formatted(shape.text().length(), MOST_CHARACTERS));
        }
        return switch (shape) {
            case Shape.JsonSchema(String text) -> JsonSchemaCompiler.compile(text);
            case Shape.Gbnf(String text) -> GbnfCompiler.compile(text);
            case Shape.Regex(String pattern) -> RegexGrammar.compile(pattern);
        };
    }
}
