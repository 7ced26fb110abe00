package dev.ayni.engine.generation;

import dev.ayni.chat.Sampling;
import dev.ayni.engine.generation.Step.Candidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Draws tokens from logits: a mask, bias, penalties, temperature, top-k, top-p, min-p, then one random number. Of equal logits
 * the lower id comes first, so that the order of candidates is always the same.
 */
final class Sampler {
    /** With no top-k, so many candidates are looked at first; they nearly always hold all the probability asked for. */
    private static final int FIRST_CANDIDATES = 256;

    /** From so many candidates on it is faster to sort all. */
    private static final int MOST_IN_HEAP = 4096;

    private final Sampling sampling;
    private final long seed;
    private final Map<Integer, Integer> generated = new HashMap<>();
    private final Map<Integer, Integer> seen = new HashMap<>();

    /**
     * @param seed used where the sampling names none
     * @param prompt counts as seen for the repetition penalty
     */
    Sampler(Sampling sampling, long seed, int[] prompt) {
        this.sampling = sampling;
        this.seed = sampling.seed().orElse(seed);
        for (int id : prompt) {
            seen.merge(id, 1, Integer::sum);
        }
    }

    /**
     * The next token.
     *
     * @param logits_V overwritten by bias and penalties
     * @param position the token's position in its conversation
     * @param allowed a bit for each token that may be drawn, of which there is one at least; null: all may
     */
    int draw(float[] logits_V, int position, long @Nullable [] allowed) {
        weigh(logits_V);
        int most = allowed == null ? logits_V.length : forbidOthers(logits_V, allowed);
        int id = sampling.temperature() == 0 ? best(logits_V) : drawRandom(logits_V, position, most);
        note(id);
        return id;
    }

    /** Counts a token that was not drawn but stands in the text all the same. */
    void note(int id) {
        generated.merge(id, 1, Integer::sum);
        seen.merge(id, 1, Integer::sum);
    }

    /** Makes the tokens impossible that are not allowed; gives how many are. */
    private static int forbidOthers(float[] logits_V, long[] allowed) {
        int count = 0;
        for (int id = 0; id < logits_V.length; id++) {
            if (id >> 6 < allowed.length && (allowed[id >> 6] >>> id & 1) != 0) {
                logits_V[id] = Math.max(logits_V[id], -Float.MAX_VALUE);
                count++;
            } else {
                logits_V[id] = Float.NEGATIVE_INFINITY;
            }
        }
        return count;
    }

    private void weigh(float[] logits_V) {
        sampling.logitBias().forEach((id, bias) -> logits_V[id] += bias.floatValue());
        if (sampling.repetitionPenalty() != 1) {
            float penalty = (float) sampling.repetitionPenalty();
            for (int id : seen.keySet()) {
                logits_V[id] = logits_V[id] > 0 ? logits_V[id] / penalty : logits_V[id] * penalty;
            }
        }
        if (sampling.frequencyPenalty() != 0 || sampling.presencePenalty() != 0) {
            generated.forEach((id, times) ->
                    logits_V[id] -= (float) (times * sampling.frequencyPenalty() + sampling.presencePenalty()));
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

    private int drawRandom(float[] logits_V, int position, int most) {
        int limit = sampling.topK() == 0 ? most : Math.min(sampling.topK(), most);
        double random = CounterRandom.uniform(seed, 0, position, 0);
        if (sampling.topK() == 0 && (sampling.topP() < 1 || sampling.minP() > 0)) {
            double total = weightOfAll(logits_V);
            for (int count = FIRST_CANDIDATES; count < limit; count *= 8) {
                int id = pick(logits_V, top(logits_V, count), total, random, false);
                if (id >= 0) {
                    return id;
                }
            }
        }
        return pick(logits_V, top(logits_V, limit), Double.NaN, random, true);
    }

    private double weightOfAll(float[] logits_V) {
        float most = logits_V[best(logits_V)];
        double total = 0;
        for (float logit : logits_V) {
            total += weight(logit, most);
        }
        return total;
    }

    /** Proportional to a token's probability; 1 for the most probable one. */
    private double weight(float logit, float most) {
        return StrictMath.exp(((double) logit - most) / sampling.temperature());
    }

    /**
     * Applies temperature, top-p and min-p to candidates in order and picks one.
     *
     * @param total the sum of all tokens' weights; not used if the candidates are all
     * @param all whether the candidates are all that may be drawn; if not and they do not reach the bounds: -1
     */
    private int pick(float[] logits_V, int[] candidates, double total, double random, boolean all) {
        float most = logits_V[candidates[0]];
        double[] weights = new double[candidates.length];
        double sum = 0;
        for (int i = 0; i < candidates.length; i++) {
            weights[i] = weight(logits_V[candidates[i]], most);
            sum += weights[i];
        }
        if (!all) {
            sum = total;
        }
        int kept = 0;
        double keptSum = 0;
        while (kept < weights.length
                && weights[kept] >= sampling.minP()
                && (kept == 0 || keptSum < sampling.topP() * sum)) {
            keptSum += weights[kept++];
        }
        if (!all && kept == weights.length) {
            return -1;
        }
        double left = random * keptSum;
        for (int i = 0; i < kept; i++) {
            left -= weights[i];
            if (left < 0) {
                return candidates[i];
            }
        }
        return candidates[kept - 1];
    }

    /** The ids of the largest logits, largest first; of equals the lower id first. */
    static int[] top(float[] logits_V, int count) {
        int wanted = Math.min(count, logits_V.length);
        if (wanted > MOST_IN_HEAP || wanted == logits_V.length) {
            return Arrays.copyOf(sorted(logits_V), wanted);
        }
        // the heap's head is the least of the best so far
        PriorityQueue<Integer> heap = new PriorityQueue<>(wanted, (a, b) -> {
            int byLogit = Float.compare(logits_V[a], logits_V[b]);
            return byLogit != 0 ? byLogit : Integer.compare(b, a);
        });
        float least = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < logits_V.length; id++) {
            if (heap.size() < wanted) {
                heap.add(id);
                least = logits_V[heap.element()];
            } else if (logits_V[id] > least) {
                heap.poll();
                heap.add(id);
                least = logits_V[heap.element()];
            }
        }
        int[] ids = new int[wanted];
        for (int i = wanted - 1; i >= 0; i--) {
            ids[i] = heap.remove();
        }
        return ids;
    }

    /** All ids by falling logit, the impossible ones last: a sort of 64-bit keys, the logit above, the id below. */
    private static int[] sorted(float[] logits_V) {
        long[] keys = new long[logits_V.length];
        int possible = 0;
        int impossible = keys.length;
        for (int id = keys.length - 1; id >= 0; id--) {
            float logit = logits_V[id];
            if (logit == Float.NEGATIVE_INFINITY) {
                keys[--impossible] = id;
            } else {
                int bits = Float.floatToIntBits(logit);
                int rising = bits ^ (bits >> 31 & 0x7fffffff); // orders as the floats do
                keys[possible++] = ((long) ~rising << 32) | id;
            }
        }
        Arrays.sort(keys, 0, possible);
        int[] ids = new int[keys.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (int) keys[i];
        }
        return ids;
    }

    /** The most probable tokens with their log-probabilities under these logits. */
    static List<Candidate> alternatives(float[] logits_V, int count) {
        if (count == 0) {
            return List.of();
        }
        double normalizer = logSum(logits_V);
        List<Candidate> best = new ArrayList<>(count);
        for (int id : top(logits_V, count)) {
            best.add(new Candidate(id, logits_V[id] - normalizer));
        }
        return best;
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
