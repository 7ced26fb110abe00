package dev.ayni.server.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file that the server keeps for somebody.
 *
 * @param name as it was uploaded; says nothing about where it lies
 * @param purpose such as {@code batch}
 * @param sha256 of its content, in hexadecimal
 * @param expires null: never
 */
public record KeptFile(
        String id,
        String owner,
        String name,
        String purpose,
        long bytes,
        String sha256,
        Instant created,
        @Nullable Instant expires) {}
