package dev.ayni.studio;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.models.CacheType;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** How a model is computed. */
final class EngineFlags {
    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            description =
                    "What computes: reference, portable, vector, foreign (C); auto takes the fastest that this machine offers. Default: auto.")
    String kernels = "auto";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "How many threads compute; 0: one for each core. Default: 0.")
    int threads;

    @Option(
            names = "--context",
            paramLabel = "N",
            description =
                    "How many tokens of a conversation are attended to; 0: as many as the model was made for, at most 8192. Default: 0.")
    int context;

    @Option(
            names = "--draft",
            paramLabel = "HOW",
            description =
                    "Guess tokens and check several at once, which changes no answer: lookup guesses from the text itself, off does not, a name, reference, file or folder is a smaller model with the same tokens. Default: lookup.")
    String draft = EngineOptions.LOOKUP;

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description =
                    "How a conversation's keys and values are kept: f32, f16, q8_0 (nearly half the memory of f16); auto is f16, and f32 for a model published so. Default: auto.")
    String cacheType = "auto";

    /** @param finder gets the model that guesses, if there is one */
    EngineOptions options(ModelFinder finder, Consumer<String> aloud) {
        try {
            CacheType cache = CacheType.of(cacheType);
            new EngineOptions(
                    kernels, threads, context, draft, cache, aloud); // wrong ones are told before a model is fetched
            boolean own = draft.equals(EngineOptions.LOOKUP) || draft.equals(EngineOptions.NO_DRAFT);
            String guesses = own ? draft : finder.find(draft).path().toString();
            return new EngineOptions(kernels, threads, context, guesses, cache, aloud);
        } catch (IllegalArgumentException e) {
            throw new Letter(String.valueOf(e.getMessage()), e);
        }
    }
}
