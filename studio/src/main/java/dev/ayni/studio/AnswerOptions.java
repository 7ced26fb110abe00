package dev.ayni.studio;

import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Beams;
import dev.ayni.chat.Sampling.Guidance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How many answers are given, whether they are searched for, and what they are led away from. */
final class AnswerOptions {
    private static final int MOST = 64;

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec command;

    @Option(
            names = "--answers",
            paramLabel = "N",
            description = "Give N answers to the prompt, which is read once; with -p or in a pipe. Default: 1.")
    private int answers = 1;

    @Option(
            names = "--beams",
            paramLabel = "N",
            description = "Look for the most probable answer with N beams instead of drawing one; 0: draw. Default: 0.")
    private int beams;

    @Option(
            names = "--length-penalty",
            paramLabel = "X",
            description =
                    "With --beams: above 0 long answers are favoured, below 0 short ones. Default: 1, the mean of the tokens.")
    private @Nullable Double lengthPenalty;

    @Option(
            names = "--guidance",
            paramLabel = "S",
            description =
                    "Lead the answer S times as far away from what the model would say after the negative prompt; 1: off. Default: 1.")
    private @Nullable Double guidance;

    @Option(
            names = "--negative-prompt",
            paramLabel = "TEXT",
            description =
                    "With --guidance: the system message to lead away from; with --continue the text. Default: none.")
    private @Nullable String negativePrompt;

    /** How many answers are asked for. */
    int answers() {
        return answers;
    }

    /** The settings of the one, with those of this. */
    Sampling sampling(SamplingOptions drawn) {
        Sampling sampling = drawn.sampling();
        try {
            return sampling.but()
                    .beams(new Beams(beams, lengthPenalty == null ? Beams.NONE.lengthPenalty() : lengthPenalty, false))
                    .guidance(new Guidance(
                            guidance == null ? Guidance.NONE.scale() : guidance,
                            negativePrompt == null ? "" : negativePrompt))
                    .build();
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Options that do not go together are told before a model is fetched.
     *
     * @param tells whether the prompt says something that the negative prompt does not by itself
     * @throws ParameterException that says which
     */
    void check(SamplingOptions drawn, boolean interactive, boolean tools, boolean tells) {
        if (answers < 1 || answers > MOST) {
            throw wrong("--answers is %d; it must be between 1 and %d.".formatted(answers, MOST));
        }
        if (answers > 1 && interactive) {
            throw wrong(
                    "--answers gives several answers to one prompt, not to a conversation. Give the prompt with -p.");
        }
        if (answers > 1 && tools) {
            throw wrong(
                    "--answers and --mcp exclude each other: a tool's result belongs to one answer. Leave out one of them.");
        }
        if (lengthPenalty != null && beams == 0) {
            throw wrong("--length-penalty is about beams, and there are none. Ask for some with --beams.");
        }
        if (beams > 0 && answers > beams) {
            throw wrong("--answers is %d, and %d beams find at most as many answers. Ask for more --beams."
                    .formatted(answers, beams));
        }
        if (beams > 0 && drawn.draws()) {
            throw wrong(
                    "--beams looks for the most probable answer, and nothing is drawn: temperature, seed and the bounds of drawing mean nothing then. Leave them out, or --beams.");
        }
        if (negativePrompt != null && guidance == null) {
            throw wrong("--negative-prompt is what --guidance leads away from. Say how far: --guidance 1.5");
        }
        if (guidance != null && guidance != 1 && negativePrompt == null && !tells) {
            throw wrong(
                    "--guidance leads away from another prompt, and there is none. Give --negative-prompt, or --system, which is led away from having none.");
        }
        sampling(drawn);
    }

    private RuntimeException wrong(String message) {
        return command == null ? new Letter(message) : new ParameterException(command.commandLine(), message);
    }
}
