package dev.ayni.engine.generation;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Scheduling;
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
 * @param promptProbabilities whether the prompt's own tokens are reported first, with as many alternatives
 * @param breaks the ids of tokens over which {@link Sampling.Dry} lets no sequence go on
 * @param shape what the continuation must look like; null: anything
 * @param begun by token ids: what has to begin with this token where it is drawn, the rest of the continuation being free
 * @param away the prompt from which {@link Sampling.Guidance} leads away; empty where there is no guidance
 * @param scheduling how the continuation stands beside others
 */
public record Settings(
        Sampling sampling,
        Limits limits,
        int logProbabilities,
        boolean promptProbabilities,
        IntPredicate breaks,
        @Nullable CompiledShape shape,
        Map<Integer, CompiledShape> begun,
        int[] away,
        Scheduling scheduling) {
    public Settings {
        begun = Map.copyOf(begun);
    }

    /** A continuation that stands beside others as usual, and says nothing of its prompt's probabilities. */
    public Settings(
            Sampling sampling,
            Limits limits,
            int logProbabilities,
            IntPredicate breaks,
            @Nullable CompiledShape shape,
            Map<Integer, CompiledShape> begun,
            int[] away) {
        this(sampling, limits, logProbabilities, false, breaks, shape, begun, away, Scheduling.USUAL);
    }

    /** A continuation of any shape, whose sampling has no {@link Sampling.Dry} or whose sequences nothing breaks. */
    public Settings(Sampling sampling, Limits limits, int logProbabilities) {
        this(sampling, limits, logProbabilities, id -> false, null, Map.of(), new int[0]);
    }

    public Settings with(Scheduling other) {
        return new Settings(sampling, limits, logProbabilities, promptProbabilities, breaks, shape, begun, away, other);
    }

    public Settings withPromptProbabilities(boolean wanted) {
        return new Settings(sampling, limits, logProbabilities, wanted, breaks, shape, begun, away, scheduling);
    }
}
