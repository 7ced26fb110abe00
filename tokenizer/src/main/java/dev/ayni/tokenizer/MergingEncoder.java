package dev.ayni.tokenizer;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a word by merging neighbours, the best pair first and of equals the leftmost, until no pair merges. What merges
 * and how well is the subclass's to say.
 */
abstract class MergingEncoder implements WordEncoder {
    /*
     * Short words look for their best pair from left to right, long ones keep a heap, so that a megabyte without a space
     * takes n log n. Words that come often are remembered: a table of fixed size whose newest entry wins. Its entries
     * are immutable, so threads may race for a place without harm.
     */
    private static final int LONGEST_SCANNED = 24;

    private static final int LONGEST_REMEMBERED = 48;
    private static final int REMEMBERED = 1 << 15;

    private final @Nullable Remembered[] memory = new @Nullable Remembered[REMEMBERED];

    private record Remembered(char[] word, int[] ids) {}

    @Override
    public final void encode(char[] text, int from, int to, Ids ids) {
        if (to - from > LONGEST_REMEMBERED) {
            merge(text, from, to, ids);
            return;
        }
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text[i];
        }
        int place = (hash * 0x9E3779B9) >>> 17;
        Remembered known = memory[place];
        if (known != null && Arrays.equals(known.word, 0, known.word.length, text, from, to)) {
            ids.add(known.ids);
            return;
        }
        int start = ids.size();
        merge(text, from, to, ids);
        memory[place] = new Remembered(Arrays.copyOfRange(text, from, to), ids.from(start));
    }

    /** The word's bytes; gives how many. {@code bytes} has room for three times the characters. */
    int toBytes(char[] text, int from, int to, byte[] bytes) {
        return Characters.utf8(text, from, to, bytes);
    }

    /** The id of a word that needs no merging, or -1. */
    abstract int whole(byte[] word, int length);

    /** Appends the first symbols of a word. */
    abstract void begin(Symbols symbols);

    /** Sets how well two neighbours merge, and into what, by {@link Symbols#candidate}; or nothing where they do not. */
    abstract void rate(Symbols symbols, int left, int right);

    /** Adds the ids of a symbol that merges no further; called from left to right. */
    abstract void finish(Symbols symbols, int symbol, Ids ids);

    private void merge(char[] text, int from, int to, Ids ids) {
        byte[] bytes = new byte[Math.multiplyExact(to - from, 3)];
        int length = toBytes(text, from, to, bytes);
        int whole = whole(bytes, length);
        if (whole >= 0) {
            ids.add(whole);
            return;
        }
        Symbols symbols = new Symbols(bytes, length);
        begin(symbols);
        for (int i = 0; i + 1 < symbols.count; i++) {
            rate(symbols, i, i + 1);
        }
        if (symbols.count <= LONGEST_SCANNED) {
            mergeByScanning(symbols);
        } else {
            mergeByHeap(symbols);
        }
        for (int i = 0; i >= 0; i = symbols.next[i]) {
            finish(symbols, i, ids);
        }
    }

    private void mergeByScanning(Symbols symbols) {
        while (true) {
            int best = -1;
            int priority = Integer.MAX_VALUE;
            for (int i = 0; i >= 0; i = symbols.next[i]) {
                if (symbols.priority[i] < priority) {
                    best = i;
                    priority = symbols.priority[i];
                }
            }
            if (best < 0) {
                return;
            }
            join(symbols, best);
        }
    }

    private void mergeByHeap(Symbols symbols) {
        LongHeap heap = new LongHeap(symbols.count);
        for (int i = 0; i + 1 < symbols.count; i++) {
            push(symbols, i, heap);
        }
        while (!heap.isEmpty()) {
            long top = heap.poll();
            int left = (int) top;
            // An entry is stale where its symbol went into another or rates otherwise by now.
            if (symbols.priority[left] != (int) (top >> 32)) {
                continue;
            }
            join(symbols, left);
            push(symbols, left, heap);
            if (symbols.previous[left] >= 0) {
                push(symbols, symbols.previous[left], heap);
            }
        }
    }

    private static void push(Symbols symbols, int left, LongHeap heap) {
        if (symbols.priority[left] != Integer.MAX_VALUE) {
            heap.add(((long) symbols.priority[left] << 32) | left);
        }
    }

    private void join(Symbols symbols, int left) {
        int right = symbols.next[left];
        int after = symbols.next[right];
        symbols.id[left] = symbols.merged[left];
        symbols.next[left] = after;
        symbols.end[left] = symbols.end[right];
        symbols.none(right);
        symbols.none(left);
        if (after >= 0) {
            symbols.previous[after] = left;
            rate(symbols, left, after);
        }
        int before = symbols.previous[left];
        if (before >= 0) {
            symbols.none(before);
            rate(symbols, before, left);
        }
    }

    /** The symbols of one word: a chain of ids, each over a range of the word's bytes. */
    static final class Symbols {
        final byte[] bytes;
        final int length;
        /** The hash of each beginning of the word, where an encoder wants it. */
        long[] hashes = {};
        /** Where a merged symbol of this id was joined, in bytes from its start, where an encoder wants it. */
        Map<Integer, Integer> partings = Map.of();

        int count;
        final int[] id;
        final int[] start;
        final int[] end;
        final int[] previous;
        final int[] next;
        /** How well a symbol merges with the next: the smallest first, {@link Integer#MAX_VALUE} never. */
        final int[] priority;
        /** What a symbol and the next merge into. */
        final int[] merged;

        Symbols(byte[] bytes, int length) {
            this.bytes = bytes;
            this.length = length;
            id = new int[length];
            start = new int[length];
            end = new int[length];
            previous = new int[length];
            next = new int[length];
            priority = new int[length];
            merged = new int[length];
        }

        /** Appends a symbol over the next bytes, {@code id} -1 where the vocabulary has none for it. */
        void append(int symbol, int from, int to) {
            id[count] = symbol;
            start[count] = from;
            end[count] = to;
            previous[count] = count - 1;
            next[count] = -1;
            if (count > 0) {
                next[count - 1] = count;
            }
            none(count++);
        }

        void none(int left) {
            priority[left] = Integer.MAX_VALUE;
        }

        void candidate(int left, int rank, int into) {
            priority[left] = rank;
            merged[left] = into;
        }
    }

    /** A heap of longs, the smallest on top. */
    private static final class LongHeap {
        private long[] values;
        private int size;

        LongHeap(int expected) {
            values = new long[Math.max(16, expected)];
        }

        boolean isEmpty() {
            return size == 0;
        }

        void add(long value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            int at = size++;
            while (at > 0) {
                int parent = (at - 1) / 2;
                if (values[parent] <= value) {
                    break;
                }
                values[at] = values[parent];
                at = parent;
            }
            values[at] = value;
        }

        long poll() {
            long top = values[0];
            long last = values[--size];
            int at = 0;
            while (true) {
                int child = 2 * at + 1;
                if (child >= size) {
                    break;
                }
                if (child + 1 < size && values[child + 1] < values[child]) {
                    child++;
                }
                if (values[child] >= last) {
                    break;
                }
                values[at] = values[child];
                at = child;
            }
            values[at] = last;
            return top;
        }
    }
}
