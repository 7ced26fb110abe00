package dev.ayni.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Something that turns texts into vectors, near each other where the texts mean the like. */
public interface Embedder {
    String name();

    /** How many numbers a vector has. */
    int width();

    /** The vector of each text, of length 1, and what reading them took. */
    Embeddings embed(List<String> texts);

    /**
     * The same, by a model that takes turns; what earlier requests have read is never used again.
     *
     * @param scheduling how this stands beside other requests; passed over where nobody takes turns
     */
    default Embeddings embed(List<String> texts, Scheduling scheduling) {
        return embed(texts);
    }

    /**
     * The same vectors, made in portions, for whoever may want them no more before all are made.
     *
     * @param wanted asked before each portion
     * @throws CancellationException if they are not wanted any more
     */
    default Embeddings embed(List<String> texts, Scheduling scheduling, BooleanSupplier wanted) {
        List<float[]> vectors = new ArrayList<>();
        int[] tokens = {0};
        Portions.forEach(texts, wanted, portion -> {
            Embeddings some = embed(portion, scheduling);
            vectors.addAll(some.vectors());
            tokens[0] += some.tokens();
        });
        return new Embeddings(vectors, tokens[0]);
    }

    /**
     * How many layers can be seen by {@link #layers}; 0 where none can.
     */
    default int layerCount() {
        return 0;
    }

    /**
     * What stands for each text inside the model, pooled over its tokens: what classifiers judge by.
     *
     * @param layers which layers, ascending: 0 is what enters the first, {@link #layerCount} what leaves the last
     * @return for each text and each of these layers [2D]: the mean of its tokens, then the largest number of each column,
     *     as the model computes them, of no particular length
     * @throws UnsupportedOperationException if this embedder shows no layers
     */
    default List<float[][]> layers(List<String> texts, int[] layers) {
        throw new UnsupportedOperationException(
                "%s shows no layers of its own, only vectors. Use an encoder such as minilm.".formatted(name()));
    }

    /** @param vectors one for each text, in their order */
    record Embeddings(List<float[]> vectors, int tokens) {
        public Embeddings {
            vectors = List.copyOf(vectors);
        }
    }
}
