package dev.ayni.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text to continue as it stands, without a chat template.
 *
 * @param prompt what to continue
 * @param sampling how tokens are drawn
 * @param limits when the continuation ends
 * @param logProbabilities how many alternatives to report with each token's log-probability; -1: report none
 * @param promptProbabilities whether the prompt's own tokens are reported first, as {@link ChatEvent.PromptToken}, with as
 *     many alternatives
 * @param shape what the continuation must look like; null: anything
 * @param scheduling how the request stands beside others
 */
public record TextRequest(
        Prompt prompt,
        Sampling sampling,
        Limits limits,
        int logProbabilities,
        boolean promptProbabilities,
        @Nullable Shape shape,
        Scheduling scheduling) {

    /** What is continued. */
    public sealed interface Prompt {
        /** A text, in which special tokens stay text; a begin token comes before it where the model expects one. */
        record Text(String text) implements Prompt {}

        /** Token ids, as they are: nothing is added. */
        record Tokens(List<Integer> ids) implements Prompt {
            public Tokens {
                ids = List.copyOf(ids);
            }
        }
    }

    /** A continuation of any shape. */
    public TextRequest(String text, Sampling sampling, Limits limits, int logProbabilities) {
        this(new Prompt.Text(text), sampling, limits, logProbabilities, false, null, Scheduling.USUAL);
    }

    public static TextRequest of(String text) {
        return new TextRequest(text, Sampling.DEFAULT, Limits.NONE, -1);
    }

    public TextRequest with(@Nullable Shape other) {
        return new TextRequest(prompt, sampling, limits, logProbabilities, promptProbabilities, other, scheduling);
    }

    public TextRequest with(Scheduling other) {
        return new TextRequest(prompt, sampling, limits, logProbabilities, promptProbabilities, shape, other);
    }
}
