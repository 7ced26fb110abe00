package dev.ayni.guard.classifiers;

import org.jspecify.annotations.Nullable;

/**
 * What is seen of a window of text, for classifiers to judge by.
 *
 * @param text the window itself
 * @param counts as {@link Counts} gives them
 * @param layers the encoder's layers, one behind another; null where there is no encoder
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, not compared
record Signs(String text, SparseRow ngrams, float[] counts, float @Nullable [] layers) {
    Signs withoutLayers() {
        return new Signs(text, ngrams, counts, null);
    }
}
