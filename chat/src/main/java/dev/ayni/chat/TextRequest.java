package dev.ayni.chat;

/**
 * A text to continue as it stands, without a chat template.
 *
 * @param text special tokens in it stay text
 * @param sampling how tokens are drawn
 * @param limits when the continuation ends
 * @param logProbabilities how many alternatives to report with each token's log-probability; -1: report none
 */
public record TextRequest(String text, Sampling sampling, Limits limits, int logProbabilities) {
    public static TextRequest of(String text) {
        return new TextRequest(text, Sampling.DEFAULT, Limits.NONE, -1);
    }
}
