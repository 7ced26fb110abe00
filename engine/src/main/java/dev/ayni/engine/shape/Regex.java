package dev.ayni.engine.shape;

import java.util.List;

/** A regular expression over code points, as a tree. */
sealed interface Regex {
    Regex EMPTY = new Sequence(List.of());

    record Characters(CodePoints set) implements Regex {}

    record Sequence(List<Regex> parts) implements Regex {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    record Choice(List<Regex> alternatives) implements Regex {
        public Choice {
            alternatives = List.copyOf(alternatives);
        }
    }

    /**
     * The same several times.
     *
     * @param most -1: without end
     */
    record Repeat(Regex what, int least, int most) implements Regex {}

    /** Holds only where the text begins. */
    record Begin() implements Regex {}

    /** Holds only where the text ends. */
    record End() implements Regex {}

    /** A text as it stands. */
    static Regex literal(String text) {
        return new Sequence(text.codePoints()
                .mapToObj(c -> (Regex) new Characters(CodePoints.of(c, c)))
                .toList());
    }
}
