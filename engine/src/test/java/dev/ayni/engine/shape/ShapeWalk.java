package dev.ayni.engine.shape;

import dev.ayni.chat.Shape;
import dev.ayni.fuzz.Letters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What the targets for shapes have in common: makes the automaton, lets it write texts, and gives it random ones. */
final class ShapeWalk {
    private ShapeWalk() {}

    /** Texts of a shape, all of which it must accept; none if it is refused with a letter. */
    static List<String> texts(Shape shape) throws Exception {
        Optional<ShapeAutomaton> automaton = Letters.orLetter(
                ShapeException.class, () -> new ShapeAutomaton(Shapes.grammar(shape), WritableBytes.ALL));
        List<String> texts = new ArrayList<>();
        if (automaton.isPresent()) {
            Random random = new Random(shape.text().hashCode());
            for (int length : new int[] {0, 20, 200}) {
                Letters.orLetter(ShapeException.class, () -> GbnfTest.walk(automaton.get(), random, length))
                        .ifPresent(texts::add);
            }
            for (String text : texts) {
                if (!automaton.get().matches(text)) {
                    throw new AssertionError("The shape writes '%s', and does not accept it".formatted(text));
                }
            }
            Letters.orLetter(ShapeException.class, () -> automaton.get().matches(shape.text()));
        }
        return texts;
    }
}
