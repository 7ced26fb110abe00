package dev.ayni.server.answers;

import dev.ayni.chat.Usage;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How long reading and answering took, by the names that llama.cpp's server gives them, in its answers and OpenAI's. */
public final class Timings {
    private Timings() {}

    public static ObjectNode of(Usage usage) {
        ObjectNode timings = JsonNodeFactory.instance.objectNode();
        timings.put("cache_n", usage.reusedTokens());
        part(timings, "prompt", usage.promptTokens() - usage.reusedTokens(), usage.promptNanos());
        part(timings, "predicted", usage.answerTokens(), usage.answerNanos());
        return timings;
    }

    private static void part(ObjectNode timings, String name, int tokens, long nanos) {
        double millis = nanos / 1e6;
        timings.put(name + "_n", tokens);
        timings.put(name + "_ms", millis);
        timings.put(name + "_per_token_ms", tokens == 0 ? 0 : millis / tokens);
        timings.put(name + "_per_second", nanos == 0 ? 0 : tokens * 1e9 / nanos);
    }
}
