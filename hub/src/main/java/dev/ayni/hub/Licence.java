package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The terms under which a model may be used.
 *
 * @param id an SPDX identifier, or {@code LicenseRef-…} for terms that SPDX does not list
 * @param name as people call it
 * @param text where the full text can be read; null where the source does not say
 * @param acceptableUse the policy of what may not be done with the model; null if there is none
 * @param needsAcceptance whether its user has to agree before the model is fetched
 * @param summary what it asks for in plain words, in our own; it replaces no reading
 */
public record Licence(
        String id,
        String name,
        @Nullable URI text,
        @Nullable URI acceptableUse,
        boolean needsAcceptance,
        List<String> summary) {

    public Licence {
        summary = List.copyOf(summary);
    }

    /** What a user sees before agreeing: several lines, without a line break at the end. */
    public String terms() {
        StringBuilder out = new StringBuilder(name).append(" (").append(id).append(')');
        for (String line : summary) {
            out.append("\n  - ").append(line);
        }
        if (text != null) {
            out.append("\n  Full text: ").append(text);
        }
        if (acceptableUse != null) {
            out.append("\n  What it may not be used for: ").append(acceptableUse);
        }
        return out.toString();
    }

    /** The digest of {@link #terms()}: other words need another agreement. */
    public Digest termsDigest() {
        return Digest.of(terms().getBytes(StandardCharsets.UTF_8));
    }
}
