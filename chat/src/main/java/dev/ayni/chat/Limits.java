package dev.ayni.chat;

import java.util.List;

/**
 * When an answer ends, besides by the model's own end token.
 *
 * @param maxTokens at most so many tokens; 0: until the context is full
 * @param stop the answer ends before the first of these strings appears; it is not part of the answer
 * @param ignoreEnd whether the model's end token is passed over, for measuring
 */
public record Limits(int maxTokens, List<String> stop, boolean ignoreEnd) {
    public static final Limits NONE = new Limits(0, List.of(), false);

    public Limits {
        if (maxTokens < 0) {
            throw new IllegalArgumentException(
                    "The limit of tokens is %d; it must be 0 (until the context is full) or more."
                            .formatted(maxTokens));
        }
        stop = List.copyOf(stop);
        if (stop.contains("")) {
            throw new IllegalArgumentException(
                    "A stop string is empty: it would end every answer at once. Leave it out.");
        }
    }

    public static Limits tokens(int maxTokens) {
        return new Limits(maxTokens, List.of(), false);
    }
}
