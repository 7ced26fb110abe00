package dev.ayni.engine.shape;

import dev.ayni.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A vocabulary as masks need it: the bytes of its tokens, in two trees. */
final class TokenVocabulary {
    /*
     * Within a long text nearly all tokens are ordinary characters and allowed. They are counted by their length once; only
     * the others are looked at one by one (as in llguidance's slicer).
     */
    /** So many ordinary characters a token may have to be among those that are counted. */
    static final int PLAIN = 32;

    private final Tokenizer tokenizer;
    private final Marks marks;
    private final Set<Integer> ends;
    private final byte[][] bytes;
    private final TokenTrie all;
    private final TokenTrie special;
    private final long[][] plain = new long[PLAIN + 1][];
    private final WritableBytes writable;

    /**
     * @param size how many ids the model knows: at least the tokenizer's
     * @param ends the ids that end an answer
     * @param marks special tokens that shapes may ask for
     */
    TokenVocabulary(Tokenizer tokenizer, int size, Set<Integer> ends, Marks marks) {
        this.tokenizer = tokenizer;
        this.marks = marks;
        this.ends = Set.copyOf(ends);
        bytes = new byte[Math.max(size, tokenizer.size())][];
        BitSet alone = new BitSet();
        List<Integer> known = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        List<List<Integer>> byLength = new ArrayList<>();
        for (int i = 0; i <= PLAIN; i++) {
            byLength.add(new ArrayList<>());
        }
        Map<Integer, Integer> markBytes = marks.byId();
        for (int id = 0; id < bytes.length; id++) {
            boolean counts = id < Math.min(size, tokenizer.size()) && !ends.contains(id);
            bytes[id] = counts ? written(id, tokenizer.bytes(id), markBytes) : new byte[0];
            if (bytes[id].length == 0) {
                continue;
            }
            known.add(id);
            if (bytes[id].length == 1) {
                alone.set(bytes[id][0] & 0xFF);
            }
        }
        writable = new WritableBytes(alone);
        for (int id : known) {
            int length = plainLength(bytes[id]);
            (length >= 0 ? byLength.get(length) : others).add(id);
        }
        all = new TokenTrie(bytes, known);
        special = new TokenTrie(bytes, others);
        long[] mask = new long[words()];
        for (int i = 0; i <= PLAIN; i++) {
            byLength.get(i).forEach(id -> set(mask, id));
            plain[i] = mask.clone();
        }
    }

    /** The bytes that a token writes: a mark its own, which no other token may have. */
    private byte[] written(int id, byte[] piece, Map<Integer, Integer> markBytes) {
        Integer mark = markBytes.get(id);
        if (mark != null) {
            return new byte[] {mark.byteValue()};
        }
        for (byte b : piece) {
            if (marks.has(b & 0xFF)) {
                return new byte[0];
            }
        }
        return piece;
    }

    /** How many ordinary characters a token is made of; -1: it is made of others too, or of more than are counted. */
    private int plainLength(byte[] piece) {
        int length = 0;
        for (int i = 0; i < piece.length; length++) {
            int b = piece[i] & 0xFF;
            int width = b < 0x80 ? 1 : b < 0xC2 || b > 0xF4 ? 0 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
            boolean ordinary =
                    b >= ' ' && b != '"' && b != '\\' && width > 0 && i + width <= piece.length && writable.contains(b);
            for (int j = 1; ordinary && j < width; j++) {
                int c = piece[i + j] & 0xFF;
                int least = j > 1 ? 0x80 : b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
                int most = j > 1 ? 0xBF : b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
                ordinary = c >= least && c <= most && writable.contains(c);
            }
            if (!ordinary) {
                return -1;
            }
            i += width;
        }
        return length <= PLAIN ? length : -1;
    }

    static void set(long[] mask, int id) {
        mask[id >> 6] |= 1L << id;
    }

    /** The length of a mask. */
    int words() {
        return (bytes.length + 63) / 64;
    }

    Set<Integer> ends() {
        return ends;
    }

    byte[] bytes(int id) {
        return bytes[id];
    }

    /** All tokens that stand for text. */
    TokenTrie all() {
        return all;
    }

    /** Those that are not counted as ordinary. */
    TokenTrie special() {
        return special;
    }

    /** The tokens of at most so many ordinary characters; not to be changed. */
    long[] plain(int characters) {
        return plain[characters];
    }

    /** Special tokens that shapes may ask for. */
    Marks marks() {
        return marks;
    }

    /** The bytes that are a token of their own. */
    WritableBytes writable() {
        return writable;
    }

    boolean dropsFirstSpace() {
        return tokenizer.dropsFirstSpace();
    }

    /** The tokens by which a model would write this text; null if it is no whole text, or they would not give it back. */
    int @Nullable [] canonical(byte[] text, boolean first) {
        List<Integer> ids = new ArrayList<>();
        int from = 0;
        for (int at = 0; at <= text.length; at++) {
            boolean mark = at < text.length && marks.has(text[at] & 0xFF);
            if (!mark && at < text.length) {
                continue;
            }
            int[] between = from == at ? new int[0] : unmarked(Arrays.copyOfRange(text, from, at), first && from == 0);
            if (between == null) {
                return null;
            }
            Arrays.stream(between).forEach(ids::add);
            if (mark) {
                ids.add(marks.id(text[at] & 0xFF));
            }
            from = at + 1;
        }
        return ids.stream().mapToInt(id -> id).toArray();
    }

    private int @Nullable [] unmarked(byte[] text, boolean first) {
        String string = new String(text, StandardCharsets.UTF_8);
        int[] ids = tokenizer.encode(string, false);
        int at = 0;
        for (int i = 0; i < ids.length; i++) {
            byte[] piece = ids[i] < bytes.length ? bytes[ids[i]] : new byte[0];
            int skip = i == 0 && first && dropsFirstSpace() && piece.length > 0 && piece[0] == ' ' ? 1 : 0;
            int length = piece.length - skip;
            if (piece.length == 0
                    || at + length > text.length
                    || !Arrays.equals(piece, skip, piece.length, text, at, at + length)) {
                return null;
            }
            at += length;
        }
        return at == text.length ? ids : null;
    }
}
