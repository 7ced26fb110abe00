package dev.ayni.engine.generation;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.engine.shape.CompiledShape;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * How a prompt is continued.
 *
 * @param sampling how tokens are drawn
 * @param limits when it ends; the stop strings are looked for by whoever turns tokens into text
 * @param logProbabilities how many alternatives to report with each token; -1: not even its own log-probability
 * @param breaks the ids of tokens over which {@link Sampling.Dry} lets no sequence go on
 * @param shape what the continuation must look like; null: anything
 * @param begun by token ids: what has to begin with this token where it is drawn, the rest of the continuation being free
 * @param away the prompt from which {@link Sampling.Guidance} leads away; empty where there is no guidance
 */
public record Settings(
        Sampling sampling,
        Limits limits,
        int logProbabilities,
        IntPredicate breaks,
        @Nullable CompiledShape shape,
        Map<Integer, CompiledShape> begun,
        int[] away) {
    public Settings {
        begun = Map.copyOf(begun);
    }

    /** A continuation of any shape, whose sampling has no {@link Sampling.Dry} or whose sequences nothing breaks. */
    public Settings(Sampling sampling, Limits limits, int logProbabilities) {
        this(sampling, limits, logProbabilities, id -> false, null, Map.of(), new int[0]);
    }
}
