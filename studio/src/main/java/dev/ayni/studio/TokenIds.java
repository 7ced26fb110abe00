package dev.ayni.studio;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Token ids as they are typed and shown: "1,2,3". */
final class TokenIds {
    private TokenIds() {}

    static int[] parse(String typed) {
        String[] parts = typed.strip().split("[,\\s]+", -1);
        int[] ids = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            try {
                ids[i] = Integer.parseInt(parts[i]);
            } catch (NumberFormatException e) {
                throw new Letter(
                        "'%s' is no token id. Expected whole numbers with commas between them, as in --ids 1,2,3; `ayni tokenize MODEL TEXT` gives those of a text."
                                .formatted(parts[i]),
                        e);
            }
        }
        return ids;
    }

    /** Checks that a model knows all ids. */
    static int[] known(int[] ids, int vocabulary) {
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new Letter(
                        "The token id %d is not known to this model, whose ids go from 0 to %d. Was the text tokenized with another model?"
                                .formatted(id, vocabulary - 1));
            }
        }
        return ids;
    }

    static String text(int[] ids) {
        return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }
}
