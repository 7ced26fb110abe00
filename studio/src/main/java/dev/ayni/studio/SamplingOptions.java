package dev.ayni.studio;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How tokens are drawn and when an answer ends. */
final class SamplingOptions {
    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec command;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0: always the most probable token; 1: as the model says; higher: wilder. Default: 0.8.")
    @Nullable
    Double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "Draw from the K most probable tokens only; 0: all. Default: 40.")
    @Nullable
    Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Draw from the fewest tokens that together have probability P; 1: all. Default: 0.95.")
    @Nullable
    Double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Only tokens at least P times as probable as the most probable one; 0: all. Default: 0.05.")
    @Nullable
    Double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            description = "Above 1: tokens already seen become less probable. Default: 1.")
    @Nullable
    Double repetitionPenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "X",
            description = "Subtracted from a token's logit for each time it was generated. Default: 0.")
    @Nullable
    Double frequencyPenalty;

    @Option(
            names = "--presence-penalty",
            paramLabel = "X",
            description = "Subtracted once from the logits of generated tokens. Default: 0.")
    @Nullable
    Double presencePenalty;

    @Option(
            names = "--logit-bias",
            paramLabel = "ID=VALUE",
            description = "Added to the logit of a token; may be repeated.")
    Map<Integer, Double> logitBias = new LinkedHashMap<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed draws the same tokens. Default: another one each time.")
    @Nullable
    Long seed;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "End an answer after N tokens; 0: only when the context is full. Default: 0.")
    int maxTokens;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End an answer before this text appears; may be repeated.")
    List<String> stop = List.of();

    /** The settings, on top of the usual ones of a conversation. */
    Sampling sampling() {
        Sampling usual = Sampling.DEFAULT;
        try {
            return new Sampling(
                    or(temperature, usual.temperature()),
                    topK == null ? usual.topK() : topK,
                    or(topP, usual.topP()),
                    or(minP, usual.minP()),
                    or(repetitionPenalty, usual.repetitionPenalty()),
                    or(frequencyPenalty, usual.frequencyPenalty()),
                    or(presencePenalty, usual.presencePenalty()),
                    logitBias,
                    seed == null ? OptionalLong.empty() : OptionalLong.of(seed));
        } catch (IllegalArgumentException e) {
            throw wrong(e);
        }
    }

    /** When an answer ends. */
    Limits limits(boolean ignoreEnd) {
        try {
            return new Limits(maxTokens, stop, ignoreEnd);
        } catch (IllegalArgumentException e) {
            throw wrong(e);
        }
    }

    private static double or(@Nullable Double given, double usual) {
        return given == null ? usual : given;
    }

    private RuntimeException wrong(IllegalArgumentException e) {
        String message = String.valueOf(e.getMessage());
        return command == null ? new Letter(message, e) : new ParameterException(command.commandLine(), message, e);
    }
}
