package dev.ayni.guard;

import dev.ayni.provenance.Digest;
import java.util.List;

/**
 * What a guard decided about a text, and on what grounds.
 *
 * @param findings what was found, what was let pass included; what the decision rests on comes first
 * @param edits what is to be replaced, in order and without overlap; only in text that has not gone on yet
 * @param message what the person is told who asked or reads; empty where nothing is said
 * @param policy the policy that was enforced
 * @param remembered whether the findings were made when the same text came before, and not anew
 */
public record Verdict(
        Action action, List<Finding> findings, List<Edit> edits, String message, Digest policy, boolean remembered) {
    /** A verdict on what was found just now. */
    public Verdict(Action action, List<Finding> findings, List<Edit> edits, String message, Digest policy) {
        this(action, findings, edits, message, policy, false);
    }

    public Verdict {
        findings = List.copyOf(findings);
        edits = List.copyOf(edits);
        if (!edits.isEmpty() && action != Action.REWRITE) {
            throw new IllegalArgumentException(
                    "A verdict of %s has edits, which only REWRITE makes.".formatted(action));
        }
    }

    /** The same, on what was found before. */
    public Verdict asRemembered() {
        return new Verdict(action, findings, edits, message, policy, true);
    }

    public boolean blocks() {
        return action == Action.BLOCK;
    }

    /** The text with the edits made. */
    public String edited(String text) {
        StringBuilder edited = new StringBuilder();
        int at = 0;
        for (Edit edit : edits) {
            edited.append(text, at, edit.start()).append(edit.replacement());
            at = edit.end();
        }
        return edited.append(text, at, text.length()).toString();
    }
}
