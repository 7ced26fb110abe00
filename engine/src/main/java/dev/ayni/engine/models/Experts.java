package dev.ayni.engine.models;

import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.ExpertProduct;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Many feed-forward networks, of which each token goes through a few that a router chooses (Shazeer et al. 2017). The
 * tokens of a batch are sorted by expert, so that each expert's weights are read once.
 *
 * @param gate a matrix for each expert
 * @param weighsInput whether the weights are applied to what experts read, instead of what they give
 */
record Experts(
        Kernels kernels,
        Linear router,
        Routing routing,
        List<Linear> gate,
        List<Linear> up,
        List<Linear> down,
        Inner inner,
        boolean weighsInput)
        implements FeedForward {
    // T tokens, D width, E experts, P experts of a token, R = T P rows, F hidden

    /** What becomes of an expert's gate and inner numbers: the result stands in gate. */
    interface Inner {
        void apply(Kernels kernels, Tensor gate_RF, Tensor up_RF);
    }

    /** Experts whose results are weighed. */
    Experts(PlacedWeights weights, String layer, int count, Routing routing, Activation activation) {
        this(
                weights.kernels(),
                Linear.of(weights, layer + "ffn_gate_inp"),
                routing,
                gates(weights, layer, count, true),
                gates(weights, layer, count, false),
                weights.experts(layer + "ffn_down", count),
                activation::multiply,
                false);
    }

    Experts {
        int count = gate.size();
        int groups = routing.groups();
        if (routing.chosen() < 1
                || count % groups != 0
                || routing.groupsChosen() < 1
                || routing.groupsChosen() > groups
                || routing.chosen() > count / groups * routing.groupsChosen()) {
            throw new WeightsException(
                    "%d experts of a token are to be chosen from %d of %d groups of %d experts, which is not possible. The file is broken; get it again."
                            .formatted(routing.chosen(), routing.groupsChosen(), groups, count));
        }
    }

    /** The gates, or the matrices beside them: in newer files a stack holds both, the gate first. */
    private static List<Linear> gates(PlacedWeights weights, String layer, int count, boolean gates) {
        String both = layer + "ffn_gate_up";
        if (!weights.has(both + "_exps.weight")) {
            return weights.experts(layer + (gates ? "ffn_gate" : "ffn_up"), count);
        }
        return weights.experts(both, count).stream()
                .map(expert -> {
                    long hidden = expert.weight_OI().size(0) / 2;
                    return new Linear(expert.weight_OI().rows(gates ? 0 : hidden, gates ? hidden : 2 * hidden), null);
                })
                .toList();
    }

    /** The weights of a layer's experts, stacked or each by itself, and of their router. */
    static void addShapes(WeightShapes to, String layer, long experts, long width, long hidden) {
        to.required(layer + "ffn_gate_inp.weight", experts, width);
        to.optional(layer + "ffn_gate_exps.weight", experts, hidden, width);
        to.optional(layer + "ffn_up_exps.weight", experts, hidden, width);
        to.optional(layer + "ffn_gate_up_exps.weight", experts, 2 * hidden, width);
        to.optional(layer + "ffn_down_exps.weight", experts, width, hidden);
        for (int e = 0; e < experts; e++) {
            to.optional(layer + "ffn_gate." + e + ".weight", hidden, width);
            to.optional(layer + "ffn_up." + e + ".weight", hidden, width);
            to.optional(layer + "ffn_down." + e + ".weight", width, hidden);
        }
    }

    @Override
    public void apply(Batch batch, Tensor x_TD, Tensor out_TD) {
        int tokens = Math.toIntExact(x_TD.size(0));
        int chosen = routing.chosen();
        int rows = tokens * chosen;
        Routing.Choice[] choices = choose(batch, x_TD);

        int[] starts = new int[gate.size() + 1];
        for (Routing.Choice choice : choices) {
            for (int e : choice.experts_P()) {
                starts[e + 1]++;
            }
        }
        Arrays.parallelPrefix(starts, Integer::sum);
        int[] next = starts.clone();
        int[] token_R = new int[rows];
        float[] weight_R = new float[rows];
        int[] row_TP = new int[rows];
        float[] weight_TP = new float[rows];
        for (int t = 0; t < tokens; t++) {
            for (int p = 0; p < chosen; p++) {
                int row = next[choices[t].experts_P()[p]]++;
                float weight = choices[t].weights_P()[p];
                token_R[row] = t;
                weight_R[row] = weight;
                row_TP[t * chosen + p] = row;
                weight_TP[t * chosen + p] = weighsInput ? 1 : weight;
            }
        }

        long hidden = gate.getFirst().weight_OI().size(0);
        Tensor x_RD = batch.activation("experts' x", chosen, x_TD.size(1)).reshape(rows, x_TD.size(1));
        Tensor gate_RF = batch.activation("experts' gate", chosen, hidden).reshape(rows, hidden);
        Tensor up_RF = batch.activation("experts' up", chosen, hidden).reshape(rows, hidden);
        if (weighsInput) {
            kernels.mixRows(x_RD, x_TD, token_R, weight_R);
        } else {
            kernels.embed(x_RD, x_TD, token_R);
        }
        kernels.expertMatmul(x_RD, starts, product(gate_RF, gate), product(up_RF, up));
        addBiases(gate_RF, starts, gate);
        addBiases(up_RF, starts, up);
        inner.apply(kernels, gate_RF, up_RF);
        kernels.expertMatmul(gate_RF, starts, product(x_RD, down));
        addBiases(x_RD, starts, down);
        kernels.mixRows(out_TD, x_RD, row_TP, weight_TP);
    }

    private Routing.Choice[] choose(Batch batch, Tensor x_TD) {
        Tensor logits_TE = batch.activation("router", gate.size());
        Linear.apply(kernels, x_TD, router.to(logits_TE));
        Routing.Choice[] choices = new Routing.Choice[Math.toIntExact(x_TD.size(0))];
        float[] logits_E = new float[gate.size()];
        for (int t = 0; t < choices.length; t++) {
            kernels.read(logits_TE.rows(t, t + 1L), MemorySegment.ofArray(logits_E));
            choices[t] = routing.choose(logits_E);
        }
        return choices;
    }

    private static ExpertProduct product(Tensor out_RO, List<Linear> experts) {
        return new ExpertProduct(out_RO, experts.stream().map(Linear::weight_OI).toList());
    }

    private void addBiases(Tensor x_RO, int[] starts, List<Linear> experts) {
        for (int e = 0; e < experts.size(); e++) {
            Tensor bias_O = experts.get(e).bias_O();
            if (bias_O != null && starts[e] < starts[e + 1]) {
                kernels.addBias(x_RO.rows(starts[e], starts[e + 1]), bias_O);
            }
        }
    }
}
