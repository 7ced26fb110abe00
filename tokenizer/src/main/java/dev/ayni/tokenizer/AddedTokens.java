package dev.ayni.tokenizer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tokens that are found in a text as they are written, before it is cut into words: the longest at the first place. */
final class AddedTokens {
    /**
     * One of them.
     *
     * @param special whether it is control, and so only looked for where the caller trusts the text
     * @param takesSpaceBefore whether the white space before it goes with it ("lstrip")
     * @param takesSpaceAfter whether the white space after it goes with it ("rstrip")
     * @param wholeWord whether letters and digits may not touch it
     */
    record Added(
            int id,
            String text,
            boolean special,
            boolean takesSpaceBefore,
            boolean takesSpaceAfter,
            boolean wholeWord) {}

    /** A place in a text where one was found. */
    record Found(int id, int start, int end) {}

    /*
     * A trie; all its edges lie in one open-addressing table, under the node and the character. The characters at which a token may begin are
     * marked, so that most of a text is passed at a glance.
     */
    private long[] edges = new long[64];
    private int[] children = new int[64];
    private int edgeCount;
    private final List<@Nullable Added> ending = new ArrayList<>();
    private final boolean[] begins = new boolean[1 << 16];

    AddedTokens() {
        ending.add(null);
    }

    /** Adds one; gives the one that was already there under the same text, or null. */
    @Nullable
    Added add(Added token) {
        String text = token.text();
        if (text.isEmpty()) {
            return null;
        }
        int node = 0;
        for (int i = 0; i < text.length(); i++) {
            int child = child(node, text.charAt(i));
            if (child == 0) {
                child = ending.size();
                ending.add(null);
                connect(node, text.charAt(i), child);
            }
            node = child;
        }
        begins[text.charAt(0)] = true;
        Added before = ending.get(node);
        ending.set(node, token);
        return before;
    }

    boolean isEmpty() {
        return edgeCount == 0;
    }

    /**
     * The next token in the text from {@code from} to {@code to}, or null.
     *
     * @param special whether control tokens count
     */
    @Nullable
    Found next(char[] text, int from, int to, boolean special) {
        for (int at = from; at < to; at++) {
            if (!begins[text[at]]) {
                continue;
            }
            Added longest = null;
            int end = at;
            int node = 0;
            for (int i = at; i < to; i++) {
                node = child(node, text[i]);
                if (node == 0) {
                    break;
                }
                Added token = ending.get(node);
                if (token != null
                        && (special || !token.special())
                        && !(token.wholeWord() && touchesWord(text, at, i + 1))) {
                    longest = token;
                    end = i + 1;
                }
            }
            if (longest != null) {
                return found(longest, text, at, end, from, to);
            }
        }
        return null;
    }

    /** The child of a node by a character; 0, the root, where there is none. */
    private int child(int node, char c) {
        long edge = edge(node, c);
        for (int slot = slot(edge); edges[slot] != 0; slot = (slot + 1) & (edges.length - 1)) {
            if (edges[slot] == edge) {
                return children[slot];
            }
        }
        return 0;
    }

    private void connect(int node, char c, int child) {
        if (++edgeCount * 2 > edges.length) {
            long[] old = edges;
            int[] oldChildren = children;
            edges = new long[old.length * 2];
            children = new int[old.length * 2];
            for (int i = 0; i < old.length; i++) {
                if (old[i] != 0) {
                    put(old[i], oldChildren[i]);
                }
            }
        }
        put(edge(node, c), child);
    }

    private void put(long edge, int child) {
        int slot = slot(edge);
        while (edges[slot] != 0) {
            slot = (slot + 1) & (edges.length - 1);
        }
        edges[slot] = edge;
        children[slot] = child;
    }

    private static long edge(int node, char c) {
        return (((long) node << 16) | c) + 1;
    }

    private int slot(long edge) {
        return (int) ((edge * 0x9E3779B97F4A7C15L) >>> 40) & (edges.length - 1);
    }

    private static Found found(Added token, char[] text, int at, int end, int from, int to) {
        int start = at;
        if (token.takesSpaceBefore()) {
            while (start > from && (Characters.at(text, start - 1) & Characters.SPACE) != 0) {
                start--;
            }
        }
        int after = token.takesSpaceAfter() ? Characters.run(Characters.SPACE, text, end, to) : end;
        return new Found(token.id(), start, after);
    }

    private static boolean touchesWord(char[] text, int start, int end) {
        return (start > 0 && isWord(Character.codePointBefore(text, start)))
                || (end < text.length && isWord(Character.codePointAt(text, end)));
    }

    /** What Unicode's \w matches. */
    private static boolean isWord(int point) {
        return Character.isAlphabetic(point)
                || switch (Character.getType(point)) {
                    case Character.NON_SPACING_MARK,
                            Character.COMBINING_SPACING_MARK,
                            Character.ENCLOSING_MARK,
                            Character.DECIMAL_DIGIT_NUMBER,
                            Character.CONNECTOR_PUNCTUATION -> true;
                    default -> point == '\u200c' || point == '\u200d';
                };
    }
}
