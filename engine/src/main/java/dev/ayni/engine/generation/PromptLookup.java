package dev.ayni.engine.generation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Guesses that what followed the latest two or three tokens before follows them again (Saxena: prompt lookup, 2023). */
final class PromptLookup implements Drafter {
    private static final int ID_BITS = 21;

    private final Map<Long, Integer> afterThree = new HashMap<>();
    private final Map<Long, Integer> afterTwo = new HashMap<>();
    private int noted;

    @Override
    public int[] draft(int[] tokens, int length, int most) {
        // the latest tokens themselves are noted with the next call: now they are what is looked up
        for (int end = Math.max(2, noted + 1); end < length; end++) {
            afterTwo.put(key(tokens, end, 2), end);
            if (end >= 3) {
                afterThree.put(key(tokens, end, 3), end);
            }
            noted = end;
        }
        Integer from = length >= 3 ? afterThree.get(key(tokens, length, 3)) : null;
        if (from == null && length >= 2) {
            from = afterTwo.get(key(tokens, length, 2));
        }
        return from == null ? new int[0] : Arrays.copyOfRange(tokens, from, Math.min(from + most, length));
    }

    private static long key(int[] tokens, int end, int count) {
        long key = 0;
        for (int i = end - count; i < end; i++) {
            key = key << ID_BITS | tokens[i];
        }
        return key;
    }
}
