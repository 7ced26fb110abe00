package dev.ayni.server.openai;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.Tools;
import dev.ayni.server.models.Defaults;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a conversation is to go on, whichever endpoint is asked.
 *
 * @param topLogProbabilities -1: none are wanted
 * @param firstCallOnly whether an answer ends after it called one tool
 */
record QuestionFields(
        SamplingFields sampling,
        LimitFields limits,
        int topLogProbabilities,
        Tools tools,
        boolean firstCallOnly,
        @Nullable Shape shape,
        String templateArguments,
        Scheduling scheduling) {
    static final int MOST_ALTERNATIVES = 20;

    /** The question to a model. */
    ChatRequest over(List<Message> messages, Defaults defaults) {
        return new ChatRequest(
                messages,
                sampling.over(defaults),
                limits.over(defaults, Limits.UNLIMITED),
                topLogProbabilities,
                tools,
                shape,
                templateArguments,
                scheduling);
    }
}
