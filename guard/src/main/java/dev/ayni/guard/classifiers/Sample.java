package dev.ayni.guard.classifiers;

import java.util.Map;

/**
 * A text of a set, and what the set says of it.
 *
 * @param set the set's name
 * @param labels by the set's own names
 * @param same a name shared with texts that are variants of this one; empty where there are none
 */
record Sample(String set, String text, Map<String, String> labels, String same) {
    Sample {
        labels = Map.copyOf(labels);
    }

    String label(String name) {
        return labels.getOrDefault(name, "");
    }
}
