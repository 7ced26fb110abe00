package dev.ayni.engine.generation;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** How much has been computed for whom, so that whoever had least comes next. For the engine's thread. */
final class Shares {
    /*
     * Start-time fair queueing (Goyal, Vin, Cheng 1996): who comes anew begins with as much as whoever has least of those
     * that are there, so that having been away earns nothing, and being there costs nothing but what was computed.
     */
    private final Map<String, Share> shares = new HashMap<>();

    private static final class Share {
        private double tokens;
        private int requests;
    }

    /** A request of somebody's has come. */
    void enter(String principal) {
        Share share = shares.computeIfAbsent(principal, who -> new Share());
        if (share.requests == 0) {
            share.tokens = Math.max(share.tokens, least());
        }
        share.requests++;
    }

    /** A request of somebody's is over. */
    void leave(String principal) {
        Share share = Objects.requireNonNull(shares.get(principal)); // whoever leaves has come
        share.requests--;
        double least = least();
        boolean nobody = shares.values().stream().allMatch(one -> one.requests == 0);
        shares.values().removeIf(one -> one.requests == 0 && (nobody || one.tokens <= least)); // as if it came anew
    }

    /** The least that anybody who is there has got. */
    private double least() {
        return shares.values().stream()
                .filter(one -> one.requests > 0)
                .mapToDouble(one -> one.tokens)
                .min()
                .orElse(0);
    }

    void add(String principal, int tokens) {
        Objects.requireNonNull(shares.get(principal)).tokens += tokens; // only for who is there
    }

    double of(String principal) {
        Share share = shares.get(principal);
        return share == null ? 0 : share.tokens;
    }
}
