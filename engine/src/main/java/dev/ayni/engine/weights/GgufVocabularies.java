package dev.ayni.engine.weights;

import dev.ayni.tokenizer.GgufVocabulary;
import java.util.List;

/** The vocabulary that a GGUF file carries in its metadata. */
public final class GgufVocabularies {
    private static final String PREFIX = "tokenizer.ggml.";

    private GgufVocabularies() {}

    /**
     * Reads the keys that begin with "tokenizer.ggml.". What comes back lives on when the file is closed.
     *
     * @param metadata of a GGUF file, which may hold a vocabulary only
     * @throws WeightsException if there is none, or its parts do not fit together
     */
    public static GgufVocabulary of(Metadata metadata) {
        if (metadata.optionalText(PREFIX + "model").isEmpty()) {
            throw new WeightsException(
                    "%s holds no vocabulary: it does not say '%smodel'. Give a GGUF file that holds one, or the folder with tokenizer.json or tokenizer.model."
                            .formatted(metadata.source(), PREFIX));
        }
        List<String> tokens = texts(metadata, "tokens");
        if (tokens.isEmpty()) {
            throw wrong(metadata, "tokens", "is missing or empty");
        }
        float[] scores = switch (numbers(metadata, "scores", tokens.size())) {
            case GgufArray array -> array.floats();
            case List<?> list -> floats(list);
        };
        int[] types = switch (numbers(metadata, "token_type", tokens.size())) {
            case GgufArray array
            when !array.integers() -> throw wrong(metadata, "token_type", "does not hold whole numbers");
            case GgufArray array -> array.ints();
            case List<?> list -> ints(list);
        };
        return new GgufVocabulary(
                metadata.text(PREFIX + "model"),
                metadata.optionalText(PREFIX + "pre").orElse(null),
                tokens,
                scores,
                types,
                texts(metadata, "merges"),
                id(metadata, "bos_token_id", tokens.size()),
                id(metadata, "eos_token_id", tokens.size()),
                id(metadata, "eot_token_id", tokens.size()),
                id(metadata, "unknown_token_id", tokens.size()),
                metadata.optionalFlag(PREFIX + "add_bos_token").orElse(null),
                metadata.optionalFlag(PREFIX + "add_eos_token").orElse(null),
                metadata.optionalFlag(PREFIX + "add_space_prefix").orElse(null),
                bytes(metadata, "precompiled_charsmap"),
                metadata.optionalFlag(PREFIX + "remove_extra_whitespaces").orElse(null),
                id(metadata, "seperator_token_id", tokens.size()));
    }

    private static byte[] bytes(Metadata metadata, String key) {
        List<?> list = metadata.list(PREFIX + key);
        byte[] bytes = new byte[list.size()];
        for (int i = 0; i < bytes.length; i++) {
            if (!(list.get(i) instanceof Number number)) {
                throw wrong(metadata, key, "does not hold bytes");
            }
            bytes[i] = number.byteValue();
        }
        return bytes;
    }

    private static List<String> texts(Metadata metadata, String key) {
        List<?> list = metadata.list(PREFIX + key);
        if (list.isEmpty()) {
            return List.of();
        }
        if (list instanceof GgufArray array && array.type() != GgufType.STRING) {
            throw wrong(metadata, key, "does not hold texts");
        }
        String[] texts = new String[list.size()];
        for (int i = 0; i < texts.length; i++) {
            if (!(list.get(i) instanceof String text)) {
                throw wrong(metadata, key, "does not hold texts");
            }
            texts[i] = text;
        }
        return List.of(texts);
    }

    /** Numbers, one for each token, or none. */
    private static List<?> numbers(Metadata metadata, String key, int tokens) {
        List<?> list = metadata.list(PREFIX + key);
        if (!list.isEmpty() && list.size() != tokens) {
            throw wrong(metadata, key, "has %d numbers for %d tokens".formatted(list.size(), tokens));
        }
        if (!list.isEmpty() && !(list.getFirst() instanceof Number)) {
            throw wrong(metadata, key, "does not hold numbers");
        }
        return list;
    }

    private static float[] floats(List<?> list) {
        float[] floats = new float[list.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = list.get(i) instanceof Number n ? n.floatValue() : Float.NaN;
        }
        return floats;
    }

    private static int[] ints(List<?> list) {
        return list.stream()
                .mapToInt(n -> n instanceof Number number ? number.intValue() : -1)
                .toArray();
    }

    /** The id of a special token; -1 where there is none, which some files write as the largest number. */
    private static int id(Metadata metadata, String key, int tokens) {
        Object given = metadata.value(PREFIX + key);
        if (given == null || given.equals(-1L) || given.equals(0xFFFF_FFFFL)) {
            return -1;
        }
        int id = metadata.integer(PREFIX + key);
        if (id >= tokens) {
            throw wrong(metadata, key, "is %d, and there are %d tokens".formatted(id, tokens));
        }
        return id;
    }

    private static WeightsException wrong(Metadata metadata, String key, String found) {
        return new WeightsException("%s: '%s%s' %s. The file is broken or was made by another tool; get it again."
                .formatted(metadata.source(), PREFIX, key, found));
    }
}
