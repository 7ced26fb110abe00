package dev.ayni.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes that each token id stands for, and the way back from bytes to the id. */
final class Pieces {
    /*
     * All bytes lie in one array. The way back is an open-addressing table of ids under a polynomial hash: the hash of
     * two neighbours joined follows from their own, so that merging never builds a string to look it up.
     */
    private static final long BASE = 0x5851F42D4C957F2DL;

    private static final int LONGEST = 1 << 16;

    private final int[] starts;
    private byte[] bytes;
    private final int[] slots;
    private final int shift;
    private int size;
    private int longest;

    Pieces(int count) {
        starts = new int[count + 1];
        bytes = new byte[Math.max(64, count * 8)];
        int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(Math.max(1, count)));
        slots = new int[1 << bits];
        shift = 64 - bits;
    }

    /** Gives the next id its bytes. */
    void append(byte[] piece, int length) {
        if (length > LONGEST) {
            throw new TokenizerException(
                    "Token %d is %d bytes long; no published token is over %d. Check that the file is whole and holds a vocabulary."
                            .formatted(size, length, LONGEST));
        }
        if (starts[size] > Integer.MAX_VALUE - 8 - length) {
            throw new TokenizerException(
                    "The vocabulary's tokens hold more than 2 GB of text; no published vocabulary is near that. Check the file.");
        }
        int start = starts[size];
        if (start + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, (start + length) * 2L));
        }
        System.arraycopy(piece, 0, bytes, start, length);
        starts[++size] = start + length;
    }

    void append(String piece) {
        byte[] utf8 = piece.getBytes(StandardCharsets.UTF_8);
        append(utf8, utf8.length);
    }

    /** Makes the bytes of this id findable; gives the id that already has the same bytes, or -1. */
    int index(int id) {
        int from = starts[id];
        int to = starts[id + 1];
        longest = Math.max(longest, to - from);
        int slot = slot(hash(bytes, from, to));
        while (slots[slot] != 0) {
            int other = slots[slot] - 1;
            if (Arrays.equals(bytes, from, to, bytes, starts[other], starts[other + 1])) {
                return other;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        slots[slot] = id + 1;
        return -1;
    }

    /** The id of these bytes, whose hash the caller knows, or -1. */
    int find(byte[] text, int from, int to, long hash) {
        if (to - from > longest) {
            return -1;
        }
        int slot = slot(hash);
        while (slots[slot] != 0) {
            int id = slots[slot] - 1;
            if (Arrays.equals(text, from, to, bytes, starts[id], starts[id + 1])) {
                return id;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return -1;
    }

    int find(byte[] text, int from, int to) {
        return find(text, from, to, hash(text, from, to));
    }

    int find(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return find(utf8, 0, utf8.length);
    }

    static long hash(byte[] text, int from, int to) {
        long hash = 0;
        for (int i = from; i < to; i++) {
            hash = next(hash, text[i]);
        }
        return hash;
    }

    /** The hash of a text with one more byte; zero bytes count. */
    static long next(long hash, byte b) {
        return hash * BASE + (b & 0xff) + 1;
    }

    /** The powers of the hash's base up to the longest piece's length, for {@link #hash(long[], long[], int, int)}. */
    long[] powers() {
        long[] powers = new long[longest + 1];
        powers[0] = 1;
        for (int i = 1; i <= longest; i++) {
            powers[i] = powers[i - 1] * BASE;
        }
        return powers;
    }

    /** The hash of a part of a text, from the hashes of the text's beginnings. */
    static long hash(long[] beginnings, long[] powers, int from, int to) {
        return beginnings[to] - beginnings[from] * powers[to - from];
    }

    /** The length of the longest piece that can be found, in bytes. */
    int longest() {
        return longest;
    }

    int start(int id) {
        return starts[id];
    }

    int end(int id) {
        return starts[id + 1];
    }

    /** The bytes of all ids; those of one lie from {@link #start} to {@link #end}. */
    byte[] bytes() {
        return bytes;
    }

    private int slot(long hash) {
        return (int) (((hash ^ (hash >>> 29)) * 0x9E3779B97F4A7C15L) >>> shift);
    }
}
