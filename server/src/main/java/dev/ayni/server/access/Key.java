package dev.ayni.server.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an API key; the key itself is known only to whom it was shown.
 *
 * @param id names the key in lists, in the ledger and when it is revoked
 * @param principal whose key it is: keys of the same principal share files and batches
 * @param hint its first and last letters
 * @param priority of its requests among those that wait; higher comes first
 * @param expires null: never
 * @param revoked null: it is not
 */
public record Key(
        String id,
        String principal,
        String hint,
        Role role,
        int priority,
        Allowance allowance,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked) {

    /** Whether it lets in. */
    public boolean valid(Instant now) {
        return revoked == null && (expires == null || now.isBefore(expires));
    }
}
