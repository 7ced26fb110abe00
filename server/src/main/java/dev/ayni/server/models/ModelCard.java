package dev.ayni.server.models;

import java.time.Instant;
import java.util.Set;

/**
 * What a server tells of a model that it serves.
 *
 * @param name by which requests ask for it
 * @param family such as {@code llama}; empty while not known
 * @param parameters how many numbers it has, such as {@code 135M}; empty while not known
 * @param quantization such as {@code Q4_1}; empty while not known
 * @param bytes of its files
 * @param context tokens that a conversation may have; 0 while not known
 * @param digest SHA-256 of its file, in hexadecimal; empty while not known
 * @param created when it came to this machine
 * @param abilities what it can be asked for
 */
public record ModelCard(
        String name,
        String family,
        String parameters,
        String quantization,
        long bytes,
        int context,
        String digest,
        Instant created,
        Set<Ability> abilities) {
    /** What can be asked of a model. */
    public enum Ability {
        CHAT,
        COMPLETE,
        EMBED,
        RERANK
    }

    public ModelCard {
        abilities = Set.copyOf(abilities);
    }
}
