package dev.ayni.studio;

import dev.ayni.engine.EngineOptions;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** How a model is computed. */
final class EngineFlags {
    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            description =
                    "What computes: reference, portable, vector; auto takes the fastest that this machine offers. Default: auto.")
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

    EngineOptions options(Consumer<String> aloud) {
        try {
            return new EngineOptions(kernels, threads, context, aloud);
        } catch (IllegalArgumentException e) {
            throw new Letter(String.valueOf(e.getMessage()), e);
        }
    }
}
