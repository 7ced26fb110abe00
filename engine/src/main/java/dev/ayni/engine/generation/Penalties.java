package dev.ayni.engine.generation;

import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Dry;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/** What a conversation so far adds to and takes from the logits of its next token. */
final class Penalties {
    private final Sampling sampling;
    private final IntPredicate breaks;
    private final Map<Integer, Integer> generated = new HashMap<>();
    private final Map<Integer, Integer> seen = new HashMap<>();
    private int[] history;
    private int length;

    /** @param breaks the token ids over which {@link Dry} lets no sequence go on */
    Penalties(Sampling sampling, int[] prompt, IntPredicate breaks) {
        this.sampling = sampling;
        this.breaks = breaks;
        history = Arrays.copyOf(prompt, prompt.length + 64);
        length = prompt.length;
        for (int id : prompt) {
            seen.merge(id, 1, Integer::sum);
        }
    }

    /** Notes what was drawn. */
    void drawn(int id) {
        generated.merge(id, 1, Integer::sum);
        seen.merge(id, 1, Integer::sum);
        if (length == history.length) {
            history = Arrays.copyOf(history, 2 * length);
        }
        history[length++] = id;
    }

    void apply(float[] logits_V) {
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
        if (sampling.dry().multiplier() > 0) {
            dry(logits_V);
        }
    }

    private void dry(float[] logits_V) {
        Dry dry = sampling.dry();
        int n = dry.lastTokens() == 0 ? length : Math.min(length, dry.lastTokens());
        int[] backwards = new int[n];
        int sinceBreak = -1;
        for (int i = 0; i < n; i++) {
            backwards[i] = history[length - 1 - i];
            if (sinceBreak < 0 && breaks.test(backwards[i])) {
                sinceBreak = i;
            }
        }
        int longest = sinceBreak < 0 ? n : sinceBreak;
        Map<Integer, Integer> repeats = new HashMap<>();
        int[] common = commonPrefixes(backwards);
        for (int i = 1; i < n; i++) {
            int repeat = Math.min(common[i], longest);
            if (repeat >= dry.allowedLength()) {
                repeats.merge(backwards[i - 1], repeat, Math::max); // the token that followed the earlier one
            }
        }
        repeats.forEach((id, repeat) ->
                logits_V[id] -= (float) (dry.multiplier() * Math.pow(dry.base(), repeat - dry.allowedLength())));
    }

    /** For each place how many tokens from there on are those of the beginning: the Z algorithm (Gusfield 1997). */
    private static int[] commonPrefixes(int[] tokens) {
        int[] common = new int[tokens.length];
        int from = 0;
        int until = 0;
        for (int i = 1; i < tokens.length; i++) {
            if (i < until) {
                common[i] = Math.min(until - i, common[i - from]);
            }
            while (i + common[i] < tokens.length && tokens[common[i]] == tokens[i + common[i]]) {
                common[i]++;
            }
            if (i + common[i] > until) {
                from = i;
                until = i + common[i];
            }
        }
        return common;
    }
}
