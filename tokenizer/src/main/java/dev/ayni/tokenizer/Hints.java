package dev.ayni.tokenizer;

import dev.ayni.tokenizer.Tokenizer.Roles;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the other files of a model say of its tokens.
 *
 * @param begin the text of the token before a text, null where no file says
 * @param end the text of the token that ends one
 * @param addBegin whether begin is expected, null where no file says
 * @param addEnd whether end is expected after a text that is read whole
 * @param beginId by id, -1 where no file says
 * @param endIds by id
 */
record Hints(
        @Nullable String begin,
        @Nullable String end,
        @Nullable Boolean addBegin,
        boolean addEnd,
        int beginId,
        List<Integer> endIds) {

    static final Hints NONE = new Hints(null, null, null, false, -1, List.of());

    /**
     * The roles, from these hints and the tokenizer's own file.
     *
     * @param ownBegin the token that the file puts before a text, or null
     * @param ownEnd the token that ends a text by the file, or null
     * @param added control tokens and others that are found as they are written
     * @param size how many ids there are
     */
    Roles roles(
            @Nullable String ownBegin,
            @Nullable String ownEnd,
            Map<String, Integer> specials,
            Map<String, Integer> added,
            int size) {
        int own = id(ownBegin, added);
        int beginning = first(id(begin, added), own, within(beginId, size));
        int[] ends = endIds.stream().mapToInt(id -> within(id, size)).toArray();
        int ending = first(id(end, added), ends.length > 0 ? ends[0] : -1, id(ownEnd, added));
        boolean adds = addBegin == null ? own >= 0 : addBegin;
        return EndTokens.roles(beginning, ending, adds, addEnd, specials, ends);
    }

    private static int id(@Nullable String token, Map<String, Integer> ids) {
        return token == null ? -1 : ids.getOrDefault(token, -1);
    }

    private static int first(int... ids) {
        for (int id : ids) {
            if (id >= 0) {
                return id;
            }
        }
        return -1;
    }

    private static int within(int id, int size) {
        return id < size ? id : -1;
    }
}
