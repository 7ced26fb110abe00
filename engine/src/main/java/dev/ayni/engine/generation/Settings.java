package dev.ayni.engine.generation;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.engine.shape.CompiledShape;
import org.jspecify.annotations.Nullable;

/**
 * How a prompt is continued.
 *
 * @param sampling how tokens are drawn
 * @param limits when it ends; the stop strings are looked for by whoever turns tokens into text
 * @param logProbabilities how many alternatives to report with each token; -1: not even its own log-probability
 * @param shape what the continuation must look like; null: anything
 */
public record Settings(
        Sampling sampling,
        Limits limits,
        int logProbabilities,
        @Nullable CompiledShape shape) {
    /** A continuation of any shape. */
    public Settings(Sampling sampling, Limits limits, int logProbabilities) {
        this(sampling, limits, logProbabilities, null);
    }
}
