package dev.ayni.chat;

import java.util.List;

/** Something that turns texts into vectors, near each other where the texts mean the like. */
public interface Embedder {
    String name();

    /** How many numbers a vector has. */
    int width();

    /** The vector of each text, of length 1, and what reading them took. */
    Embeddings embed(List<String> texts);

    /** @param vectors one for each text, in their order */
    record Embeddings(List<float[]> vectors, int tokens) {
        public Embeddings {
            vectors = List.copyOf(vectors);
        }
    }
}
