package dev.ayni.guard.policy;

import dev.ayni.guard.Action;
import java.util.Map;
import java.util.Set;

/**
 * What is done about a category.
 *
 * @param threshold the least score at which it is done, from 0 to 1; below it the text is let pass
 * @param rewriting how, where the action is REWRITE
 * @param messages what the person is told, by language; empty: what the policy says in general
 * @param languages of the texts that it is about, by ISO 639 codes, and of those too short to tell; empty: all
 */
public record Rule(
        Action action, double threshold, Rewriting rewriting, Map<String, String> messages, Set<String> languages) {
    /** The threshold where none is written. */
    public static final double USUAL_THRESHOLD = 0.5;

    public Rule {
        messages = Map.copyOf(messages);
        languages = Set.copyOf(languages);
    }
}
