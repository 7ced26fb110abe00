package dev.ayni.tokenizer;

/**
 * Byte-pair encoding with a list of merges, as GPT-2 and most models after it: two neighbours merge where the list names
 * them, those named first before the others.
 */
final class PairEncoder extends MergingEncoder {
    private final Pieces pieces;
    private final Merges merges;
    private final Start start;
    private final boolean wholeWordsFirst;
    /** The ids of single bytes, -1 where the vocabulary has none. */
    private final int[] byteIds;

    private final int unknownId;
    private final boolean joinsUnknown;

    /** What a word's first symbols are. */
    enum Start {
        /** Bytes. */
        BYTES,
        /** Bytes, which the pre-tokenizer has already written in {@link ByteAlphabet}. */
        WRITTEN_BYTES,
        /** Characters; those without a token, their bytes. */
        CHARACTERS
    }

    /**
     * @param wholeWordsFirst whether a word that is a token needs no merges to become it ("ignore_merges")
     * @param byteIds the ids of the 256 bytes, -1 where there is none
     * @param unknownId what stands for a character that neither it nor its bytes have a token for, or -1: nothing does
     * @param joinsUnknown whether several such in a row become one id
     */
    PairEncoder(
            Pieces pieces,
            Merges merges,
            Start start,
            boolean wholeWordsFirst,
            int[] byteIds,
            int unknownId,
            boolean joinsUnknown) {
        this.pieces = pieces;
        this.merges = merges;
        this.start = start;
        this.wholeWordsFirst = wholeWordsFirst;
        this.byteIds = byteIds;
        this.unknownId = unknownId;
        this.joinsUnknown = joinsUnknown;
    }

    @Override
    int toBytes(char[] text, int from, int to, byte[] bytes) {
        if (start != Start.WRITTEN_BYTES) {
            return super.toBytes(text, from, to, bytes);
        }
        for (int i = from; i < to; i++) {
            bytes[i - from] = (byte) ByteAlphabet.toByte(text[i]);
        }
        return to - from;
    }

    @Override
    int whole(byte[] word, int length) {
        return wholeWordsFirst ? pieces.find(word, 0, length) : -1;
    }

    @Override
    void begin(Symbols symbols) {
        for (int at = 0; at < symbols.length; ) {
            int after = start == Start.CHARACTERS ? at + utf8Length(symbols.bytes[at]) : at + 1;
            int id = start == Start.CHARACTERS
                    ? pieces.find(symbols.bytes, at, after)
                    : byteIds[symbols.bytes[at] & 0xff];
            if (id < 0 && start == Start.CHARACTERS && haveIds(symbols.bytes, at, after)) {
                for (int i = at; i < after; i++) {
                    symbols.append(byteIds[symbols.bytes[i] & 0xff], i, i + 1);
                }
            } else {
                symbols.append(id, at, after);
            }
            at = after;
        }
    }

    @Override
    void rate(Symbols symbols, int left, int right) {
        long merge = merges.find(symbols.id[left], symbols.id[right]);
        if (merge >= 0) {
            symbols.candidate(left, (int) (merge >> 32), (int) merge);
        }
    }

    @Override
    void finish(Symbols symbols, int symbol, Ids ids) {
        if (symbols.id[symbol] >= 0) {
            ids.add(symbols.id[symbol]);
        } else if (unknownId >= 0) {
            boolean joined = joinsUnknown && symbol > 0 && symbols.id[symbols.previous[symbol]] < 0;
            if (!joined) {
                ids.add(unknownId);
            }
        }
    }

    private boolean haveIds(byte[] text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (byteIds[text[i] & 0xff] < 0) {
                return false;
            }
        }
        return true;
    }

    /** The bytes of a character in well-formed UTF-8, by its first. */
    static int utf8Length(byte first) {
        return first >= 0 ? 1 : (first & 0xff) < 0xe0 ? 2 : (first & 0xff) < 0xf0 ? 3 : 4;
    }

    /** Pairs of ids, each with its rank and what it merges into. */
    static final class Merges {
        private final long[] pairs;
        private final long[] results;
        private final int shift;
        private int count;

        Merges(int expected) {
            int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(Math.max(1, expected)));
            pairs = new long[1 << bits];
            results = new long[1 << bits];
            shift = 64 - bits;
        }

        /** Adds the next merge; the first of two alike counts. At most as many as expected may be added. */
        void add(int left, int right, int into) {
            int rank = count++;
            // The key 0 marks a free place, hence the + 1.
            long key = (((long) left << 32) | right) + 1;
            int slot = slot(key);
            while (pairs[slot] != 0) {
                if (pairs[slot] == key) {
                    return;
                }
                slot = (slot + 1) & (pairs.length - 1);
            }
            pairs[slot] = key;
            results[slot] = ((long) rank << 32) | into;
        }

        /** The rank of the pair in the upper half and what it merges into in the lower; or -1. */
        long find(int left, int right) {
            if ((left | right) < 0) {
                return -1;
            }
            long key = (((long) left << 32) | right) + 1;
            int slot = slot(key);
            while (pairs[slot] != 0) {
                if (pairs[slot] == key) {
                    return results[slot];
                }
                slot = (slot + 1) & (pairs.length - 1);
            }
            return -1;
        }

        private int slot(long key) {
            return (int) (((key ^ (key >>> 32)) * 0x9E3779B97F4A7C15L) >>> shift);
        }
    }
}
