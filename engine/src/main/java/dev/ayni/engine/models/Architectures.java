package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels;
import java.util.List;
import java.util.stream.Collectors;

/** All families that this engine computes. */
public final class Architectures {
    private static final List<Architecture> ALL = List.of(
            new Llama(),
            new Mistral(),
            new Mixtral(),
            new Gemma3(),
            new Gemma2(),
            new Qwen2(),
            new Qwen3(),
            new Qwen3Moe(),
            new Llama4(),
            new GptOss(),
            new DeepSeek(),
            new Phi3(),
            new Gpt2(),
            new Opt(),
            new Bloom(),
            new MuseGlimmer());

    private Architectures() {}

    /** The names of all families. */
    public static List<String> names() {
        return ALL.stream().map(Architecture::name).toList();
    }

    /**
     * The family of a model.
     *
     * @throws WeightsException if it is none of those that this engine computes
     */
    public static Architecture of(Metadata metadata) {
        String name = switch (metadata.dialect()) {
            case GGUF -> metadata.text("general.architecture");
            case HUGGING_FACE -> metadata.text("model_type");
        };
        if (Encoders.knows(metadata)) {
            throw new WeightsException(
                    "%s is an encoder (%s): it turns texts into vectors and writes none. See them with `ayni encode MODEL TEXT`, or choose another model to write; `ayni models` lists some."
                            .formatted(metadata.source(), name));
        }
        // a vision model's text half is the family of that name
        String family = plain(name.endsWith("_text") ? name.substring(0, name.length() - "_text".length()) : name);
        return ALL.stream()
                .filter(architecture -> plain(architecture.name()).equals(family)
                        || architecture.otherNames().stream()
                                .anyMatch(other -> plain(other).equals(family)))
                .findFirst()
                .orElseThrow(() -> new WeightsException(
                        "%s is a model of the family '%s', which this version does not compute. It computes: %s. Choose a model of one of these; `ayni models` lists some."
                                .formatted(
                                        metadata.source(),
                                        name,
                                        ALL.stream().map(Architecture::name).collect(Collectors.joining(", ")))));
    }

    /** A family's name without what joins its words: GGUF writes "muse-glimmer", config.json "muse_glimmer". */
    private static String plain(String name) {
        return name.replace("-", "").replace("_", "");
    }

    /**
     * Opens a model as {@link #build(Weights, Kernels, CacheType)} does, which chooses itself how it remembers.
     *
     * @param weights must stay open as long as the model
     * @throws WeightsException if a weight is missing or has another shape; the letter names it
     */
    public static Model build(Weights weights, Kernels kernels) {
        return build(weights, kernels, CacheType.AUTO);
    }

    /**
     * Opens a model: reads its sizes, checks every weight's shape, places the weights.
     *
     * @param weights must stay open as long as the model
     * @param cache how keys and values are kept
     * @throws WeightsException if a weight is missing or has another shape, or if keys and values cannot be kept so; the
     *     letter says which
     */
    public static Model build(Weights weights, Kernels kernels, CacheType cache) {
        Architecture architecture = of(weights.metadata());
        ModelSpec spec = architecture.spec(weights.metadata());
        PlacedWeights placed = new PlacedWeights(weights, kernels, architecture.names());
        placed.check(architecture.weights(spec));
        return architecture.build(spec, placed, cache);
    }
}
