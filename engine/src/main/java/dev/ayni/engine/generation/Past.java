package dev.ayni.engine.generation;

import dev.ayni.engine.models.KvCache;
import java.util.Arrays;

/** What a conversation has said so far: the tokens, and the cache that remembers them. */
final class Past {
    private final KvCache cache;
    private int[] tokens = new int[256];

    Past(KvCache cache) {
        this.cache = cache;
    }

    /** Another past with the same tokens, which goes its own way from here. */
    Past fork() {
        Past other = new Past(cache.fork());
        other.tokens = tokens.clone();
        return other;
    }

    KvCache cache() {
        return cache;
    }

    int length() {
        return cache.length();
    }

    /** The tokens; what stands behind the length may be anything. */
    int[] tokens() {
        return tokens;
    }

    /** How many tokens at its start are also at the start of a prompt. */
    int commonWith(int[] prompt) {
        int mismatch = Arrays.mismatch(tokens, 0, length(), prompt, 0, prompt.length);
        return mismatch < 0 ? prompt.length : mismatch;
    }

    /** Notes tokens that the next forward pass puts into the cache. */
    void note(int[] next) {
        int needed = length() + next.length;
        if (needed > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(needed, tokens.length * 2));
        }
        System.arraycopy(next, 0, tokens, length(), next.length);
    }
}
