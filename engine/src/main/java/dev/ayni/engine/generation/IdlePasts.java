package dev.ayni.engine.generation;

import dev.ayni.engine.models.KvCache;
import dev.ayni.tensor.Kernels.KvView;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Texts that rest: what earlier requests have read, so that later ones that begin alike need not read it again. The one
 * that was used longest ago is forgotten first, from its end. For the engine's thread.
 */
final class IdlePasts {
    /*
     * A text is found by its tokens: they are compared with each resting text's, a few microseconds for a thousand. Whoever
     * finds one shares its pages; the page in which they part is copied by who writes into it first. A text of which hardly
     * anything would be lost is taken as it is: a next turn continues it.
     */
    private static final int FEW_TOKENS = 32;

    private final List<Past> pasts = new ArrayList<>(); // the one used longest ago comes first

    /** The text of which another may use most; null if none begins alike. */
    @Nullable
    Past bestFor(Past text) {
        Past best = null;
        for (Past past : pasts) {
            best = past.commonWith(text) > (best == null ? 0 : best.commonWith(text)) ? past : best;
        }
        return best;
    }

    /** Whether a text rests here. */
    boolean has(Past past) {
        return pasts.contains(past);
    }

    /** The cache of so many tokens of a text that rests: its own, if little of it is lost, or one that shares its pages. */
    KvCache lend(Past past, int tokens) {
        pasts.remove(past);
        if (past.length() - tokens <= FEW_TOKENS) {
            past.rewind(tokens);
            return past.cache();
        }
        pasts.add(past); // now the latest used
        return past.cache().fork(tokens);
    }

    /** Lets a text rest, as far as it is read. */
    void put(Past past) {
        past.rewind(past.cache().length());
        past.cache().trim();
        if (past.length() == 0 || !past.isShared() || covers(past)) {
            past.cache().close();
            return;
        }
        pasts.removeIf(other -> {
            boolean covered = other.commonWith(past) == other.length();
            if (covered) {
                other.cache().close();
            }
            return covered;
        });
        pasts.add(past);
    }

    private boolean covers(Past past) {
        return pasts.stream().anyMatch(other -> past.commonWith(other) == past.length());
    }

    /** Forgets a page's worth of tokens. Returns false if nothing is left to forget. */
    boolean forgetSome() {
        if (pasts.isEmpty()) {
            return false;
        }
        Past oldest = pasts.getFirst();
        oldest.rewind(Math.max(0, (oldest.length() - 1) / KvView.PAGE * KvView.PAGE));
        oldest.cache().trim();
        if (oldest.length() == 0) {
            pasts.removeFirst();
        }
        return true;
    }

    /** Adds its pages to a set in which they are told apart by identity. */
    void addPagesTo(Set<Object> all) {
        pasts.forEach(past -> past.cache().addPagesTo(all));
    }

    /** Forgets everything. */
    void clear() {
        pasts.forEach(past -> past.cache().close());
        pasts.clear();
    }
}
