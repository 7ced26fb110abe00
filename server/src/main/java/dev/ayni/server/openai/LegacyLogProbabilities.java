package dev.ayni.server.openai;

import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.PromptToken;
import dev.ayni.chat.ChatEvent.TokenProbability;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Tokens and their log-probabilities as text completions tell them: four lists of one length. */
final class LegacyLogProbabilities {
    private final List<TokenProbability> tokens = new ArrayList<>();
    private final List<List<TokenProbability>> alternatives = new ArrayList<>();
    private int told;
    private int offset;

    void add(PromptToken token) {
        tokens.add(token.token());
        alternatives.add(token.alternatives());
    }

    void add(LogProbability token) {
        tokens.add(token.token());
        alternatives.add(token.alternatives());
    }

    /** Whether there is something that {@link #next} has not told yet. */
    boolean waits() {
        return told < tokens.size();
    }

    /** The mean log-probability of the tokens: how good the model finds its answer. */
    double mean() {
        return tokens.stream()
                .mapToDouble(TokenProbability::logProbability)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NEGATIVE_INFINITY);
    }

    /** What was added since the last time. Offsets count characters of the whole text. */
    ObjectNode next() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode offsets = json.putArray("text_offset");
        ArrayNode probabilities = json.putArray("token_logprobs");
        ArrayNode texts = json.putArray("tokens");
        ArrayNode top = json.putArray("top_logprobs");
        for (; told < tokens.size(); told++) {
            TokenProbability token = tokens.get(told);
            texts.add(token.text());
            offsets.add(offset);
            offset += token.text().codePointCount(0, token.text().length());
            if (Double.isNaN(token.logProbability())) { // nothing comes before the first token that could foresee it
                probabilities.addNull();
                top.addNull();
            } else {
                probabilities.add(LogProbabilityJson.finite(token.logProbability()));
                ObjectNode others = top.addObject();
                for (TokenProbability other : alternatives.get(told)) {
                    if (!others.has(other.text())) { // the most probable of those that look alike
                        others.put(other.text(), LogProbabilityJson.finite(other.logProbability()));
                    }
                }
            }
        }
        return json;
    }
}
