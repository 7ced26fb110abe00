package dev.ayni.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Something that says how well each document answers a query. */
public interface Reranker {
    String name();

    /** A score for each document, in their order: the higher, the better; of one query only comparable among themselves. */
    Ranking rank(String query, List<String> documents);

    /**
     * The same scores, made in portions, for whoever may want them no more before all are made.
     *
     * @param wanted asked before each portion
     * @throws CancellationException if they are not wanted any more
     */
    default Ranking rank(String query, List<String> documents, BooleanSupplier wanted) {
        List<Double> scores = new ArrayList<>();
        int[] tokens = {0};
        Portions.forEach(documents, wanted, portion -> {
            Ranking some = rank(query, portion);
            scores.addAll(some.scores());
            tokens[0] += some.tokens();
        });
        return new Ranking(scores, tokens[0]);
    }

    /** @param scores one for each document */
    record Ranking(List<Double> scores, int tokens) {
        public Ranking {
            scores = List.copyOf(scores);
        }
    }
}
