package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.Check;
import dev.ayni.guard.classifiers.ClassifierCheck.Kind;
import org.jspecify.annotations.Nullable;

/** The classifiers of some weights, opened: their checks share what they see of a text, so that an encoder reads it once. */
public final class Classifiers {
    private final Seen seen;

    /**
     * Opens classifiers.
     *
     * @param encoder minilm; null: the classifiers judge by n-grams and counts alone, and err more often, as the card says
     * @throws IllegalArgumentException if the encoder is none that these weights can be used with
     */
    public Classifiers(GuardWeights weights, @Nullable Embedder encoder) {
        int layers = GuardWeights.LAYERS[GuardWeights.LAYERS.length - 1];
        if (encoder != null && encoder.layerCount() != layers) {
            throw new IllegalArgumentException(
                    "The guard's classifiers judge by %d layers of minilm, and %s shows %d. Get it with: ayni pull minilm"
                            .formatted(layers, encoder.name(), encoder.layerCount()));
        }
        seen = new Seen(weights, encoder);
    }

    /** Whether an encoder reads with them. */
    public boolean hasEncoder() {
        return seen.hasEncoder();
    }

    /**
     * A check.
     *
     * @param leastScore findings below it are not made; 0.5 is the threshold chosen when a classifier was made, 0 tells all
     */
    public Check check(Kind kind, double leastScore) {
        return new ClassifierCheck(kind, seen, leastScore);
    }

    /**
     * A category of one's own, learned from 5 to 50 examples.
     *
     * @throws IllegalArgumentException if there are too few
     * @throws IllegalStateException if there is no encoder
     */
    public FewExamples learned(FewExamples.Examples examples) {
        if (!seen.hasEncoder()) {
            throw new IllegalStateException(
                    "Categories of few examples need the encoder, and there is none. Get it with: ayni pull minilm");
        }
        return FewExamples.learned(examples, seen);
    }
}
