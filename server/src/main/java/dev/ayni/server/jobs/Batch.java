package dev.ayni.server.jobs;

import dev.ayni.store.Row;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Requests that are answered when there is time for them.
 *
 * @param owner the principal whose it is
 * @param keyId the key by which it was handed in; empty if none was needed
 * @param metadata of the owner, JSON
 * @param outputSeconds how long its files are kept once they are written; null: for good
 * @param errors why it failed, a JSON list; null: it did not
 * @param total how many requests it has; 0 until they were counted
 * @param completed how many were answered with status 200
 * @param failed how many were answered with another one, or not in time
 */
public record Batch(
        String id,
        String owner,
        String keyId,
        int priority,
        String endpoint,
        String inputFile,
        String completionWindow,
        String metadata,
        @Nullable Long outputSeconds,
        Status status,
        Instant created,
        Instant expires,
        @Nullable Instant inProgress,
        @Nullable Instant finalizing,
        @Nullable Instant completedAt,
        @Nullable Instant failedAt,
        @Nullable Instant expired,
        @Nullable Instant cancelling,
        @Nullable Instant cancelled,
        @Nullable String outputFile,
        @Nullable String errorFile,
        @Nullable String errors,
        long total,
        long completed,
        long failed) {

    /** How far it is. */
    public enum Status {
        /** Its input is being checked. */
        VALIDATING,
        /** Its input is wrong. */
        FAILED,
        IN_PROGRESS,
        /** Its files are being written. */
        FINALIZING,
        COMPLETED,
        /** It was not done in time; what was done is in its files. */
        EXPIRED,
        /** Its owner does not want it any more; what is being answered is waited for. */
        CANCELLING,
        CANCELLED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Status of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    static Batch read(Row row) {
        return new Batch(
                row.text("id"),
                row.text("owner"),
                row.text("key_id"),
                (int) row.number("priority"),
                row.text("endpoint"),
                row.text("input_file"),
                row.text("completion_window"),
                row.text("metadata"),
                row.numberOrNull("output_expires_seconds"),
                Status.of(row.text("status")),
                Instant.ofEpochMilli(row.number("created_at")),
                Instant.ofEpochMilli(row.number("expires_at")),
                instant(row, "in_progress_at"),
                instant(row, "finalizing_at"),
                instant(row, "completed_at"),
                instant(row, "failed_at"),
                instant(row, "expired_at"),
                instant(row, "cancelling_at"),
                instant(row, "cancelled_at"),
                row.textOrNull("output_file"),
                row.textOrNull("error_file"),
                row.textOrNull("errors"),
                row.number("total"),
                row.number("completed"),
                row.number("failed"));
    }

    private static @Nullable Instant instant(Row row, String column) {
        Long millis = row.numberOrNull(column);
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }
}
