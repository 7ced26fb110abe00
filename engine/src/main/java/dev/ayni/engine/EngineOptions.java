package dev.ayni.engine;

import dev.ayni.engine.generation.Capacity;
import dev.ayni.engine.machine.Machine;
import dev.ayni.engine.models.CacheType;
import java.util.function.Consumer;

/**
 * How a model is to be computed.
 *
 * @param kernels "auto" for the fastest that works here, or the name of a set: foreign, vector, portable, reference
 * @param threads how many threads compute; 0: one for each core that this program may use
 * @param context how many tokens a conversation may have; 0: as many as the model was trained for, at most 8192
 * @param draft how tokens are guessed so that several are checked at once, which changes no answer: {@link #LOOKUP},
 *     {@link #NO_DRAFT}, or the path of a smaller model with the same tokens
 * @param cache how keys and values are kept: less memory, or more exactly
 * @param capacity how much memory all conversations may take together, how many go on side by side, and how many may wait
 * @param aloud is told what was chosen and why, a line at a time
 */
public record EngineOptions(
        String kernels,
        int threads,
        int context,
        String draft,
        CacheType cache,
        Capacity capacity,
        Consumer<String> aloud) {
    /** Guesses come from the text itself; where they do not pay, none are made. */
    public static final String LOOKUP = "lookup";

    /** No guesses. */
    public static final String NO_DRAFT = "off";

    /** The longest context that is chosen without being asked for. */
    public static final int USUAL_CONTEXT = 8192;

    /** The fastest kernels, all cores, the usual context, in silence. */
    public static EngineOptions defaults() {
        return new EngineOptions("auto", 0, 0, LOOKUP, CacheType.AUTO, line -> {});
    }

    /** A model of the usual capacity. */
    public EngineOptions(
            String kernels, int threads, int context, String draft, CacheType cache, Consumer<String> aloud) {
        this(kernels, threads, context, draft, cache, Capacity.USUAL, aloud);
    }

    public EngineOptions with(Capacity other) {
        return new EngineOptions(kernels, threads, context, draft, cache, other, aloud);
    }

    /** More threads than any machine has processors would only wait for each other. */
    private static final int MOST_THREADS = 1024;

    public EngineOptions {
        if (threads < 0 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("The number of threads is %d; it must be from 0 (all cores) to %d."
                    .formatted(threads, MOST_THREADS));
        }
        if (context < 0) {
            throw new IllegalArgumentException(
                    "The context is %d tokens; it must be 0 (the model's own, at most %d) or more."
                            .formatted(context, USUAL_CONTEXT));
        }
    }

    /** How many threads that is on this machine. */
    public int computingThreads() {
        if (threads > 0) {
            return threads;
        }
        int processors = Runtime.getRuntime().availableProcessors();
        int cores = Machine.here().physicalCores();
        return cores > 0 ? Math.min(cores, processors) : processors;
    }
}
