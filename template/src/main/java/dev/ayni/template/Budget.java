package dev.ayni.template;

/**
 * What one render may use: steps, characters and items made, depth. A template comes with a model, from anyone, so each bound ends in a letter, never in a
 * machine without memory.
 */
final class Budget {
    static final long STEPS = 10_000_000;
    /** Characters made in one render, garbage included; an item of a list counts as {@value #ITEM}. */
    static final long MADE = 128L << 20;

    static final int ITEM = 8;
    static final int TEXT = 16 << 20;
    static final int RANGE = 100_000;
    static final int INTEGER_DIGITS = 4300; // where Python stops printing
    static final int INTEGER_BITS = 14_284; // as many digits
    static final int VALUE_DEPTH = 200;
    static final int EVALUATION_DEPTH = 500;
    static final int NESTING = 100;

    private long steps;
    private long made;
    private int iterators;

    void step() {
        if (++steps > STEPS) {
            throw new PythonError.Limit(
                    "it has taken %d steps, the most that a render may take. A loop in it runs too long."
                            .formatted(STEPS));
        }
    }

    void steps(long count) {
        steps += count;
        if (steps > STEPS) {
            step();
        }
    }

    /** On asking an iterator for an item, which may ask another one: {@link #leaveIterator()} follows. */
    void enterIterator() {
        if (++iterators > VALUE_DEPTH) {
            throw new PythonError.Limit("filters in it wait for each other, more than %d deep.".formatted(VALUE_DEPTH));
        }
    }

    void leaveIterator() {
        iterators--;
    }

    /** Before a text of so many characters is made. */
    void text(long length) {
        if (length > TEXT) {
            throw new PythonError.Limit(
                    "it makes a text of %d characters; at most %d are allowed. Shorten the conversation, or use another template."
                            .formatted(length, TEXT));
        }
        made(length);
        steps(length >> 4);
    }

    /** Before a list of so many items is made. */
    void items(long count) {
        if (count > TEXT / ITEM) {
            throw new PythonError.Limit(
                    "it makes a list of %d items; at most %d are allowed. Shorten the conversation, or use another template."
                            .formatted(count, TEXT / ITEM));
        }
        made(count * ITEM);
        steps(count >> 2);
    }

    private void made(long size) {
        made += size;
        if (made > MADE) {
            throw new PythonError.Limit(
                    "it has made %d characters of text in all, the most that a render may make. A loop in it builds too much."
                            .formatted(MADE));
        }
    }
}
