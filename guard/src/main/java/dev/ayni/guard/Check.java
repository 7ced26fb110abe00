package dev.ayni.guard;

import dev.ayni.provenance.Digest;
import java.util.List;
import java.util.Set;

/** Looks at texts and says what it found; what is to be done is the policy's matter. Safe for many threads. */
public interface Check {
    /** A short name; the first part of {@link Finding#rule}. */
    String name();

    /** The categories that it can find. */
    Set<String> categories();

    /**
     * How far what it looks for can reach, in UTF-16 units: a finding that depends on text further on than this is none that
     * it makes. A guard holds back so much of a growing answer.
     */
    int reach();

    /** What stands in the text, in order of place; empty where nothing does. */
    List<Finding> find(Reading reading);

    /**
     * The same for whoever minds these categories alone: all that {@link #find(Reading)} says of them, while of others it may
     * say less. A check that looks for much can so be spared what nobody asks for.
     */
    default List<Finding> find(Reading reading, Set<String> minded) {
        return find(reading);
    }

    /** The same, with all that it would leave out for being too unlikely: for whoever wants scores and not findings. */
    default List<Finding> scores(Reading reading) {
        return find(reading);
    }

    /** What it was made from beside its settings, such as examples: the digest of a policy tells it apart by that. */
    default List<Digest> madeFrom() {
        return List.of();
    }
}
