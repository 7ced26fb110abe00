package dev.ayni.server.openai;

import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.TokenProbability;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Log-probabilities of an answer's tokens, as chat completions and responses tell them. */
final class LogProbabilityJson {
    /** What stands for a probability of 0, for which JSON has no number. */
    static final double NEVER = -9999;

    private LogProbabilityJson() {}

    /** A token for each; the bytes of all tokens, one after another, are those of the text. */
    static ArrayNode tokens(List<LogProbability> probabilities) {
        ArrayNode tokens = JsonNodeFactory.instance.arrayNode();
        for (LogProbability probability : probabilities) {
            ObjectNode token = tokens.addObject();
            put(probability.token(), token);
            ArrayNode others = token.putArray("top_logprobs");
            probability.alternatives().forEach(other -> put(other, others.addObject()));
        }
        return tokens;
    }

    private static void put(TokenProbability token, ObjectNode to) {
        to.put("token", token.text());
        to.put("logprob", finite(token.logProbability()));
        ArrayNode bytes = to.putArray("bytes");
        for (byte b : token.text().getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xff);
        }
    }

    static double finite(double logProbability) {
        return logProbability == Double.NEGATIVE_INFINITY ? NEVER : logProbability;
    }
}
