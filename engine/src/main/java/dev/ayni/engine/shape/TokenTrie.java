package dev.ayni.engine.shape;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** The bytes of tokens as a tree, so that what tokens begin with in common is read once. */
final class TokenTrie {
    /*
     * Nodes lie in preorder: a node's first child follows it, and behind its last descendant comes its next sibling; a node
     * that cannot be read is skipped with all below it.
     */
    private final byte[] labels;
    private final int[] depths;
    private final int[] ends;
    private final int[] tokens; // the token that ends at a node; -1: none
    private final int[] twins; // by token: another one with the same bytes; -1: none
    private final int size;
    private final int deepest;

    /** @param ids tokens that have bytes */
    TokenTrie(byte[][] bytes, List<Integer> ids) {
        Integer[] sorted = ids.toArray(Integer[]::new);
        Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b]));
        int most = 1 + ids.stream().mapToInt(id -> bytes[id].length).sum();
        labels = new byte[most];
        depths = new int[most];
        ends = new int[most];
        tokens = new int[most];
        twins = new int[bytes.length];
        Arrays.fill(tokens, -1);
        Arrays.fill(twins, -1);
        int n = 1;
        int deep = 0;
        byte[] before = {};
        int[] path = new int
                [1
                        + Arrays.stream(sorted)
                                .mapToInt(id -> bytes[id].length)
                                .max()
                                .orElse(0)];
        for (int id : sorted) {
            byte[] piece = bytes[id];
            int same = Arrays.mismatch(before, piece);
            if (same < 0) { // the same bytes once more
                twins[id] = tokens[path[piece.length]];
                tokens[path[piece.length]] = id;
                continue;
            }
            for (int depth = before.length; depth > same; depth--) {
                ends[path[depth]] = n;
            }
            for (int depth = same + 1; depth <= piece.length; depth++) {
                labels[n] = piece[depth - 1];
                depths[n] = depth;
                path[depth] = n++;
            }
            tokens[path[piece.length]] = id;
            deep = Math.max(deep, piece.length);
            before = piece;
        }
        for (int depth = before.length; depth >= 0; depth--) {
            ends[path[depth]] = n;
        }
        size = n;
        deepest = deep;
    }

    /** What finds the tokens that may follow. */
    interface Visitor {
        void found(int token, ShapeState after);
    }

    /** Visits every token that may follow a state, with the state after it. */
    void walk(ShapeState from, Visitor visitor) {
        walk(0, from, visitor);
    }

    /** The same, of tokens that begin with this byte, which is left out. */
    void walkWithout(byte first, ShapeState from, Visitor visitor) {
        for (int node = 1; node < size; node = ends[node]) {
            if (labels[node] == first) {
                walk(node, from, visitor);
            }
        }
    }

    private void walk(int root, ShapeState from, Visitor visitor) {
        ShapeState[] states = new ShapeState[deepest + 1];
        states[depths[root]] = from;
        for (int node = root + 1; node < ends[root]; ) {
            ShapeState after = states[depths[node] - 1].next(labels[node] & 0xFF);
            if (after == null) {
                node = ends[node];
                continue;
            }
            states[depths[node]] = after;
            for (int token = tokens[node]; token >= 0; token = twins[token]) {
                visitor.found(token, after);
            }
            node++;
        }
    }

    /** The longest token with which a text begins; -1: none. */
    int longest(byte[] text, int from, int to) {
        int best = -1;
        int node = 0;
        for (int i = from; i < to; i++) {
            node = child(node, text[i]);
            if (node < 0) {
                return best;
            }
            best = tokens[node] >= 0 ? tokens[node] : best;
        }
        return best;
    }

    private int child(int node, byte label) {
        for (int child = node + 1; child < ends[node]; child = ends[child]) {
            if (labels[child] == label) {
                return child;
            }
        }
        return -1;
    }

    /** Gives each byte with which some token goes on after a text that it begins with. */
    void continuations(byte[] text, int from, int to, IntConsumer next) {
        int node = 0;
        for (int i = from; i < to && node >= 0; i++) {
            node = child(node, text[i]);
        }
        if (node >= 0) {
            for (int child = node + 1; child < ends[node]; child = ends[child]) {
                next.accept(labels[child] & 0xFF);
            }
        }
    }

    int longestToken() {
        return deepest;
    }
}
