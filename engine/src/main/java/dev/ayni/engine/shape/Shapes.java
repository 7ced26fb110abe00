package dev.ayni.engine.shape;

import dev.ayni.chat.Shape;
import dev.ayni.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes shapes ready for one model, and keeps those that were asked for lately. Several threads may use it. */
public final class Shapes {
    private static final int KEPT = 32;
    private static final int MOST_CHARACTERS = 4 << 20;

    private final Tokenizer tokenizer;
    private final int size;
    private final Set<Integer> ends;
    private final Set<String> marks;
    private @Nullable TokenVocabulary vocabulary;
    private final Map<Object, CompiledShape> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, CompiledShape> eldest) {
            return size() > KEPT;
        }
    };

    /**
     * @param size how many ids the model knows
     * @param ends the ids that end an answer
     * @param marks texts that {@link FramedValues} have, and that are special tokens if the vocabulary says so
     */
    public Shapes(Tokenizer tokenizer, int size, Set<Integer> ends, Set<String> marks) {
        this.tokenizer = tokenizer;
        this.size = size;
        this.ends = Set.copyOf(ends);
        this.marks = Set.copyOf(marks);
    }

    /**
     * A shape, ready to mask tokens.
     *
     * @throws ShapeException if the shape is wrong or cannot be enforced; the letter says where and why
     */
    public CompiledShape compiled(Shape shape) {
        return compiled(shape, known -> grammar(shape));
    }

    /**
     * Values within fixed text, ready to mask tokens.
     *
     * @throws ShapeException if a value's schema is wrong or cannot be enforced; the letter names the value and the path
     */
    public CompiledShape compiled(FramedValues framed) {
        return compiled(framed, known -> FramedGrammar.compile(framed, known.marks()));
    }

    private synchronized CompiledShape compiled(Object shape, Function<TokenVocabulary, Grammar> grammar) {
        CompiledShape known = kept.get(shape);
        if (known == null) {
            if (vocabulary == null) {
                vocabulary = new TokenVocabulary(tokenizer, size, ends, new Marks(tokenizer, marks));
            }
            known = new CompiledShape(grammar.apply(vocabulary), vocabulary);
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

    static void checkLength(String text) {
        if (text.length() > MOST_CHARACTERS) {
            throw new ShapeException("The shape has %d characters; at most %d are read. Make it smaller."
                    .formatted(text.length(), MOST_CHARACTERS));
        }
    }

    /** The grammar of a shape. */
    static Grammar grammar(Shape shape) {
        checkLength(shape.text());
        return switch (shape) {
            case Shape.JsonSchema(String text) -> JsonSchemaCompiler.compile(text);
            case Shape.Gbnf(String text) -> GbnfCompiler.compile(text);
            case Shape.Regex(String pattern) -> RegexGrammar.compile(pattern);
        };
    }
}
