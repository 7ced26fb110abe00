package dev.ayni.server.openai;

import dev.ayni.chat.Usage;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What the answers to one request took together: a prompt counts once, however many answers there are to it. */
final class Took {
    private int prompts;
    private int reused;
    private int answered;
    private int thought;
    private int context;
    private long promptNanos;
    private long answerNanos;
    private long queueNanos;

    /** Adds a prompt and the first answer to it. */
    synchronized void prompt(Usage usage) {
        prompts += usage.promptTokens();
        reused += usage.reusedTokens();
        promptNanos += usage.promptNanos();
        queueNanos += usage.queueNanos();
        context = Math.max(context, usage.contextTokens());
        answer(usage);
    }

    /** Adds a further answer to a prompt that was added. */
    synchronized void answer(Usage usage) {
        answered += usage.answerTokens();
        answerNanos = Math.max(answerNanos, usage.answerNanos());
    }

    /** Adds tokens of reasoning, which are among those of the answers. */
    synchronized void reasoning(int tokens) {
        thought += tokens;
    }

    synchronized Usage usage() {
        return new Usage(prompts, reused, answered, context, promptNanos, answerNanos, queueNanos);
    }

    /** As completions tell it. */
    synchronized ObjectNode json() {
        ObjectNode usage = JsonNodeFactory.instance.objectNode();
        usage.put("prompt_tokens", prompts);
        usage.put("completion_tokens", answered);
        usage.put("total_tokens", prompts + answered);
        usage.putObject("prompt_tokens_details")
                .put("cached_tokens", reused)
                .put("cache_write_tokens", 0)
                .put("text_tokens", prompts)
                .put("audio_tokens", 0)
                .put("image_tokens", 0);
        usage.putObject("completion_tokens_details")
                .put("reasoning_tokens", thought)
                .put("text_tokens", answered)
                .put("audio_tokens", 0)
                .put("accepted_prediction_tokens", 0)
                .put("rejected_prediction_tokens", 0);
        return usage;
    }

    /** As responses tell it. */
    synchronized ObjectNode responseJson() {
        ObjectNode usage = JsonNodeFactory.instance.objectNode();
        usage.put("input_tokens", prompts);
        usage.putObject("input_tokens_details").put("cached_tokens", reused).put("cache_write_tokens", 0);
        usage.put("output_tokens", answered);
        usage.putObject("output_tokens_details").put("reasoning_tokens", thought);
        usage.put("total_tokens", prompts + answered);
        return usage;
    }
}
