package dev.ayni.chat;

import java.util.List;

/**
 * When an answer ends, besides by the model's own end token.
 *
 * @param maxTokens at most so many tokens; {@link #UNLIMITED}: until the context is full; 0: none, so that a prompt is only
 *     read, or its probabilities told
 * @param stop the answer ends before the first of these strings appears; it is not part of the answer
 * @param ignoreEnd whether the model's end token is passed over, for measuring
 */
public record Limits(int maxTokens, List<String> stop, boolean ignoreEnd) {
    /** As many tokens as the context has room for. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public static final Limits NONE = tokens(UNLIMITED);

    public Limits {
        if (maxTokens < 0) {
            throw new IllegalArgumentException(
                    "The limit of tokens is %d; it must be 0 (no token at all) or more.".formatted(maxTokens));
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
