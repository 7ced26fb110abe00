package dev.ayni.engine.generation;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.IntPredicate;

/**
 * The tokens that may still be drawn, the most probable first; of equal logits the lower id first, so that the order is
 * always the same. A token's number is its logit less the largest one: 0 for the first, negative for the others.
 */
final class Candidates {
    /** From so many candidates on it is faster to sort all. */
    private static final int MOST_IN_HEAP = 4096;

    private int[] ids;
    private double[] logits;
    private int count;
    private double sumOfAll = Double.NaN; // also of tokens that are not among them; NaN: there are none

    private Candidates(float[] logits_V, int[] ids) {
        this.ids = ids;
        count = ids.length;
        while (count > 1 && logits_V[ids[count - 1]] == Float.NEGATIVE_INFINITY) {
            count--; // what a shape forbids
        }
        logits = new double[count];
        for (int i = 0; i < count; i++) {
            logits[i] = (double) logits_V[ids[i]] - logits_V[ids[0]];
        }
    }

    /** The most probable tokens. */
    static Candidates best(float[] logits_V, int count) {
        return new Candidates(logits_V, top(logits_V, count));
    }

    /** All tokens whose logit is at least so large; the largest is among them. */
    static Candidates above(float[] logits_V, double bound) {
        int count = 0;
        int[] ids = new int[logits_V.length];
        for (int id = 0; id < ids.length; id++) {
            if (logits_V[id] >= bound) {
                ids[count++] = id;
            }
        }
        return new Candidates(logits_V, sorted(logits_V, Arrays.copyOf(ids, count)));
    }

    /**
     * All tokens whose logit is at least so large, of which the others are known by the sum of all weights only.
     *
     * @param sumOfAll at the temperature that applies when {@link #sumOfAll} is asked for
     */
    static Candidates above(float[] logits_V, double bound, double sumOfAll) {
        Candidates candidates = above(logits_V, bound);
        candidates.sumOfAll = sumOfAll;
        return candidates;
    }

    int id(int i) {
        return ids[i];
    }

    int count() {
        return count;
    }

    /** Divides all logits. */
    void divide(double temperature) {
        for (int i = 0; i < count; i++) {
            logits[i] /= temperature;
        }
    }

    /** Keeps the first ones. */
    void keepFirst(int most) {
        count = Math.clamp(most, 1, count);
    }

    /** Keeps those with numbers for which it holds, at least one. */
    void keepIf(IntPredicate kept) {
        int[] keptIds = new int[count];
        double[] keptLogits = new double[count];
        int n = 0;
        for (int i = 0; i < count; i++) {
            if (kept.test(i)) {
                keptIds[n] = ids[i];
                keptLogits[n++] = logits[i];
            }
        }
        if (n > 0) {
            ids = keptIds;
            logits = keptLogits;
            count = n;
        }
    }

    /** A candidate's logit less the largest of all tokens. */
    double logit(int i) {
        return logits[i];
    }

    /** Proportional to a token's probability. */
    double weight(int i) {
        return StrictMath.exp(logits[i]);
    }

    /** The sum of all weights. */
    double sum() {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weight(i);
        }
        return sum;
    }

    /** The sum of the weights of all tokens, those included that are left out because they are never kept. */
    double sumOfAll() {
        return Double.isNaN(sumOfAll) ? sum() : sumOfAll;
    }

    /** The expected surprise, in nats. */
    double entropy() {
        double sum = sum();
        double logSum = StrictMath.log(sum);
        double entropy = 0;
        for (int i = 0; i < count; i++) {
            entropy += weight(i) / sum * (logSum - logits[i]);
        }
        return entropy;
    }

    /** The place of the candidate that a number from 0 (included) to 1 (excluded) falls on. */
    int pick(double random) {
        double left = random * sum();
        for (int i = 0; i < count; i++) {
            left -= weight(i);
            if (left < 0) {
                return i;
            }
        }
        return count - 1;
    }

    /** The ids of the largest logits, largest first; of equals the lower id first. */
    static int[] top(float[] logits_V, int count) {
        int wanted = Math.min(count, logits_V.length);
        if (wanted > MOST_IN_HEAP || wanted == logits_V.length) {
            int[] all = new int[logits_V.length];
            Arrays.setAll(all, id -> id);
            return Arrays.copyOf(sorted(logits_V, all), wanted);
        }
        // the heap's head is the least of the best so far
        PriorityQueue<Integer> heap = new PriorityQueue<>(Math.max(1, wanted), (a, b) -> {
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

    /** Ids by falling logit: a sort of 64-bit keys, the logit above, the id below. */
    private static int[] sorted(float[] logits_V, int[] ids) {
        long[] keys = new long[ids.length];
        for (int i = 0; i < keys.length; i++) {
            int bits = Float.floatToIntBits(logits_V[ids[i]]);
            int rising = bits ^ (bits >> 31 & 0x7fffffff); // orders as the floats do
            keys[i] = ((long) ~rising << 32) | ids[i];
        }
        Arrays.sort(keys);
        int[] order = new int[keys.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = (int) keys[i];
        }
        return order;
    }
}
