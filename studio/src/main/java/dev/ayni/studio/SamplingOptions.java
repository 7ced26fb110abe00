package dev.ayni.studio;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Dry;
import dev.ayni.chat.Sampling.Stage;
import dev.ayni.server.models.Defaults;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
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
            names = "--typical-p",
            paramLabel = "P",
            description =
                    "Draw from the tokens whose surprise is nearest to the expected one, until they have probability P; 1: all. Default: 1.")
    @Nullable
    Double typicalP;

    @Option(
            names = "--top-n-sigma",
            paramLabel = "N",
            description =
                    "Only tokens whose logit is within N standard deviations of the largest one; 0: all. Default: 0.")
    @Nullable
    Double topNSigma;

    @Option(
            names = "--xtc",
            paramLabel = "P[,T]",
            split = ",",
            hideParamSyntax = true,
            description =
                    "With probability P, leave out the tokens with probability T or more but the least probable of them. Default: 0,0.1.")
    double[] xtc = {};

    @Option(
            names = "--dynamic-temperature",
            paramLabel = "R[,E]",
            split = ",",
            hideParamSyntax = true,
            description =
                    "Let the temperature go R below and above, with the model's uncertainty to the power of E. Default: 0,1.")
    double[] dynamicTemperature = {};

    @Option(
            names = "--mirostat",
            paramLabel = "TAU[,ETA]",
            split = ",",
            hideParamSyntax = true,
            description =
                    "Keep the text's surprise near TAU bits (mirostat 2); other bounds then do not count; 0: off. Default: 0,0.1.")
    double[] mirostat = {};

    @Option(
            names = "--dry",
            paramLabel = "M[,B[,L]]",
            split = ",",
            hideParamSyntax = true,
            description =
                    "Weigh against going on with a repeated sequence: M times B to the power of its length beyond L tokens; 0: off. Default: 0,1.75,2.")
    double[] dry = {};

    @Option(
            names = "--stages",
            paramLabel = "S,S,...",
            split = ",",
            hideParamSyntax = true,
            description =
                    "The order in which the above apply; what is left out is not done. Default: ${COMPLETION-CANDIDATES}.")
    @Nullable
    List<Stage> stages;

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

    private Defaults defaults = Defaults.NONE;

    /** What holds where no option says otherwise: the settings of a model that was created. */
    void begin(Defaults ofModel) {
        defaults = ofModel;
    }

    /** The settings, on top of the usual ones of a conversation. */
    Sampling sampling() {
        Sampling usual = defaults.sampling(Sampling.DEFAULT);
        try {
            Dry usualDry = usual.dry();
            return usual.but()
                    .temperature(or(temperature, usual.temperature()))
                    .dynamicTemperature(at(dynamicTemperature, 0, 0), at(dynamicTemperature, 1, 1))
                    .topK(topK == null ? usual.topK() : topK)
                    .topP(or(topP, usual.topP()))
                    .minP(or(minP, usual.minP()))
                    .typicalP(or(typicalP, usual.typicalP()))
                    .topNSigma(or(topNSigma, usual.topNSigma()))
                    .xtc(at(xtc, 0, 0), at(xtc, 1, usual.xtc().threshold()))
                    .mirostat(
                            at(mirostat, 0, usual.mirostat().tau()),
                            at(mirostat, 1, usual.mirostat().eta()))
                    .repetitionPenalty(or(repetitionPenalty, usual.repetitionPenalty()))
                    .frequencyPenalty(or(frequencyPenalty, usual.frequencyPenalty()))
                    .presencePenalty(or(presencePenalty, usual.presencePenalty()))
                    .dry(new Dry(
                            at(dry, 0, 0),
                            at(dry, 1, usualDry.base()),
                            (int) at(dry, 2, usualDry.allowedLength()),
                            usualDry.lastTokens(),
                            usualDry.breakers()))
                    .order(stages == null ? usual.order() : stages)
                    .logitBias(logitBias)
                    .seed(seed == null ? usual.seed() : OptionalLong.of(seed))
                    .build();
        } catch (IllegalArgumentException e) {
            throw wrong(e);
        }
    }

    /** Whether something is said about drawing by chance. */
    boolean draws() {
        return Stream.of(temperature, topK, topP, minP, typicalP, topNSigma, stages, seed)
                        .anyMatch(Objects::nonNull)
                || xtc.length + dynamicTemperature.length > 0;
    }

    /** When an answer ends. */
    Limits limits(boolean ignoreEnd) {
        try {
            Limits usual = defaults.limits(Limits.NONE);
            return new Limits(
                    maxTokens == 0 ? usual.maxTokens() : maxTokens, stop.isEmpty() ? usual.stop() : stop, ignoreEnd);
        } catch (IllegalArgumentException e) {
            throw wrong(e);
        }
    }

    /** The number at a place of an option's list. */
    private static double at(double[] given, int place, double usual) {
        return place < given.length ? given[place] : usual;
    }

    private static double or(@Nullable Double given, double usual) {
        return given == null ? usual : given;
    }

    private RuntimeException wrong(IllegalArgumentException e) {
        String message = String.valueOf(e.getMessage());
        return command == null ? new Letter(message, e) : new ParameterException(command.commandLine(), message, e);
    }
}
