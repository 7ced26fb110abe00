package dev.ayni.guard;

/**
 * A part of a text that is to be replaced before the text goes on.
 *
 * @param start the first UTF-16 unit that goes
 * @param end the unit after the last that goes
 */
public record Edit(int start, int end, String replacement) {
    public Edit {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException(
                    "An edit from %d to %d: expected 0 <= start < end.".formatted(start, end));
        }
    }
}
