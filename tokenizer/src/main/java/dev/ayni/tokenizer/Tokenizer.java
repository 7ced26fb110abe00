package dev.ayni.tokenizer;

import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Turns text into the token ids that a model was trained on, and back. Safe for use by several threads. */
public interface Tokenizer {
    /**
     * The ids of a text. None is added that the text does not hold: no begin or end of text.
     *
     * <p>User-defined tokens, which are text and not control, become their ids either way. Half a surrogate pair counts as
     * U+FFFD.
     *
     * @param special whether special tokens written in the text become their ids; false for everything a user wrote
     */
    int[] encode(String text, boolean special);

    /**
     * A decoder for one stream of ids. Where a vocabulary writes the text's beginning with a space that the text has not
     * (SentencePiece's prefix), the decoder leaves that space out; a stream that goes on with a text therefore begins with
     * the ids of that text.
     */
    Decoder decoder();

    /** The text of all ids at once, special tokens left out. */
    default String decode(int... ids) {
        Decoder decoder = decoder();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(decoder.accept(id));
        }
        return text.append(decoder.finish()).toString();
    }

    /** The id of a special token by its text, as "<|im_end|>"; also of a user-defined one, which is found in any text. */
    OptionalInt special(String text);

    /** How a token is written in the vocabulary: for people, not for joining. Empty for an id that is not used. */
    String piece(int id);

    /**
     * The bytes that a token adds to a text, perhaps a part of a character only; a mark for a space is a space. None for a
     * special token, which stands for no text.
     */
    byte[] bytes(int id);

    /** Whether a decoded text loses the space with which its first token begins. */
    boolean dropsFirstSpace();

    /** Whether an id stands for control, not for text. */
    boolean isSpecial(int id);

    /** The number of ids; all ids are below it. */
    int size();

    /** The ids with a role that the file itself names. */
    Roles roles();

    /**
     * Ids with a role.
     *
     * @param begin stands before a text
     * @param end ends a text
     * @param ends every id after which a model has finished its turn, {@code end} among them
     * @param addBegin whether a model expects {@code begin} before a text that has no template
     * @param addEnd whether a model expects {@code end} after a text that is read whole
     */
    record Roles(OptionalInt begin, OptionalInt end, Set<Integer> ends, boolean addBegin, boolean addEnd) {}

    /** What models that read whole texts expect around them. */
    default Frame frame() {
        return Frame.of(roles());
    }

    /**
     * Ids around a text, or around two: {@code before text after}, and {@code before text between second after}.
     *
     * @param between ends the first of two texts; the second begins after it
     */
    @SuppressWarnings("ArrayRecordComponent") // written once, read by those who join ids
    record Frame(int[] before, int[] between, int[] after) {
        /** Nothing around a text but a begin and an end token, where they are expected. */
        static Frame of(Roles roles) {
            return new Frame(
                    ids(roles.addBegin(), roles.begin()),
                    ids(roles.addEnd(), roles.end()),
                    ids(roles.addEnd(), roles.end()));
        }

        private static int[] ids(boolean expected, OptionalInt id) {
            return expected && id.isPresent() ? new int[] {id.getAsInt()} : new int[0];
        }
    }

    /** What kind it is, for people: "byte-level BPE, pre-tokenizer smollm". */
    String description();

    /** All special tokens, in the order of their ids: text to id. */
    Map<String, Integer> specials();

    /** Turns a stream of ids into text; holds back bytes that are not a whole character yet. */
    interface Decoder {
        /**
         * The text that this id completes, perhaps empty. Special tokens give none; bytes that are no character, U+FFFD.
         *
         * @throws IllegalArgumentException for an id that is not in the vocabulary
         */
        String accept(int id);

        /** What is left: a replacement character if a character stayed incomplete, else nothing. */
        String finish();
    }
}
