package dev.ayni.engine.models;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which experts a token goes through, and what each one's result weighs (docs/arithmetic.md, section 9).
 *
 * @param chosen P, how many experts a token has
 * @param score what becomes of the router's logits
 * @param normalized whether the chosen experts' weights are made to add up to 1
 * @param scale what the weights are multiplied with at last
 * @param bias_E added to the scores where experts are chosen, not where they weigh; null: nothing is
 * @param groups into how many groups neighbouring experts are parted; 1: none
 * @param groupsChosen from how many of the groups experts are taken
 * @param groupTop how many of a group's best scores make up its own
 */
@SuppressWarnings("ArrayRecordComponent") // shared by all tokens, never changed
record Routing(
        int chosen,
        Score score,
        boolean normalized,
        double scale,
        float @Nullable [] bias_E,
        int groups,
        int groupsChosen,
        int groupTop) {

    /** What becomes of the router's logits. */
    enum Score {
        /** All experts' scores add up to 1. */
        SOFTMAX,
        /** Each expert has a score of its own, between 0 and 1. */
        SIGMOID
    }

    /** A routing without groups or bias. */
    Routing(int chosen, Score score, boolean normalized, double scale) {
        this(chosen, score, normalized, scale, null, 1, 1, 1);
    }

    /** The experts of one token, the lowest number first, and their weights. */
    @SuppressWarnings("ArrayRecordComponent")
    record Choice(int[] experts_P, float[] weights_P) {}

    /** Chooses by the logits of one token. */
    Choice choose(float[] logits_E) {
        double[] scores = scores(logits_E);
        double[] merits = scores.clone();
        if (bias_E != null) {
            for (int e = 0; e < merits.length; e++) {
                merits[e] += bias_E[e];
            }
        }
        if (groupsChosen < groups) {
            leaveGroupsOut(merits);
        }
        int[] experts = best(merits, chosen);
        Arrays.sort(experts);
        double sum = 0;
        for (int e : experts) {
            sum += scores[e];
        }
        double factor = normalized ? scale / (sum + 1e-20) : scale;
        float[] weights = new float[chosen];
        for (int p = 0; p < chosen; p++) {
            weights[p] = (float) (scores[experts[p]] * factor);
        }
        return new Choice(experts, weights);
    }

    private double[] scores(float[] logits) {
        double[] scores = new double[logits.length];
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (int e = 0; e < scores.length; e++) {
            scores[e] = switch (score) {
                case SOFTMAX -> StrictMath.exp(logits[e] - largest);
                case SIGMOID -> 1 / (1 + StrictMath.exp(-logits[e]));
            };
            sum += scores[e];
        }
        if (score == Score.SOFTMAX) {
            for (int e = 0; e < scores.length; e++) {
                scores[e] /= sum;
            }
        }
        return scores;
    }

    private void leaveGroupsOut(double[] merits) {
        int size = merits.length / groups;
        double[] ofGroups = new double[groups];
        for (int group = 0; group < groups; group++) {
            double[] sorted = Arrays.copyOfRange(merits, group * size, (group + 1) * size);
            Arrays.sort(sorted);
            for (int i = 1; i <= Math.min(groupTop, size); i++) {
                ofGroups[group] += sorted[size - i];
            }
        }
        boolean[] stays = new boolean[groups];
        for (int group : best(ofGroups, groupsChosen)) {
            stays[group] = true;
        }
        for (int e = 0; e < merits.length; e++) {
            if (!stays[e / size]) {
                merits[e] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    /** The places of the largest numbers, the largest first; of equal ones the first comes first. */
    private static int[] best(double[] numbers, int count) {
        boolean[] taken = new boolean[numbers.length];
        int[] best = new int[count];
        for (int i = 0; i < count; i++) {
            int found = -1;
            for (int j = 0; j < numbers.length; j++) {
                if (!taken[j] && (found < 0 || numbers[j] > numbers[found])) {
                    found = j;
                }
            }
            taken[found] = true;
            best[i] = found;
        }
        return best;
    }
}
