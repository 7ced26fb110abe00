package dev.ayni.chat;

import static dev.ayni.chat.Bounds.require;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How the next token is drawn from the model's distribution. Logit bias and penalties come first; then the stages of
 * {@link #order}, each on what the one before has left; then one token is drawn by chance from the rest.
 *
 * @param temperature 0 takes the most probable token; 1 leaves the distribution as it is
 * @param dynamicTemperature lets the temperature follow the model's uncertainty
 * @param topK only this many most probable tokens; 0: all
 * @param topP the fewest most probable tokens that together have at least this probability; 1: all
 * @param minP only tokens at least this many times as probable as the most probable one; 0: all
 * @param typicalP the tokens whose surprise is nearest to the expected one, until they have this probability; 1: all
 * @param topNSigma only tokens whose logit is within so many standard deviations of the largest; 0: all
 * @param xtc sometimes leaves out the most probable choices
 * @param mirostat keeps the surprise of the text near a target; then it alone chooses among all tokens
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens already seen; 1: none
 * @param frequencyPenalty subtracted from a logit once for each time its token was generated; 0: none
 * @param presencePenalty subtracted once from the logit of each token that was generated; 0: none
 * @param dry weighs against repeating whole sequences
 * @param order the stages, each at most once; one that is left out is not taken
 * @param logitBias added to the logits of these token ids
 * @param guidance leads away from another prompt
 * @param beams looks for the most probable answers instead of drawing; then temperature, bounds and seed do not count
 * @param seed makes the draw repeatable; empty: another one each time
 */
public record Sampling(
        double temperature,
        DynamicTemperature dynamicTemperature,
        int topK,
        double topP,
        double minP,
        double typicalP,
        double topNSigma,
        Xtc xtc,
        Mirostat mirostat,
        double repetitionPenalty,
        double frequencyPenalty,
        double presencePenalty,
        Dry dry,
        List<Stage> order,
        Map<Integer, Double> logitBias,
        Guidance guidance,
        Beams beams,
        OptionalLong seed) {

    /** What is done to the candidates, one after another. */
    public enum Stage {
        TOP_N_SIGMA,
        TEMPERATURE,
        TOP_K,
        TYPICAL_P,
        TOP_P,
        MIN_P,
        XTC
    }

    /**
     * A temperature between {@code temperature - range} and {@code temperature + range}: low where the model is sure, high
     * where it is not, by the share of the largest possible entropy, raised to a power (Zhang et al.: EDT, 2024).
     *
     * @param range 0: the temperature does not change
     */
    public record DynamicTemperature(double range, double exponent) {
        public static final DynamicTemperature NONE = new DynamicTemperature(0, 1);

        public DynamicTemperature {
            require(range >= 0 && range <= 100, "range of the dynamic temperature", range, "between 0 and 100");
            require(
                    exponent > 0 && exponent <= 100,
                    "exponent of the dynamic temperature",
                    exponent,
                    "above 0, at most 100");
        }
    }

    /**
     * Exclude top choices: with a probability, all tokens at or above the threshold but the least probable of them are left
     * out, so that the text takes less obvious turns and stays sensible.
     */
    public record Xtc(double probability, double threshold) {
        public static final Xtc NONE = new Xtc(0, 0.1);

        public Xtc {
            require(probability >= 0 && probability <= 1, "probability of XTC", probability, "between 0 and 1");
            require(threshold >= 0 && threshold <= 1, "threshold of XTC", threshold, "between 0 and 1");
        }
    }

    /**
     * Mirostat 2 (Basu et al. 2020): tokens of more surprise than a bound are left out, and the bound moves so that the
     * surprise of what is drawn stays near the target.
     *
     * @param tau the target, in bits; 0: off
     * @param eta how fast the bound moves
     */
    public record Mirostat(double tau, double eta) {
        public static final Mirostat NONE = new Mirostat(0, 0.1);

        public Mirostat {
            require(tau >= 0 && tau <= 100, "target of mirostat", tau, "0 (off) or more, at most 100");
            require(eta > 0 && eta <= 1, "rate of mirostat", eta, "above 0 and at most 1");
        }
    }

    /**
     * Don't repeat yourself: a token that would go on repeating a sequence of n tokens, n at least the allowed length, loses
     * {@code multiplier * base ^ (n - allowedLength)} from its logit.
     *
     * @param multiplier 0: off
     * @param lastTokens how far back is looked; 0: to the beginning
     * @param breakers a sequence does not go on over tokens that hold one of these texts
     */
    public record Dry(double multiplier, double base, int allowedLength, int lastTokens, List<String> breakers) {
        public static final Dry NONE = new Dry(0, 1.75, 2, 0, List.of("\n", ":", "\"", "*"));

        public Dry {
            require(
                    multiplier >= 0 && multiplier <= 100,
                    "multiplier of DRY",
                    multiplier,
                    "0 (off) or more, at most 100");
            require(base >= 1 && base <= 100, "base of DRY", base, "between 1 and 100");
            require(allowedLength >= 1, "allowed length of DRY", allowedLength, "at least 1");
            require(lastTokens >= 0, "number of last tokens of DRY", lastTokens, "0 (all) or more");
            breakers = List.copyOf(breakers);
        }
    }

    /**
     * Classifier-free guidance: the model reads a second, negative prompt as well, and a token's log-probability becomes
     * {@code n + scale * (p - n)}, where p is the one after the prompt and n the one after the negative prompt, each followed
     * by the answer so far (Sanchez et al.: Stay on topic with Classifier-Free Guidance, 2023). Bias, penalties and stages
     * then work on these. Each token takes about twice the work.
     *
     * @param scale 1: off; above 1: the answer keeps closer to what the prompt says beyond the negative one; below 1: less
     * @param negative in a conversation the system message in place of its own, none where it is blank; for a text that is
     *     continued, the text in place of it
     */
    public record Guidance(double scale, String negative) {
        public static final Guidance NONE = new Guidance(1, "");

        public Guidance {
            require(scale >= 0 && scale <= 100, "scale of the guidance", scale, "between 0 and 100 (1: off)");
        }

        /** Whether it does anything. */
        public boolean leads() {
            return scale != 1;
        }
    }

    /**
     * Beam search: several texts grow side by side, and of all ways to go on the most probable are kept. The same request
     * gives the same answers; several answers to one request are the best ones, best first.
     *
     * @param width how many texts; 0: off
     * @param lengthPenalty an answer's score is the sum of its tokens' log-probabilities, divided by their number to this
     *     power: above 0 favours long answers, below 0 short ones
     * @param stopEarly whether it is enough to have found as many answers as beams; else the search goes on while a better
     *     one is possible
     */
    public record Beams(int width, double lengthPenalty, boolean stopEarly) {
        public static final Beams NONE = new Beams(0, 1, false);

        private static final int WIDEST = 64;

        public Beams {
            require(width >= 0 && width <= WIDEST, "number of beams", width, "between 0 (off) and " + WIDEST);
            require(Math.abs(lengthPenalty) <= 10, "length penalty of beams", lengthPenalty, "between -10 and 10");
        }

        /** Whether answers are searched for and not drawn. */
        public boolean search() {
            return width > 0;
        }
    }

    /** The usual order. */
    public static final List<Stage> USUAL_ORDER = List.of(Stage.values());

    /** The usual settings of a conversation. */
    public static final Sampling DEFAULT =
            new Builder().topK(40).topP(0.95).minP(0.05).temperature(0.8).build();

    /** Always the most probable token. */
    public static final Sampling GREEDY = DEFAULT.withTemperature(0);

    public Sampling {
        require(temperature >= 0 && temperature <= 100, "temperature", temperature, "between 0 and 100");
        require(topK >= 0, "top-k", topK, "0 (all) or more");
        require(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1");
        require(minP >= 0 && minP <= 1, "min-p", minP, "between 0 and 1");
        require(typicalP > 0 && typicalP <= 1, "typical-p", typicalP, "above 0 and at most 1");
        require(topNSigma >= 0 && topNSigma <= 100, "top-n-sigma", topNSigma, "0 (all) or more, at most 100");
        require(
                repetitionPenalty > 0 && repetitionPenalty <= 100,
                "repetition penalty",
                repetitionPenalty,
                "above 0 and at most 100");
        require(Math.abs(frequencyPenalty) <= 100, "frequency penalty", frequencyPenalty, "between -100 and 100");
        require(Math.abs(presencePenalty) <= 100, "presence penalty", presencePenalty, "between -100 and 100");
        if (order.stream().distinct().count() < order.size()) {
            throw new IllegalArgumentException(
                    "The order of sampling stages is %s; each stage can be taken once only.".formatted(order));
        }
        boolean changed = repetitionPenalty != 1
                || frequencyPenalty != 0
                || presencePenalty != 0
                || dry.multiplier() > 0
                || mirostat.tau() > 0
                || !logitBias.isEmpty()
                || guidance.leads();
        if (beams.search() && changed) {
            throw new IllegalArgumentException(
                    "Beams look for what the model itself finds most probable: they exclude penalties, DRY, mirostat, logit bias and guidance. Leave out these, or the beams.");
        }
        order = List.copyOf(order);
        logitBias = Map.copyOf(logitBias);
    }

    public Sampling withTemperature(double other) {
        return but().temperature(other).build();
    }

    public Sampling withSeed(long other) {
        return but().seed(other).build();
    }

    /** A builder that begins with the model's own distribution: temperature 1, nothing left out, no penalty. */
    public static Builder plain() {
        return new Builder();
    }

    /** A builder that begins with these settings. */
    public Builder but() {
        Builder builder = new Builder();
        builder.temperature = temperature;
        builder.dynamicTemperature = dynamicTemperature;
        builder.topK = topK;
        builder.topP = topP;
        builder.minP = minP;
        builder.typicalP = typicalP;
        builder.topNSigma = topNSigma;
        builder.xtc = xtc;
        builder.mirostat = mirostat;
        builder.repetitionPenalty = repetitionPenalty;
        builder.frequencyPenalty = frequencyPenalty;
        builder.presencePenalty = presencePenalty;
        builder.dry = dry;
        builder.order = order;
        builder.logitBias = logitBias;
        builder.guidance = guidance;
        builder.beams = beams;
        builder.seed = seed;
        return builder;
    }

    /** Sets what differs; what the numbers mean is written at {@link Sampling}. */
    public static final class Builder {
        private double temperature = 1;
        private DynamicTemperature dynamicTemperature = DynamicTemperature.NONE;
        private int topK;
        private double topP = 1;
        private double minP;
        private double typicalP = 1;
        private double topNSigma;
        private Xtc xtc = Xtc.NONE;
        private Mirostat mirostat = Mirostat.NONE;
        private double repetitionPenalty = 1;
        private double frequencyPenalty;
        private double presencePenalty;
        private Dry dry = Dry.NONE;
        private List<Stage> order = USUAL_ORDER;
        private Map<Integer, Double> logitBias = Map.of();
        private Guidance guidance = Guidance.NONE;
        private Beams beams = Beams.NONE;
        private OptionalLong seed = OptionalLong.empty();

        private Builder() {}

        public Builder temperature(double value) {
            temperature = value;
            return this;
        }

        public Builder dynamicTemperature(double range, double exponent) {
            dynamicTemperature = new DynamicTemperature(range, exponent);
            return this;
        }

        public Builder topK(int value) {
            topK = value;
            return this;
        }

        public Builder topP(double value) {
            topP = value;
            return this;
        }

        public Builder minP(double value) {
            minP = value;
            return this;
        }

        public Builder typicalP(double value) {
            typicalP = value;
            return this;
        }

        public Builder topNSigma(double value) {
            topNSigma = value;
            return this;
        }

        public Builder xtc(double probability, double threshold) {
            xtc = new Xtc(probability, threshold);
            return this;
        }

        public Builder mirostat(double tau, double eta) {
            mirostat = new Mirostat(tau, eta);
            return this;
        }

        public Builder repetitionPenalty(double value) {
            repetitionPenalty = value;
            return this;
        }

        public Builder frequencyPenalty(double value) {
            frequencyPenalty = value;
            return this;
        }

        public Builder presencePenalty(double value) {
            presencePenalty = value;
            return this;
        }

        public Builder dry(Dry value) {
            dry = value;
            return this;
        }

        public Builder order(List<Stage> value) {
            order = value;
            return this;
        }

        public Builder logitBias(Map<Integer, Double> value) {
            logitBias = value;
            return this;
        }

        public Builder guidance(Guidance value) {
            guidance = value;
            return this;
        }

        public Builder beams(Beams value) {
            beams = value;
            return this;
        }

        public Builder seed(long value) {
            return seed(OptionalLong.of(value));
        }

        public Builder seed(OptionalLong value) {
            seed = value;
            return this;
        }

        /** @throws IllegalArgumentException if a number is out of its bounds; the message names it */
        public Sampling build() {
            return new Sampling(
                    temperature,
                    dynamicTemperature,
                    topK,
                    topP,
                    minP,
                    typicalP,
                    topNSigma,
                    xtc,
                    mirostat,
                    repetitionPenalty,
                    frequencyPenalty,
                    presencePenalty,
                    dry,
                    order,
                    logitBias,
                    guidance,
                    beams,
                    seed);
        }
    }
}
