package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels;
import java.util.List;
import java.util.Optional;

/** All families of encoders that this engine computes. */
public final class Encoders {
    private static final List<EncoderFamily> ALL =
            List.of(new Bert(), new XlmRoberta("xlm-roberta"), new XlmRoberta("roberta"), new ModernBert());

    private Encoders() {}

    /** The names of all families. */
    public static List<String> names() {
        return ALL.stream().map(EncoderFamily::name).toList();
    }

    /** Whether a model is of one of these families: it reads texts and writes none. */
    public static boolean knows(Metadata metadata) {
        return of(metadata).isPresent();
    }

    private static Optional<EncoderFamily> of(Metadata metadata) {
        boolean gguf = metadata.dialect() == Metadata.Dialect.GGUF;
        String name = metadata.optionalText(gguf ? "general.architecture" : "model_type")
                .orElse("");
        return ALL.stream()
                .filter(family -> (gguf ? family.ggufName() : family.name()).equals(name))
                .findFirst();
    }

    /**
     * The sizes of an encoder.
     *
     * @throws WeightsException if it is of another family, or says of itself what this version does not compute
     */
    public static EncoderSpec spec(Weights weights) {
        return family(weights).spec(weights);
    }

    private static EncoderFamily family(Weights weights) {
        return of(weights.metadata())
                .orElseThrow(() -> new WeightsException(
                        "%s is no encoder that this version computes. It computes: %s. Choose a model of one of these; `ayni models` lists some."
                                .formatted(weights.metadata().source(), String.join(", ", names()))));
    }

    /**
     * Opens an encoder: reads its sizes, checks every weight's shape, places the weights.
     *
     * @param weights must stay open as long as the encoder
     * @throws WeightsException if it is of another family, or if a weight is missing or has another shape; the letter names it
     */
    public static Encoder build(Weights weights, Kernels kernels) {
        EncoderFamily family = family(weights);
        EncoderSpec spec = family.spec(weights);
        PlacedWeights placed = new PlacedWeights(weights, kernels, family.names());
        placed.check(family.weights(spec));
        return family.build(spec, placed);
    }
}
