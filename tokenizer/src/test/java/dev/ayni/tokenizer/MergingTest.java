package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** The encoders beside merging as it is defined: look at all pairs, join the best, begin again. */
final class MergingTest {
    @RepeatedTest(20)
    void pairsMergeByRankFromTheLeft(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<String> tokens = new ArrayList<>(List.of("a", "b", "c"));
        Set<String> known = new HashSet<>(tokens);
        List<List<String>> merges = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String left = tokens.get(random.nextInt(tokens.size()));
            String right = tokens.get(random.nextInt(tokens.size()));
            if ((left + right).length() < 12 && !merges.contains(List.of(left, right))) {
                merges.add(List.of(left, right));
                if (known.add(left + right)) {
                    tokens.add(left + right);
                }
            }
        }
        Pieces pieces = pieces(tokens);
        MergeReader reader = new MergeReader(pieces, false, merges.size(), "test");
        merges.forEach(merge -> reader.add(merge.get(0), merge.get(1)));
        PairEncoder encoder =
                new PairEncoder(pieces, reader.merges(), PairEncoder.Start.BYTES, false, byteIds(pieces), -1, false);
        for (int i = 0; i < 200; i++) {
            String word = word(random, 1 + random.nextInt(i % 10 == 0 ? 400 : 40));
            List<String> expected = slowly(word, (left, right) -> {
                int rank = merges.indexOf(List.of(left, right));
                return rank < 0 ? Double.POSITIVE_INFINITY : rank;
            });
            assertThat(encode(encoder, word, tokens)).as(word).isEqualTo(expected);
        }
    }

    @RepeatedTest(20)
    void scoredTokensMergeByScoreFromTheLeft(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<String> tokens = new ArrayList<>(List.of("a", "b", "c"));
        while (tokens.size() < 60) {
            String token = word(random, 2 + random.nextInt(6));
            if (!tokens.contains(token)) {
                tokens.add(token);
            }
        }
        Map<String, Float> scores = new HashMap<>();
        int[] priorities = new int[tokens.size()];
        for (int id = 0; id < priorities.length; id++) {
            float score = random.nextInt(20) - 15 + 0.5f;
            scores.put(tokens.get(id), score);
            priorities[id] = ScoreEncoder.priority(score);
        }
        Pieces pieces = pieces(tokens);
        ScoreEncoder encoder = new ScoreEncoder(pieces, false, priorities, new boolean[0], byteIds(pieces), -1);
        for (int i = 0; i < 200; i++) {
            String word = word(random, 1 + random.nextInt(i % 10 == 0 ? 400 : 40));
            List<String> expected = slowly(word, (left, right) -> {
                Float score = scores.get(left + right);
                return score == null ? Double.POSITIVE_INFINITY : -score;
            });
            assertThat(encode(encoder, word, tokens)).as(word).isEqualTo(expected);
        }
    }

    private interface Rank {
        double of(String left, String right);
    }

    private static List<String> slowly(String word, Rank rank) {
        List<String> symbols = new ArrayList<>(Arrays.asList(word.split("")));
        while (true) {
            int best = -1;
            double bestRank = Double.POSITIVE_INFINITY;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                double of = rank.of(symbols.get(i), symbols.get(i + 1));
                if (of < bestRank) {
                    best = i;
                    bestRank = of;
                }
            }
            if (best < 0) {
                return symbols;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }

    private static List<String> encode(WordEncoder encoder, String word, List<String> tokens) {
        Ids ids = new Ids();
        encoder.encode(word.toCharArray(), 0, word.length(), ids);
        Ids again = new Ids(); // what is remembered of a word is the same
        encoder.encode(word.toCharArray(), 0, word.length(), again);
        assertThat(again.from(0)).isEqualTo(ids.from(0));
        return Arrays.stream(ids.from(0)).mapToObj(tokens::get).toList();
    }

    private static String word(Random random, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(3)));
        }
        return word.toString();
    }

    private static Pieces pieces(List<String> tokens) {
        Pieces pieces = new Pieces(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            byte[] bytes = tokens.get(id).getBytes(StandardCharsets.UTF_8);
            pieces.append(bytes, bytes.length);
            pieces.index(id);
        }
        return pieces;
    }

    private static int[] byteIds(Pieces pieces) {
        int[] ids = new int[256];
        for (int b = 0; b < 256; b++) {
            ids[b] = pieces.find(new byte[] {(byte) b}, 0, 1);
        }
        return ids;
    }
}
