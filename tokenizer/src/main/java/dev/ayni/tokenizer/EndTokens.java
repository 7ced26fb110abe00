package dev.ayni.tokenizer;

import dev.ayni.tokenizer.Tokenizer.Roles;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Finds the ids after which a model's turn is over. */
final class EndTokens {
    /*
     * Files name one end token, while a chat model's turn may end with others: Llama 3 says <|eot_id|> to people and
     * <|eom_id|> to tools, ChatML's <|im_end|> stands beside <|endoftext|>. Control tokens with these texts end a turn
     * in every published model that has them; gpt-oss's <|end|> ends a message and not the turn.
     */
    private static final Set<String> TEXTS = Set.of(
            "<|eot_id|>",
            "<|eom_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|end_of_turn|>",
            "<EOT>",
            "[EOT]",
            "[EOS]",
            "</s>",
            "<eos>",
            "<end_of_utterance>",
            "<\uff5cend\u2581of\u2581sentence\uff5c>");

    private EndTokens() {}

    /**
     * The roles, with all ids that end a turn.
     *
     * @param named the ends that the files name, -1 for none
     * @param specials the control tokens
     */
    static Roles roles(
            int begin, int end, boolean addBegin, boolean addEnd, Map<String, Integer> specials, int... named) {
        Set<Integer> ends = new LinkedHashSet<>();
        if (end >= 0) {
            ends.add(end);
        }
        for (int id : named) {
            if (id >= 0) {
                ends.add(id);
            }
        }
        boolean messagesEnd = specials.containsKey("<|return|>") && specials.containsKey("<|call|>");
        specials.forEach((text, id) -> {
            if (TEXTS.contains(text) && !(messagesEnd && text.equals("<|end|>"))) {
                ends.add(id);
            }
        });
        return new Roles(known(begin), known(end), Set.copyOf(ends), addBegin && begin >= 0, addEnd && end >= 0);
    }

    private static OptionalInt known(int id) {
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
