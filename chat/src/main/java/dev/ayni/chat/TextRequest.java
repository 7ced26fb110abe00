package dev.ayni.chat;

import org.jspecify.annotations.Nullable;

/**
 * A text to continue as it stands, without a chat template.
 *
 * @param text special tokens in it stay text
 * @param sampling how tokens are drawn
 * @param limits when the continuation ends
 * @param logProbabilities how many alternatives to report with each token's log-probability; -1: report none
 * @param shape what the continuation must look like; null: anything
 */
public record TextRequest(
        String text,
        Sampling sampling,
        Limits limits,
        int logProbabilities,
        @Nullable Shape shape) {
    /** A continuation of any shape. */
    public TextRequest(String text, Sampling sampling, Limits limits, int logProbabilities) {
        this(text, sampling, limits, logProbabilities, null);
    }

    public static TextRequest of(String text) {
        return new TextRequest(text, Sampling.DEFAULT, Limits.NONE, -1);
    }

    public TextRequest with(@Nullable Shape other) {
        return new TextRequest(text, sampling, limits, logProbabilities, other);
    }
}
