package dev.ayni.engine;

import dev.ayni.engine.generation.PromptException;
import dev.ayni.tokenizer.Tokenizer;

/**
 * Tells of a text, before it is cut into tokens, that no context holds it: a token stands for so many characters at most.
 * Cutting happens in the thread of whoever asks, where nobody shares the machine fairly out.
 */
final class LongTexts {
    private final Tokenizer tokenizer;
    private final int context;
    private volatile int longest; // 0: not looked for yet

    LongTexts(Tokenizer tokenizer, int context) {
        this.tokenizer = tokenizer;
        this.context = context;
    }

    /**
     * Looks at the length alone.
     *
     * @param what the text is, at the beginning of a sentence
     * @throws PromptException if it is longer than a context of the vocabulary's longest tokens
     */
    void refuse(String what, String text) {
        if (text.length() <= context) {
            return; // most texts, for which the vocabulary need not be looked through
        }
        long most = (long) context * longest();
        if (text.length() > most) {
            throw new PromptException(
                    "%s has %d characters, and the context of %d tokens holds no more than %d of them, whatever they are. Shorten it, cut it into parts, or ask for a larger context."
                            .formatted(what, text.length(), context, most));
        }
    }

    private int longest() {
        if (longest == 0) {
            int most = 1;
            for (int id = 0; id < tokenizer.size(); id++) {
                most = Math.max(most, tokenizer.bytes(id).length);
            }
            for (String special : tokenizer.specials().keySet()) {
                most = Math.max(most, special.length());
            }
            longest = most;
        }
        return longest;
    }
}
