package dev.ayni.chat;

import java.util.List;

/** Something that says how well each document answers a query. */
public interface Reranker {
    String name();

    /** A score for each document, in their order: the higher, the better; of one query only comparable among themselves. */
    Ranking rank(String query, List<String> documents);

    /** @param scores one for each document */
    record Ranking(List<Double> scores, int tokens) {
        public Ranking {
            scores = List.copyOf(scores);
        }
    }
}
