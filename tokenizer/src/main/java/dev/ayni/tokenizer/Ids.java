package dev.ayni.tokenizer;

import java.util.Arrays;

/** A list of token ids that grows. */
final class Ids {
    private int[] values = new int[16];
    private int size;

    void add(int id) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size * 2);
        }
        values[size++] = id;
    }

    void add(int[] ids) {
        if (size + ids.length > values.length) {
            values = Arrays.copyOf(values, Math.max(size * 2, size + ids.length));
        }
        System.arraycopy(ids, 0, values, size, ids.length);
        size += ids.length;
    }

    /** Forgets all but the first. */
    void shorten(int length) {
        size = length;
    }

    int size() {
        return size;
    }

    int last() {
        return values[size - 1];
    }

    int[] from(int start) {
        return Arrays.copyOfRange(values, start, size);
    }
}
