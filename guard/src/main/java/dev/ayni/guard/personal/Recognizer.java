package dev.ayni.guard.personal;

import dev.ayni.guard.Reading;
import java.util.List;
import java.util.Set;

/** Finds one kind of personal data, or some. Safe for many threads. */
public interface Recognizer {
    /** A name in small letters with hyphens, such as {@code polish-pesel}; one that a user wrote keeps the user's name. */
    String name();

    /** What it finds, by Presidio's names. */
    Set<String> entities();

    /** The languages that it is for, as ISO 639-1 codes; empty: it does not depend on the language. */
    default Set<String> languages() {
        return Set.of();
    }

    /**
     * What it sees, weak suspicions included; their scores tell.
     *
     * @param beside words, in small letters, that are known to belong to the text though they do not stand in it, such as the
     *     name of the column that it was taken from
     */
    List<Sighting> find(Reading reading, Set<String> beside);
}
