package dev.ayni.tokenizer;

import java.util.Arrays;

/**
 * The most probable way to make a word of tokens, each with a probability of its own (Kudo: Subword Regularization, 2018),
 * as SentencePiece's Unigram and Hugging Face's find it.
 */
final class UnigramEncoder implements WordEncoder {
    /** How much less probable than the least probable token a character is that no token holds, in logarithms. */
    private static final double UNKNOWN_PENALTY = 10;

    private static final int UNKNOWN = -1;

    private final Pieces pieces;
    private final double[] scores;
    private final boolean inFloats;
    private final double unknownScore;
    private final int[] byteIds;
    private final int unknownId;

    /**
     * @param pieces in which the tokens can be found that words are made of
     * @param scores the logarithm of each id's probability
     * @param least the smallest score of a token that words are made of
     * @param inFloats whether scores are added up in 32 bits, as SentencePiece does
     * @param byteIds the ids of the 256 bytes, which stand for what no token holds; -1 where there is none
     * @param unknownId stands for it otherwise; -1: nothing does
     */
    UnigramEncoder(Pieces pieces, double[] scores, double least, boolean inFloats, int[] byteIds, int unknownId) {
        this.pieces = pieces;
        this.scores = scores;
        this.inFloats = inFloats;
        this.unknownScore = inFloats ? (float) (least - UNKNOWN_PENALTY) : least - UNKNOWN_PENALTY;
        this.byteIds = byteIds;
        this.unknownId = unknownId;
    }

    /** The best way to each place between two bytes of a word. */
    private final class Ways {
        final double[] score;
        final int[] start;
        final int[] token;

        Ways(int length) {
            score = new double[length + 1];
            start = new int[length + 1];
            token = new int[length + 1];
            Arrays.fill(start, -1);
        }

        /** Of two that are as good, the one with the longer last token stays. */
        void offer(int from, int to, int id, double more) {
            double sum = inFloats ? (float) (score[from] + more) : score[from] + more;
            if (start[to] < 0 || sum > score[to]) {
                score[to] = sum;
                start[to] = from;
                token[to] = id;
            }
        }
    }

    @Override
    public void encode(char[] text, int from, int to, Ids ids) {
        byte[] word = new byte[Math.multiplyExact(to - from, 3)];
        int length = Characters.utf8(text, from, to, word);
        Ways ways = new Ways(length);
        for (int start = 0; start < length; ) {
            int next = start + PairEncoder.utf8Length(word[start]);
            boolean alone = false;
            long hash = 0;
            for (int end = start; end < length; ) {
                int after = end + PairEncoder.utf8Length(word[end]);
                if (after - start > pieces.longest()) {
                    break;
                }
                for (; end < after; end++) {
                    hash = Pieces.next(hash, word[end]);
                }
                int id = pieces.find(word, start, end, hash);
                if (id >= 0) {
                    ways.offer(start, end, id, scores[id]);
                    alone |= end == next;
                }
            }
            if (!alone) {
                ways.offer(start, next, UNKNOWN, unknownScore);
            }
            start = next;
        }
        add(word, length, ways, ids);
    }

    private void add(byte[] word, int length, Ways ways, Ids ids) {
        int count = 0;
        for (int end = length; end > 0; end = ways.start[end]) {
            count++;
        }
        int[] ends = new int[count];
        for (int end = length; end > 0; end = ways.start[end]) {
            ends[--count] = end;
        }
        int unknownFrom = -1;
        for (int end : ends) {
            if (ways.token[end] == UNKNOWN) {
                unknownFrom = unknownFrom < 0 ? ways.start[end] : unknownFrom;
                continue;
            }
            if (unknownFrom >= 0) {
                addUnknown(word, unknownFrom, ways.start[end], ids);
                unknownFrom = -1;
            }
            ids.add(ways.token[end]);
        }
        if (unknownFrom >= 0) {
            addUnknown(word, unknownFrom, length, ids);
        }
    }

    /** Characters in a row that no token holds: their bytes, or one token for all of them. */
    private void addUnknown(byte[] word, int from, int to, Ids ids) {
        boolean known = true;
        for (int i = from; i < to; i++) {
            known &= byteIds[word[i] & 0xff] >= 0;
        }
        if (!known) {
            if (unknownId >= 0) {
                ids.add(unknownId);
            }
            return;
        }
        for (int i = from; i < to; i++) {
            ids.add(byteIds[word[i] & 0xff]);
        }
    }
}
