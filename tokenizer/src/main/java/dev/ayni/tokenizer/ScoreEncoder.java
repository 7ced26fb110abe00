package dev.ayni.tokenizer;

import java.util.HashMap;

/**
 * Byte-pair encoding without a list of merges: two neighbours merge where their text joined is a token, the one with the
 * highest score first. So SentencePiece's BPE (bpe_model.cc) with scores, over characters; and tiktoken, over bytes, where
 * a lower rank is a higher score.
 */
final class ScoreEncoder extends MergingEncoder {
    private final Pieces pieces;
    private final boolean overBytes;
    /** For each id, smaller for a higher score. */
    private final int[] priorities;
    /** For each id, whether it may take part in merges but not come out of them; empty where none is so. */
    private final boolean[] unused;

    private final int[] byteIds;
    private final int unknownId;
    private final long[] powers;

    /**
     * @param overBytes whether the first symbols are bytes, not characters
     * @param byteIds the ids of the 256 bytes, -1 where there is none
     */
    ScoreEncoder(Pieces pieces, boolean overBytes, int[] priorities, boolean[] unused, int[] byteIds, int unknownId) {
        this.pieces = pieces;
        this.overBytes = overBytes;
        this.priorities = priorities;
        this.unused = unused;
        this.byteIds = byteIds;
        this.unknownId = unknownId;
        powers = pieces.powers();
    }

    /** A priority that orders as scores do, the highest first. */
    static int priority(float score) {
        int bits = Float.floatToIntBits(score + 0f);
        int ascending = bits >= 0 ? bits : Integer.MIN_VALUE - bits;
        return Math.min(-ascending, Integer.MAX_VALUE - 1);
    }

    @Override
    int whole(byte[] word, int length) {
        return overBytes ? pieces.find(word, 0, length) : -1; // as tiktoken, before any merge
    }

    @Override
    void begin(Symbols symbols) {
        long[] hashes = new long[symbols.length + 1];
        for (int i = 0; i < symbols.length; i++) {
            hashes[i + 1] = Pieces.next(hashes[i], symbols.bytes[i]);
        }
        symbols.hashes = hashes;
        if (unused.length > 0) {
            symbols.partings = new HashMap<>();
        }
        for (int at = 0; at < symbols.length; ) {
            int after = overBytes ? at + 1 : at + PairEncoder.utf8Length(symbols.bytes[at]);
            symbols.append(find(symbols, at, after), at, after);
            at = after;
        }
    }

    @Override
    void rate(Symbols symbols, int left, int right) {
        int id = find(symbols, symbols.start[left], symbols.end[right]);
        if (id >= 0) {
            symbols.candidate(left, priorities[id], id);
            if (isUnused(id)) {
                symbols.partings.put(id, symbols.end[left] - symbols.start[left]);
            }
        }
    }

    @Override
    void finish(Symbols symbols, int symbol, Ids ids) {
        if (!isUnknown(symbols, symbol)) {
            add(symbols, symbols.id[symbol], symbols.start[symbol], symbols.end[symbol], ids);
        } else if (unknownId >= 0 && !(symbol > 0 && isUnknown(symbols, symbols.previous[symbol]))) {
            ids.add(unknownId); // one for all unknown characters in a row
        }
    }

    /** A token that is marked unused is parted again into what it was merged from. */
    private void add(Symbols symbols, int id, int start, int end, Ids ids) {
        Integer parting = isUnused(id) ? symbols.partings.get(id) : null;
        if (parting != null) {
            int middle = start + parting;
            add(symbols, find(symbols, start, middle), start, middle, ids);
            add(symbols, find(symbols, middle, end), middle, end, ids);
        } else if (id >= 0) {
            ids.add(id);
        } else {
            for (int i = start; i < end; i++) {
                if (byteIds[symbols.bytes[i] & 0xff] >= 0) {
                    ids.add(byteIds[symbols.bytes[i] & 0xff]);
                }
            }
        }
    }

    private boolean isUnknown(Symbols symbols, int symbol) {
        return symbols.id[symbol] < 0 && !haveIds(symbols.bytes, symbols.start[symbol], symbols.end[symbol]);
    }

    private boolean isUnused(int id) {
        return id >= 0 && unused.length > 0 && unused[id];
    }

    private int find(Symbols symbols, int from, int to) {
        if (to - from > pieces.longest()) {
            return -1;
        }
        return pieces.find(symbols.bytes, from, to, Pieces.hash(symbols.hashes, powers, from, to));
    }

    private boolean haveIds(byte[] text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (byteIds[text[i] & 0xff] < 0) {
                return false;
            }
        }
        return true;
    }
}
