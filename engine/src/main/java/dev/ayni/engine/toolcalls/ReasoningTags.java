package dev.ayni.engine.toolcalls;

import java.util.List;
import java.util.Optional;

/**
 * What stands around the reasoning that a model writes before it answers.
 *
 * @param open begins it; where a prompt already ends with it, the answer begins within the reasoning
 * @param close ends it
 */
public record ReasoningTags(String open, String close) {
    private static final List<ReasoningTags> KNOWN = List.of(
            new ReasoningTags("<think>", "</think>"), // DeepSeek R1, Qwen 3, SmolLM3
            new ReasoningTags("[THINK]", "[/THINK]"), // Magistral
            new ReasoningTags("<|channel>thought", "<channel|>"), // Gemma 4
            new ReasoningTags("<|START_THINKING|>", "<|END_THINKING|>"), // Command A
            new ReasoningTags("<seed:think>", "</seed:think>"));

    /** The tags that a chat template speaks of, if any. */
    public static Optional<ReasoningTags> of(String template) {
        return KNOWN.stream().filter(tags -> template.contains(tags.close())).findFirst();
    }

    /** Whether a prompt's end leaves it to the model to go on with its reasoning. */
    public boolean openAtEndOf(String prompt) {
        return prompt.stripTrailing().endsWith(open);
    }
}
