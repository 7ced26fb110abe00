package dev.ayni.engine.generation;

import dev.ayni.engine.models.Model;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Pasts of conversations that rest between two turns, so that the next turn need not read its beginning again. Together
 * they remember at most as many tokens as one context holds; the one that rested longest is forgotten first.
 */
final class IdlePasts implements AutoCloseable {
    private final Model model;
    private final int mostTokens;
    private final List<Past> pasts = new ArrayList<>(); // the one that rested longest comes first

    IdlePasts(Model model, int mostTokens) {
        this.model = model;
        this.mostTokens = mostTokens;
    }

    /** The past that shares most with a prompt, cut back to what it shares; a new one if none shares anything. */
    synchronized Past take(int[] prompt) {
        Past best = pasts.stream()
                .max(Comparator.comparingInt(past -> past.commonWith(prompt)))
                .filter(past -> past.commonWith(prompt) > 0)
                .orElse(null);
        if (best == null) {
            return new Past(model.newCache());
        }
        pasts.remove(best);
        // at least one token must be computed: its logits are wanted
        best.cache().rewind(Math.min(best.commonWith(prompt), prompt.length - 1));
        return best;
    }

    synchronized void put(Past past) {
        past.cache().trim();
        pasts.add(past);
        while (pasts.stream().mapToInt(Past::length).sum() > mostTokens) {
            pasts.removeFirst().cache().close();
        }
    }

    @Override
    public synchronized void close() {
        pasts.forEach(past -> past.cache().close());
        pasts.clear();
    }
}
