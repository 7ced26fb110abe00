package dev.ayni.engine.generation;

import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.DynamicTemperature;
import dev.ayni.chat.Sampling.Mirostat;
import dev.ayni.chat.Sampling.Stage;
import dev.ayni.engine.generation.Step.Candidate;
import dev.ayni.tensor.Functions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Draws tokens from logits as {@link Sampling} says. */
final class Sampler {
    /** Beside the most probable token, one whose logit is so much less at its temperature is never drawn. */
    private static final double NEVER = 40;

    /** Which of the random numbers of a position. */
    private static final int TOKEN = 0;

    private static final int EXCLUSION = 1;

    private final Sampling sampling;
    private final long seed;
    private final int answer;
    private final Penalties penalties;
    private double surpriseBound; // mirostat's

    /**
     * @param seed used where the sampling names none
     * @param answer which of several answers to the same prompt: each draws other numbers
     * @param prompt counts as seen for the penalties
     * @param breaks the token ids that end a sequence for {@link Sampling.Dry}
     */
    Sampler(Sampling sampling, long seed, int answer, int[] prompt, IntPredicate breaks) {
        this.sampling = sampling;
        this.seed = sampling.seed().orElse(seed);
        this.answer = answer;
        penalties = new Penalties(sampling, prompt, breaks);
        surpriseBound = 2 * sampling.mirostat().tau();
    }

    /**
     * The next token.
     *
     * @param logits_V overwritten by bias and penalties
     * @param position the token's position in its conversation
     * @param allowed a bit for each token that may be drawn, of which there is one at least; null: all may
     */
    int draw(float[] logits_V, int position, long @Nullable [] allowed) {
        penalties.apply(logits_V);
        if (allowed != null) {
            forbidOthers(logits_V, allowed);
        }
        int id = sampling.temperature() == 0 ? best(logits_V) : drawByChance(logits_V, position);
        note(id);
        return id;
    }

    /** Counts a token that was not drawn but stands in the text all the same. */
    void note(int id) {
        penalties.drawn(id);
    }

    /** Makes all tokens but those of a mask impossible. */
    static void forbidOthers(float[] logits_V, long[] allowed) {
        for (int id = 0; id < logits_V.length; id++) {
            logits_V[id] = id >> 6 < allowed.length && (allowed[id >> 6] >>> id & 1) != 0
                    ? Math.max(logits_V[id], -Float.MAX_VALUE)
                    : Float.NEGATIVE_INFINITY;
        }
    }

    private static int best(float[] logits_V) {
        int best = 0;
        for (int id = 1; id < logits_V.length; id++) {
            if (logits_V[id] > logits_V[best]) {
                best = id;
            }
        }
        return best;
    }

    private int drawByChance(float[] logits_V, int position) {
        double random = CounterRandom.uniform(seed, answer, position, TOKEN);
        if (sampling.mirostat().tau() > 0) {
            return mirostat(candidates(logits_V, List.of(Stage.TEMPERATURE)), random);
        }
        if (sampling.order().stream().noneMatch(this::cuts)) {
            return anyOf(logits_V, temperatureBefore(null), random);
        }
        Candidates candidates = candidates(logits_V, sampling.order());
        for (Stage stage : sampling.order()) {
            switch (stage) {
                case TOP_N_SIGMA -> {} // looks at all logits: candidates() has done it
                case TEMPERATURE -> candidates.divide(temperature(candidates));
                case TOP_K -> {
                    if (sampling.topK() > 0) {
                        candidates.keepFirst(sampling.topK());
                    }
                }
                case TYPICAL_P -> typical(candidates);
                case TOP_P -> topP(candidates);
                case MIN_P -> minP(candidates);
                case XTC -> excludeTopChoices(candidates, position);
            }
        }
        return candidates.id(candidates.pick(random));
    }

    /** Whether a stage leaves candidates out, or has to see all of them in their order. */
    private boolean cuts(Stage stage) {
        return switch (stage) {
            case TEMPERATURE -> sampling.dynamicTemperature().range() != 0;
            case TOP_K -> sampling.topK() > 0;
            case TYPICAL_P -> sampling.typicalP() < 1;
            case TOP_P -> sampling.topP() < 1;
            case MIN_P -> sampling.minP() > 0;
            case XTC -> sampling.xtc().probability() > 0;
            case TOP_N_SIGMA -> sampling.topNSigma() > 0;
        };
    }

    /** By what logits are divided before a stage, or after all. */
    private double temperatureBefore(@Nullable Stage stage) {
        boolean divided = sampling.order().stream()
                .takeWhile(before -> before != stage)
                .anyMatch(before -> before == Stage.TEMPERATURE);
        return divided ? sampling.temperature() : 1;
    }

    /** A token drawn from all: the one on which a number from 0 to 1 falls when they lie side by side in the order of ids. */
    private static int anyOf(float[] logits_V, double temperature, double random) {
        int drawn = best(logits_V);
        float most = logits_V[drawn];
        double left = random * sumAbove(Float.NEGATIVE_INFINITY, logits_V, most, temperature);
        for (int id = 0; id < logits_V.length && left >= 0; id++) {
            double weight = weight(logits_V[id], most, temperature);
            if (weight > 0) {
                left -= weight;
                drawn = id;
            }
        }
        return drawn;
    }

    /** Proportional to a token's probability. */
    private static double weight(float logit, float most, double temperature) {
        return Functions.exp((float) ((logit - most) / temperature));
    }

    private static double sumAbove(double bound, float[] logits_V, float most, double temperature) {
        double sum = 0;
        for (float logit : logits_V) {
            if (logit >= bound) {
                sum += weight(logit, most, temperature);
            }
        }
        return sum;
    }

    /** How far below the largest logit the tokens of top-p are looked for first, at temperature 1. */
    private static final double NEAR = 4;

    /** All that top-p keeps, where it is all that cuts: the others are never put in order. */
    private Candidates nucleus(float[] logits_V, double farthest) {
        float most = logits_V[best(logits_V)];
        double temperature = temperatureBefore(Stage.TOP_P);
        double sum = sumAbove(Float.NEGATIVE_INFINITY, logits_V, most, temperature);
        double bound = farthest;
        for (double near = NEAR; near * temperature < most - farthest; near *= 2) {
            double nearer = most - near * temperature;
            if (sumAbove(nearer, logits_V, most, temperature) > sampling.topP() * sum) {
                bound = nearer;
                break;
            }
        }
        return Candidates.above(logits_V, bound, sum);
    }

    /** All tokens that any of these stages needs to see. */
    private Candidates candidates(float[] logits_V, List<Stage> order) {
        double most = logits_V[best(logits_V)];
        boolean sigma = order.contains(Stage.TOP_N_SIGMA) && sampling.topNSigma() > 0;
        boolean firstAreEnough = sampling.topK() > 0
                && order.contains(Stage.TOP_K)
                && order.stream().takeWhile(stage -> stage != Stage.TOP_K).allMatch(this::onlyScales);
        if (firstAreEnough && !sigma) {
            return Candidates.best(logits_V, sampling.topK());
        }
        double highest = order.contains(Stage.TEMPERATURE)
                ? Math.max(
                        1,
                        sampling.temperature() + sampling.dynamicTemperature().range())
                : 1;
        double bound = most - NEVER * highest;
        boolean onlyTopP = order.stream().noneMatch(stage -> stage != Stage.TOP_P && cuts(stage));
        if (onlyTopP && sampling.mirostat().tau() == 0) {
            return nucleus(logits_V, bound);
        }
        return Candidates.above(
                logits_V, sigma ? Math.max(bound, most - sampling.topNSigma() * deviation(logits_V)) : bound);
    }

    /** Whether a stage changes nothing about which candidates are the first ones. */
    private boolean onlyScales(Stage stage) {
        return switch (stage) {
            case TEMPERATURE -> sampling.dynamicTemperature().range() == 0;
            case TYPICAL_P -> sampling.typicalP() == 1;
            case TOP_P -> sampling.topP() == 1;
            case XTC -> sampling.xtc().probability() == 0;
            case TOP_N_SIGMA, MIN_P, TOP_K -> true;
        };
    }

    /** The standard deviation of the logits that are numbers (Tang et al.: Top-n-sigma, 2024). */
    private static double deviation(float[] logits_V) {
        double sum = 0;
        int count = 0;
        for (float logit : logits_V) {
            if (logit > Float.NEGATIVE_INFINITY) {
                sum += logit;
                count++;
            }
        }
        double mean = sum / count;
        double squares = 0;
        for (float logit : logits_V) {
            if (logit > Float.NEGATIVE_INFINITY) {
                squares += (logit - mean) * (logit - mean);
            }
        }
        return Math.sqrt(squares / count);
    }

    private double temperature(Candidates candidates) {
        DynamicTemperature dynamic = sampling.dynamicTemperature();
        if (dynamic.range() == 0 || candidates.count() < 2) {
            return sampling.temperature();
        }
        double share = candidates.entropy() / StrictMath.log(candidates.count());
        double lowest = Math.max(0.01, sampling.temperature() - dynamic.range());
        double highest = sampling.temperature() + dynamic.range();
        return lowest + (highest - lowest) * StrictMath.pow(Math.clamp(share, 0, 1), dynamic.exponent());
    }

    /** Locally typical sampling (Meister et al. 2022). */
    private void typical(Candidates candidates) {
        if (sampling.typicalP() == 1) {
            return;
        }
        double sum = candidates.sum();
        double logSum = StrictMath.log(sum);
        double entropy = candidates.entropy();
        List<Integer> byTypicality = IntStream.range(0, candidates.count())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> Math.abs(logSum - candidates.logit(i) - entropy)))
                .toList();
        boolean[] kept = new boolean[candidates.count()];
        double keptSum = 0;
        for (int i : byTypicality) {
            kept[i] = true;
            keptSum += candidates.weight(i);
            if (keptSum >= sampling.typicalP() * sum) {
                break;
            }
        }
        candidates.keepIf(i -> kept[i]);
    }

    /** Nucleus sampling (Holtzman et al. 2020). */
    private void topP(Candidates candidates) {
        if (sampling.topP() == 1) {
            return;
        }
        double enough = sampling.topP() * candidates.sumOfAll();
        int kept = 0;
        for (double sum = 0; kept < candidates.count() && (kept == 0 || sum < enough); kept++) {
            sum += candidates.weight(kept);
        }
        candidates.keepFirst(kept);
    }

    /** Min-p (Nguyen et al. 2024). */
    private void minP(Candidates candidates) {
        double least = sampling.minP() * candidates.weight(0);
        int kept = 1;
        while (kept < candidates.count() && candidates.weight(kept) >= least) {
            kept++;
        }
        candidates.keepFirst(kept);
    }

    private void excludeTopChoices(Candidates candidates, int position) {
        if (CounterRandom.uniform(seed, answer, position, EXCLUSION)
                >= sampling.xtc().probability()) {
            return;
        }
        double sum = candidates.sum();
        int probable = 0;
        while (probable < candidates.count()
                && candidates.weight(probable) >= sampling.xtc().threshold() * sum) {
            probable++;
        }
        int leftOut = probable - 1;
        candidates.keepIf(i -> i >= leftOut);
    }

    private int mirostat(Candidates candidates, double random) {
        candidates.divide(temperature(candidates));
        double logSum = StrictMath.log(candidates.sum());
        double bound = surpriseBound;
        candidates.keepIf(i -> i == 0 || bits(logSum - candidates.logit(i)) <= bound);
        int place = candidates.pick(random);
        Mirostat mirostat = sampling.mirostat();
        double surprise = bits(StrictMath.log(candidates.sum()) - candidates.logit(place));
        surpriseBound -= mirostat.eta() * (surprise - mirostat.tau());
        return candidates.id(place);
    }

    private static double bits(double nats) {
        return nats / StrictMath.log(2);
    }

    /** The most probable tokens with their log-probabilities under these logits. */
    static List<Candidate> alternatives(float[] logits_V, int count) {
        if (count == 0) {
            return List.of();
        }
        double normalizer = logSum(logits_V);
        List<Candidate> best = new ArrayList<>(count);
        for (int id : Candidates.top(logits_V, count)) {
            best.add(new Candidate(id, logits_V[id] - normalizer));
        }
        return best;
    }

    /**
     * Log-probabilities led away from others: classifier-free guidance.
     *
     * @param away_V logits after the negative prompt
     */
    static float[] guided(float[] logits_V, float[] away_V, double scale) {
        double normalizer = logSum(logits_V);
        double awayNormalizer = logSum(away_V);
        float[] guided_V = new float[logits_V.length];
        for (int id = 0; id < guided_V.length; id++) {
            double away = away_V[id] - awayNormalizer;
            guided_V[id] = (float) (away + scale * (logits_V[id] - normalizer - away));
        }
        return guided_V;
    }

    /** The natural logarithm of the sum of all exponentials. */
    static double logSum(float[] logits_V) {
        double most = Double.NEGATIVE_INFINITY;
        for (float logit : logits_V) {
            most = Math.max(most, logit);
        }
        double sum = 0;
        for (float logit : logits_V) {
            sum += StrictMath.exp(logit - most);
        }
        return most + StrictMath.log(sum);
    }
}
