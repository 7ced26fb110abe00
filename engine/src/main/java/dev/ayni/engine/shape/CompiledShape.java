package dev.ayni.engine.shape;

/** A shape made ready for one model's vocabulary. Several answers may take it at once. */
public final class CompiledShape {
    private final ShapeAutomaton automaton;
    private final TokenVocabulary vocabulary;
    private final TokenMasks masks;

    CompiledShape(Grammar grammar, TokenVocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.automaton = new ShapeAutomaton(grammar, vocabulary.writable());
        this.masks = new TokenMasks(automaton, vocabulary);
    }

    /** Whether a text has the shape. */
    public synchronized boolean matches(String text) {
        return automaton.matches(text);
    }

    /** Before the first token of an answer. */
    public ShapeCursor start() {
        return new ShapeCursor(this, automaton, vocabulary, masks);
    }
}
