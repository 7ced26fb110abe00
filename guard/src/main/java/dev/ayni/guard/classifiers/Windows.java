package dev.ayni.guard.classifiers;

import java.util.ArrayList;
import java.util.List;

/** A long text in overlapping parts, so that something short in it is not drowned by the rest. */
final class Windows {
    /** UTF-16 units in a window: about as much as the encoder reads at once. */
    static final int SIZE = 1000;

    private static final int STEP = 800;

    /**
     * @param start the first UTF-16 unit
     * @param end the unit after the last
     */
    record Window(int start, int end) {}

    private Windows() {}

    /** At least one; the last one may be shorter than the others. */
    static List<Window> of(String text) {
        List<Window> windows = new ArrayList<>();
        int start = 0;
        while (true) {
            int end = Math.min(text.length(), start + SIZE);
            windows.add(new Window(whole(text, start), whole(text, end)));
            if (end == text.length()) {
                return windows;
            }
            start += STEP;
        }
    }

    /** A place that does not cut a character in two. */
    private static int whole(String text, int place) {
        boolean within = place > 0
                && place < text.length()
                && Character.isLowSurrogate(text.charAt(place))
                && Character.isHighSurrogate(text.charAt(place - 1));
        return within ? place - 1 : place;
    }
}
