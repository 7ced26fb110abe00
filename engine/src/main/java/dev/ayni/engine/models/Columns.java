package dev.ayni.engine.models;

/**
 * Which numbers of a row belong together, where a file stores several things in turns or one after the other.
 *
 * @param first the first of them
 * @param step how far the next one is
 * @param count how many they are
 */
record Columns(int first, int step, int count) {
    /** The place of one of them. */
    int at(int i) {
        return first + step * i;
    }
}
