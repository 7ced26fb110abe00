package dev.ayni.chat;

/** What numbers of a request have to be. Apart from {@link Sampling}, whose parts are made before it is. */
final class Bounds {
    private Bounds() {}

    /** @throws IllegalArgumentException unless it holds; the message says what was found and what was expected */
    static void require(boolean holds, String name, double found, String expected) {
        if (!holds) {
            throw new IllegalArgumentException("The %s is %s; it must be %s.".formatted(name, found, expected));
        }
    }
}
