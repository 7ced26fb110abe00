package dev.ayni.guard.policy;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.TextModel;
import dev.ayni.guard.judges.LlamaGuard;
import org.jspecify.annotations.Nullable;

/** The models that checks judge by; asked for when a policy first names such a check. */
public interface GuardModels {
    /** None: classifiers judge by n-grams and counts alone, and nothing else that needs a model can be named. */
    GuardModels NONE = new GuardModels() {
        @Override
        public @Nullable Embedder encoder() {
            return null;
        }

        @Override
        public Judge judge(String model) {
            throw new IllegalArgumentException(
                    "The model '%s' is to judge, and no models can be opened here. Take the check out, or guard with a program that opens models, such as ayni serve."
                            .formatted(model));
        }
    };

    /** The encoder that the classifiers were made with, minilm; null: it is not on this machine. */
    @Nullable
    Embedder encoder();

    /**
     * A model that judges.
     *
     * @param model a name, reference or path
     * @throws IllegalArgumentException if it is not to be had; the message is a letter
     */
    Judge judge(String model);

    /**
     * One model, as judges use it.
     *
     * @param chat answers messages
     * @param text continues texts
     * @param tokens of a text, by its vocabulary
     */
    record Judge(String name, ChatModel chat, TextModel text, LlamaGuard.Tokens tokens) {}
}
