package dev.ayni.chat;

import java.util.Map;
import java.util.OptionalLong;

/**
 * How the next token is drawn from the model's distribution. The steps apply in this order: logit bias, penalties,
 * temperature, top-k, top-p, min-p.
 *
 * @param temperature 0 takes the most probable token; 1 leaves the distribution as it is
 * @param topK only this many most probable tokens; 0: all
 * @param topP the fewest most probable tokens that together have at least this probability; 1: all
 * @param minP only tokens at least this many times as probable as the most probable one; 0: all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens already seen; 1: none
 * @param frequencyPenalty subtracted from a logit once for each time its token was generated; 0: none
 * @param presencePenalty subtracted once from the logit of each token that was generated; 0: none
 * @param logitBias added to the logits of these token ids
 * @param seed makes the draw repeatable; empty: another one each time
 */
public record Sampling(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        double frequencyPenalty,
        double presencePenalty,
        Map<Integer, Double> logitBias,
        OptionalLong seed) {

    /** The usual settings of a conversation. */
    public static final Sampling DEFAULT =
            new Sampling(0.8, 40, 0.95, 0.05, 1.0, 0.0, 0.0, Map.of(), OptionalLong.empty());

    /** Always the most probable token. */
    public static final Sampling GREEDY = DEFAULT.withTemperature(0);

    public Sampling {
        require(temperature >= 0 && temperature <= 100, "temperature", temperature, "between 0 and 100");
        require(topK >= 0, "top-k", topK, "0 (all) or more");
        require(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1");
        require(minP >= 0 && minP <= 1, "min-p", minP, "between 0 and 1");
        require(
                repetitionPenalty > 0 && repetitionPenalty <= 100,
                "repetition penalty",
                repetitionPenalty,
                "above 0 and at most 100");
        require(Math.abs(frequencyPenalty) <= 100, "frequency penalty", frequencyPenalty, "between -100 and 100");
        require(Math.abs(presencePenalty) <= 100, "presence penalty", presencePenalty, "between -100 and 100");
        logitBias = Map.copyOf(logitBias);
    }

    private static void require(boolean holds, String name, double found, String expected) {
        if (!holds) {
            throw new IllegalArgumentException("The %s is %s; it must be %s.".formatted(name, found, expected));
        }
    }

    public Sampling withTemperature(double other) {
        return new Sampling(
                other, topK, topP, minP, repetitionPenalty, frequencyPenalty, presencePenalty, logitBias, seed);
    }

    public Sampling withSeed(long other) {
        return new Sampling(
                temperature,
                topK,
                topP,
                minP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                logitBias,
                OptionalLong.of(other));
    }
}
