package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;

/**
 * The sizes of an encoder, read from its metadata before any weight is.
 *
 * @param family the architecture's name, as "bert"
 * @param dialect how the file names its weights
 * @param name what the model calls itself
 * @param width D, the numbers that stand for a token
 * @param hidden F, the inner width of the feed-forward part
 * @param heads N
 * @param layers how many
 * @param vocabulary V, the number of token ids
 * @param context the most tokens that a text may have
 * @param padding the token whose number the positions of all others follow, so that its own is that number; -1: there is none,
 *     and positions begin with 0
 * @param types how many kinds of tokens it tells apart, as those of a first and of a second text; 0: none
 * @param normEpsilon added to the variance in norms
 * @param labels what its classifier tells apart; 0: it has none
 */
public record EncoderSpec(
        String family,
        Metadata.Dialect dialect,
        String name,
        int width,
        int hidden,
        int heads,
        int layers,
        int vocabulary,
        int context,
        int padding,
        int types,
        float normEpsilon,
        int labels) {
    /** H */
    int headWidth() {
        return width / heads;
    }
}
