package dev.ayni.engine.weights;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model's files say of it besides its numbers: GGUF's keys and values, or the members of config.json, in which a
 * nested member's key is its path with dots ("rope_parameters.rope_theta"). A value is a Long, Double, Boolean, String or
 * a List of these; an object inside a list of config.json is a Map. A GGUF file's lists are read from the file as they are
 * asked for and end with it.
 */
public interface Metadata {
    /** Which names keys and tensors bear. */
    Dialect dialect();

    /** The two ways in which published models name things. */
    enum Dialect {
        /** "llama.embedding_length", "blk.0.attn_q.weight". */
        GGUF,
        /** "hidden_size", "model.layers.0.self_attn.q_proj.weight". */
        HUGGING_FACE
    }

    /** All keys, in the order of the file. */
    Set<String> keys();

    /** The value of a key; null where there is none, or where it is JSON's null. */
    @Nullable
    Object value(String key);

    /** Where it came from, for messages. */
    String source();

    /**
     * A whole number that must be there.
     *
     * @throws WeightsException if it is missing, not a whole number, negative or above 2^31 - 1
     */
    default int integer(String key) {
        return optionalInteger(key).orElseThrow(() -> missing(key));
    }

    default Optional<Integer> optionalInteger(String key) {
        return switch (value(key)) {
            case null -> Optional.empty();
            case Long n when n >= 0 && n <= Integer.MAX_VALUE -> Optional.of(n.intValue());
            case Double d when d >= 0 && d <= Integer.MAX_VALUE && d == Math.rint(d) -> Optional.of(d.intValue());
            case Object other -> throw wrong(key, other, "a whole number from 0 to 2147483647");
        };
    }

    /** A number that must be there. */
    default double number(String key) {
        return optionalNumber(key).orElseThrow(() -> missing(key));
    }

    default Optional<Double> optionalNumber(String key) {
        return switch (value(key)) {
            case null -> Optional.empty();
            case Long n -> Optional.of(n.doubleValue());
            case Double d -> Optional.of(d);
            case Object other -> throw wrong(key, other, "a number");
        };
    }

    /** A text that must be there. */
    default String text(String key) {
        return optionalText(key).orElseThrow(() -> missing(key));
    }

    default Optional<String> optionalText(String key) {
        return switch (value(key)) {
            case null -> Optional.empty();
            case String s -> Optional.of(s);
            case Object other -> throw wrong(key, other, "a text");
        };
    }

    default Optional<Boolean> optionalFlag(String key) {
        return switch (value(key)) {
            case null -> Optional.empty();
            case Boolean b -> Optional.of(b);
            case Object other -> throw wrong(key, other, "true or false");
        };
    }

    /** A list; empty where there is none. */
    default List<?> list(String key) {
        return switch (value(key)) {
            case null -> List.of();
            case List<?> list -> list;
            case Object other -> throw wrong(key, other, "a list");
        };
    }

    private WeightsException missing(String key) {
        return new WeightsException(
                "%s does not say '%s', without which the model cannot be built. The file is incomplete or was converted by a tool that does not know this family; get it from another source or convert it again."
                        .formatted(source(), key));
    }

    private WeightsException wrong(String key, Object found, String expected) {
        String shown = String.valueOf(found);
        return new WeightsException(
                "%s: '%s' is %s, and %s was expected. The file is broken or was made by another tool; get it again."
                        .formatted(
                                source(), key, shown.length() > 60 ? shown.substring(0, 60) + "..." : shown, expected));
    }
}
