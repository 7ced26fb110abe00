package dev.ayni.guard.rules;

import java.util.Arrays;

/**
 * A text made from another, and where in that one each of its units comes from.
 *
 * @param text what was made
 * @param origins for each unit of it the first unit of the other text that it stands for, and one more: the unit after the
 *     last one's; never falling
 */
public record Derived(String text, int[] origins) {
    public Derived {
        if (origins.length != text.length() + 1) {
            throw new IllegalArgumentException(
                    "A derived text of %d units has %d origins: expected one more than units."
                            .formatted(text.length(), origins.length));
        }
    }

    /** A text that is its own origin. */
    static Derived same(String text) {
        int[] origins = new int[text.length() + 1];
        for (int i = 0; i < origins.length; i++) {
            origins[i] = i;
        }
        return new Derived(text, origins);
    }

    /** Where a part that begins at this unit begins in the other text, and where one ends that ends before it. */
    public int origin(int unit) {
        return origins[unit];
    }

    /** Writes a derived text, unit by unit. */
    static final class Writer {
        private final StringBuilder text;
        private int[] origins;

        Writer(int capacity) {
            text = new StringBuilder(capacity);
            origins = new int[Math.max(16, capacity + 1)];
        }

        int length() {
            return text.length();
        }

        void add(char unit, int origin) {
            if (text.length() + 2 > origins.length) {
                origins = Arrays.copyOf(origins, origins.length * 2);
            }
            origins[text.length()] = origin;
            text.append(unit);
        }

        void add(CharSequence units, int origin) {
            for (int i = 0; i < units.length(); i++) {
                add(units.charAt(i), origin);
            }
        }

        /** @param end the unit of the other text after the last that was read */
        Derived finish(int end) {
            int[] exact = Arrays.copyOf(origins, text.length() + 1);
            exact[text.length()] = end;
            return new Derived(text.toString(), exact);
        }
    }
}
