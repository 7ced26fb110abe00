package dev.ayni.hub;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model that consists of another one and of what requests begin with: no weights of its own.
 *
 * @param name by which it is asked for
 * @param from the name or reference of the other one
 * @param system what the model is told where a conversation has no system message; null: nothing
 * @param template the chat template by which conversations are written, in Jinja; null: that of the other one
 * @param parameters how tokens are drawn and when answers end, as a JSON object with Ollama's names; {@code {}}: as usual
 * @param messages turns that come before every conversation
 * @param licence what whoever made it says of it; empty: nothing
 */
public record CreatedModel(
        String name,
        String from,
        @Nullable String system,
        @Nullable String template,
        String parameters,
        List<Turn> messages,
        String licence,
        Instant created) {

    /** @param role user or assistant */
    public record Turn(String role, String content) {}

    /** A longer name has no place in a file's name on some systems. */
    static final int LONGEST_NAME = 80;

    public CreatedModel {
        if (name.length() > LONGEST_NAME) {
            throw new HubException("A model's name of %d characters is too long; at most %d are possible."
                    .formatted(name.length(), LONGEST_NAME));
        }
        ReferenceText.check(
                name,
                "[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*(:[A-Za-z0-9][A-Za-z0-9._-]*)?",
                "a name for a model: letters, digits and ._-, with a tag after a colon if you like");
        messages = List.copyOf(messages);
    }

    /** The same under another name. */
    public CreatedModel named(String other, Instant now) {
        return new CreatedModel(other, from, system, template, parameters, messages, licence, now);
    }
}
