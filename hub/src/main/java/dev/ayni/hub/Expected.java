package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a file before it is fetched.
 *
 * @param sha256 null if unknown
 * @param gitBlob the SHA-1 that git gives a file: of {@code blob <size>\0} and the bytes; null if unknown
 * @param bytes -1 if unknown
 */
record Expected(@Nullable Digest sha256, @Nullable String gitBlob, long bytes) {
    static final Expected NOTHING = new Expected(null, null, -1);
}
