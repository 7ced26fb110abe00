package dev.ayni.server.models;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Embedder;
import dev.ayni.chat.Reranker;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.server.http.ApiException;
import java.util.List;

/** A loaded model, for as long as a lease of it lasts. What it cannot do is refused with an ApiException (400). */
public interface ServedModel {
    ModelCard card();

    ChatModel chat();

    TextModel text();

    Embedder embedder();

    Reranker reranker();

    /** The token ids of a text; special tokens in it are text unless {@code special}. */
    List<Integer> tokens(String text, boolean special);

    /** The tokens that come before every text: a begin token where the model expects one. */
    List<Integer> begin();

    /** The tokens that end an answer; empty where the model has none. */
    default List<Integer> ends() {
        return List.of();
    }

    /** A token by its name in the vocabulary, special ones too: {@code <|im_end|>}. */
    default String piece(int id) {
        return text(List.of(id));
    }

    /**
     * The same model, which writes conversations by another chat template.
     *
     * @param source in Jinja
     * @throws ApiException (400) if the model writes no conversations
     */
    default ServedModel withTemplate(String source) {
        throw OpenedModel.cannot(card(), "converse, by whatever chat template");
    }

    /** What requests begin with that say nothing else. */
    default Defaults defaults() {
        return Defaults.NONE;
    }

    /** The text of token ids. */
    String text(List<Integer> ids);

    /** What a conversation looks like when its chat template has written it. */
    String prompt(ChatRequest request);

    /** The token ids that the model is given for a conversation. */
    List<Integer> promptIds(ChatRequest request);

    /** The token ids that the model is given for a text to continue, a begin token included. */
    List<Integer> promptIds(TextRequest request);

    /** How many tokens the prompt of a conversation has. */
    default int promptTokens(ChatRequest request) {
        return promptIds(request).size();
    }
}
