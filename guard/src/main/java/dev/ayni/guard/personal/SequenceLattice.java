package dev.ayni.guard.personal;

/** All labellings of a text at once: the best of them, and how probable each label of each word is. */
final class SequenceLattice {
    /* T words, L labels; transitions have one row more, from the beginning of a text. Nothing is as far down as -infinity. */
    private SequenceLattice() {}

    static int[] best(double[][] emissions_TL, double[][] transitions_LL) {
        int length = emissions_TL.length;
        int labels = emissions_TL[0].length;
        double[] score_L = new double[labels];
        int[][] from_TL = new int[length][labels];
        for (int l = 0; l < labels; l++) {
            score_L[l] = transitions_LL[labels][l] + emissions_TL[0][l];
        }
        for (int t = 1; t < length; t++) {
            double[] next_L = new double[labels];
            for (int l = 0; l < labels; l++) {
                int best = 0;
                for (int k = 1; k < labels; k++) {
                    if (score_L[k] + transitions_LL[k][l] > score_L[best] + transitions_LL[best][l]) {
                        best = k;
                    }
                }
                from_TL[t][l] = best;
                next_L[l] = score_L[best] + transitions_LL[best][l] + emissions_TL[t][l];
            }
            score_L = next_L;
        }
        int[] path = new int[length];
        for (int l = 1; l < labels; l++) {
            path[length - 1] = score_L[l] > score_L[path[length - 1]] ? l : path[length - 1];
        }
        for (int t = length - 1; t > 0; t--) {
            path[t - 1] = from_TL[t][path[t]];
        }
        return path;
    }

    /** The probability of each label of each word. */
    static double[][] chances(double[][] emissions_TL, double[][] transitions_LL) {
        int length = emissions_TL.length;
        int labels = emissions_TL[0].length;
        double[][] turn_LL = exp(transitions_LL);
        double[][] weight_TL = new double[length][];
        for (int t = 0; t < length; t++) {
            weight_TL[t] = weights(emissions_TL[t]);
        }
        double[][] forward_TL = new double[length][labels];
        double[][] backward_TL = new double[length][labels];
        forward(weight_TL, turn_LL, forward_TL);
        backward(weight_TL, turn_LL, backward_TL);
        double[][] chances_TL = new double[length][labels];
        for (int t = 0; t < length; t++) {
            double sum = 0;
            for (int l = 0; l < labels; l++) {
                chances_TL[t][l] = forward_TL[t][l] * backward_TL[t][l];
                sum += chances_TL[t][l];
            }
            for (int l = 0; l < labels; l++) {
                chances_TL[t][l] /= sum;
            }
        }
        return chances_TL;
    }

    static double[][] exp(double[][] scores) {
        double[][] exp = new double[scores.length][];
        for (int i = 0; i < scores.length; i++) {
            exp[i] = new double[scores[i].length];
            for (int j = 0; j < scores[i].length; j++) {
                exp[i][j] = StrictMath.exp(scores[i][j]);
            }
        }
        return exp;
    }

    /** Exponentials of one word's scores, the largest of them 1. */
    static double[] weights(double[] scores_L) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double score : scores_L) {
            largest = Math.max(largest, score);
        }
        double[] weights_L = new double[scores_L.length];
        for (int l = 0; l < weights_L.length; l++) {
            weights_L[l] = StrictMath.exp(scores_L[l] - largest);
        }
        return weights_L;
    }

    /** Each word's row is scaled to sum to 1. */
    static void forward(double[][] weight_TL, double[][] turn_LL, double[][] forward_TL) {
        int labels = weight_TL[0].length;
        for (int t = 0; t < weight_TL.length; t++) {
            double sum = 0;
            for (int l = 0; l < labels; l++) {
                double reach = 0;
                if (t == 0) {
                    reach = turn_LL[labels][l];
                } else {
                    for (int k = 0; k < labels; k++) {
                        reach += forward_TL[t - 1][k] * turn_LL[k][l];
                    }
                }
                forward_TL[t][l] = reach * weight_TL[t][l];
                sum += forward_TL[t][l];
            }
            for (int l = 0; l < labels; l++) {
                forward_TL[t][l] /= sum;
            }
        }
    }

    static void backward(double[][] weight_TL, double[][] turn_LL, double[][] backward_TL) {
        int length = weight_TL.length;
        int labels = weight_TL[0].length;
        java.util.Arrays.fill(backward_TL[length - 1], 1);
        for (int t = length - 2; t >= 0; t--) {
            double sum = 0;
            for (int k = 0; k < labels; k++) {
                double reach = 0;
                for (int l = 0; l < labels; l++) {
                    reach += turn_LL[k][l] * weight_TL[t + 1][l] * backward_TL[t + 1][l];
                }
                backward_TL[t][k] = reach;
                sum += reach;
            }
            for (int k = 0; k < labels; k++) {
                backward_TL[t][k] /= sum;
            }
        }
    }
}
