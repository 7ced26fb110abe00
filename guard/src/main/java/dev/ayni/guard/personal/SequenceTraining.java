package dev.ayni.guard.personal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Makes a {@link SequenceModel} from labelled texts; the same from the same texts, to the byte. */
final class SequenceTraining {
    /**
     * @param features_T hashes of all that holds for each word
     * @param labels_T as {@link SequenceModel} counts them
     */
    record Example(int[][] features_T, int[] labels_T) {}

    /**
     * @param rounds how often each text is seen
     * @param rate the first step of a weight
     * @param decay how much of a weight goes for each step of one
     * @param least in how many words of the training texts a feature must hold to count
     */
    record Settings(int rounds, double rate, double decay, int least, long seed) {
        static final Settings USUAL = new Settings(8, 0.12, 2e-3, 2, 7);
    }

    private static final int L = SequenceModel.LABELS;

    private final Settings settings;
    private final Map<Integer, Integer> index = new HashMap<>();
    private double[] weights_FL = {};
    private double[] squares_FL = {};
    private final double[] transitions_LL = new double[(L + 1) * L];
    private final double[] transitionSquares_LL = new double[(L + 1) * L];

    private SequenceTraining(Settings settings) {
        this.settings = settings;
    }

    static SequenceModel train(List<Example> examples, Settings settings, String card) {
        SequenceTraining training = new SequenceTraining(settings);
        training.learn(examples);
        return training.model(card);
    }

    private void learn(List<Example> examples) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (Example example : examples) {
            for (int[] features : example.features_T()) {
                for (int feature : features) {
                    counts.merge(feature, 1, Integer::sum);
                }
            }
        }
        counts.entrySet().stream()
                .filter(entry -> entry.getValue() >= settings.least())
                .map(Map.Entry::getKey)
                .sorted()
                .forEach(feature -> index.put(feature, index.size()));
        weights_FL = new double[index.size() * L];
        squares_FL = new double[index.size() * L];
        List<int[][]> places = new ArrayList<>();
        for (Example example : examples) {
            int[][] indexed = new int[example.features_T().length][];
            for (int t = 0; t < indexed.length; t++) {
                indexed[t] = Arrays.stream(example.features_T()[t])
                        .map(feature -> index.getOrDefault(feature, -1))
                        .filter(place -> place >= 0)
                        .toArray();
            }
            places.add(indexed);
        }
        SplittableRandom random = new SplittableRandom(settings.seed());
        int[] order = new int[examples.size()];
        Arrays.setAll(order, i -> i);
        for (int round = 0; round < settings.rounds(); round++) {
            for (int i = order.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int kept = order[i];
                order[i] = order[j];
                order[j] = kept;
            }
            for (int one : order) {
                if (examples.get(one).labels_T().length > 0) {
                    step(places.get(one), examples.get(one).labels_T());
                }
            }
        }
    }

    /** One step up the slope of the logarithm of the right labelling's probability. */
    private void step(int[][] places_T, int[] labels_T) {
        int length = labels_T.length;
        double[][] scores_TL = new double[length][L];
        for (int t = 0; t < length; t++) {
            for (int place : places_T[t]) {
                for (int l = 0; l < L; l++) {
                    scores_TL[t][l] += weights_FL[place * L + l];
                }
            }
        }
        double[][] turn_LL = new double[L + 1][L];
        for (int from = 0; from <= L; from++) {
            for (int to = 0; to < L; to++) {
                boolean allowed = SequenceModel.follows(to, from < L ? from : SequenceModel.OUTSIDE);
                turn_LL[from][to] = allowed ? StrictMath.exp(transitions_LL[from * L + to]) : 0;
            }
        }
        double[][] weight_TL = new double[length][];
        for (int t = 0; t < length; t++) {
            weight_TL[t] = SequenceLattice.weights(scores_TL[t]);
        }
        double[][] forward_TL = new double[length][L];
        double[][] backward_TL = new double[length][L];
        SequenceLattice.forward(weight_TL, turn_LL, forward_TL);
        SequenceLattice.backward(weight_TL, turn_LL, backward_TL);

        double[] turns_LL = new double[(L + 1) * L];
        for (int t = 0; t < length; t++) {
            double[] chance_L = new double[L];
            double sum = 0;
            for (int l = 0; l < L; l++) {
                chance_L[l] = forward_TL[t][l] * backward_TL[t][l];
                sum += chance_L[l];
            }
            for (int l = 0; l < L; l++) {
                chance_L[l] = (l == labels_T[t] ? 1 : 0) - chance_L[l] / sum;
            }
            for (int place : places_T[t]) {
                for (int l = 0; l < L; l++) {
                    int at = place * L + l;
                    double slope = chance_L[l] - settings.decay() * weights_FL[at];
                    squares_FL[at] += slope * slope;
                    weights_FL[at] += settings.rate() * slope / (0.1 + Math.sqrt(squares_FL[at]));
                }
            }
            turns(t, labels_T, weight_TL, turn_LL, forward_TL, backward_TL, turns_LL);
        }
        for (int i = 0; i < turns_LL.length; i++) {
            double slope = turns_LL[i] - settings.decay() * transitions_LL[i];
            transitionSquares_LL[i] += slope * slope;
            transitions_LL[i] += settings.rate() * slope / (0.1 + Math.sqrt(transitionSquares_LL[i]));
        }
    }

    private static void turns(
            int t,
            int[] labels_T,
            double[][] weight_TL,
            double[][] turn_LL,
            double[][] forward_TL,
            double[][] backward_TL,
            double[] turns_LL) {
        if (t == 0) {
            double sum = 0;
            double[] chance_L = new double[L];
            for (int l = 0; l < L; l++) {
                chance_L[l] = forward_TL[0][l] * backward_TL[0][l];
                sum += chance_L[l];
            }
            for (int l = 0; l < L; l++) {
                turns_LL[L * L + l] += (l == labels_T[0] ? 1 : 0) - chance_L[l] / sum;
            }
            return;
        }
        double[] chance_LL = new double[L * L];
        double sum = 0;
        for (int k = 0; k < L; k++) {
            for (int l = 0; l < L; l++) {
                double chance = forward_TL[t - 1][k] * turn_LL[k][l] * weight_TL[t][l] * backward_TL[t][l];
                chance_LL[k * L + l] = chance;
                sum += chance;
            }
        }
        for (int i = 0; i < chance_LL.length; i++) {
            turns_LL[i] -= chance_LL[i] / sum;
        }
        turns_LL[labels_T[t - 1] * L + labels_T[t]] += 1;
    }

    private static byte rounded(double weight) {
        return (byte) Math.max(-127, Math.min(127, Math.round(weight / SequenceModel.STEP)));
    }

    /** Weights become bytes; a feature all of whose weights become 0 goes. */
    private SequenceModel model(String card) {
        int[] hashes = index.keySet().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .filter(feature -> isHeard(index.getOrDefault(feature, 0)))
                .toArray();
        byte[] weights = new byte[hashes.length * L];
        for (int f = 0; f < hashes.length; f++) {
            int place = index.getOrDefault(hashes[f], 0);
            for (int l = 0; l < L; l++) {
                weights[f * L + l] = rounded(weights_FL[place * L + l]);
            }
        }
        byte[] transitions = new byte[transitions_LL.length];
        for (int i = 0; i < transitions.length; i++) {
            transitions[i] = rounded(transitions_LL[i]);
        }
        return new SequenceModel(card, hashes, weights, transitions);
    }

    private boolean isHeard(int place) {
        for (int l = 0; l < L; l++) {
            if (rounded(weights_FL[place * L + l]) != 0) {
                return true;
            }
        }
        return false;
    }
}
