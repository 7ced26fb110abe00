package dev.ayni.server.jobs;

import dev.ayni.server.access.Caller;
import dev.ayni.server.access.Role;
import dev.ayni.server.http.ApiException;
import dev.ayni.store.Store;
import dev.ayni.store.Transaction;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The batches of a server, as their owners see them. {@link BatchWorker} does the work. */
public final class Batches {
    private final Store store;
    private final KeptFiles files;
    private final Clock clock;
    private volatile Runnable whenHandedIn = () -> {};

    /** @param store opened with {@link JobsTables#SCHEMA} */
    public Batches(Store store, KeptFiles files, Clock clock) {
        this.store = store;
        this.files = files;
        this.clock = clock;
    }

    /** Whom to tell that there is work. */
    void whenHandedIn(Runnable listener) {
        whenHandedIn = listener;
    }

    /**
     * Takes a batch; when this returns, it outlasts a crash.
     *
     * @param metadata JSON
     * @param outputSeconds how long its files are kept once they are written; null: for good
     * @throws ApiException (400) if its file or endpoint cannot be a batch's
     */
    public Batch create(
            Caller owner,
            String inputFile,
            String endpoint,
            Duration window,
            String windowText,
            String metadata,
            @Nullable Long outputSeconds) {
        KeptFile input = files.find(owner.principal(), inputFile);
        if (!input.purpose().equals("batch")) {
            throw ApiException.invalid(
                    "input_file_id",
                    "The file %s was uploaded for the purpose '%s'. Upload it with purpose 'batch'."
                            .formatted(inputFile, input.purpose()));
        }
        if (!BatchRequest.ENDPOINTS.contains(endpoint)) {
            throw ApiException.invalid(
                    "endpoint",
                    "'endpoint' is '%s'; expected %s."
                            .formatted(
                                    endpoint,
                                    String.join(
                                            ", ",
                                            BatchRequest.ENDPOINTS.stream()
                                                    .sorted()
                                                    .toList())));
        }
        String id = Ids.next("batch_");
        long now = clock.millis();
        Batch batch = store.write(transaction -> {
            transaction.update(
                    """
                    insert into batch (id, owner, key_id, priority, endpoint, input_file, completion_window, metadata,
                      output_expires_seconds, status, created_at, expires_at, total, completed, failed)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'validating', ?, ?, 0, 0, 0)""",
                    id,
                    owner.principal(),
                    owner.keyId(),
                    owner.priority(),
                    endpoint,
                    inputFile,
                    windowText,
                    metadata,
                    outputSeconds,
                    now,
                    now + window.toMillis());
            return find(transaction, owner.principal(), id);
        });
        whenHandedIn.run();
        return batch;
    }

    /** @throws ApiException (404) if there is none of that id, or it is somebody else's */
    public Batch find(String owner, String id) {
        return store.read(transaction -> find(transaction, owner, id));
    }

    private static Batch find(Transaction transaction, String owner, String id) {
        return transaction
                .first("select * from batch where id = ? and owner = ?", Batch::read, id, owner)
                .orElseThrow(() -> ApiException.notFound(
                        "batch_not_found",
                        "There is no batch '%s' of yours. GET /v1/batches lists those there are.".formatted(id)));
    }

    /** The batches of an owner, newest first, after the one of that id. */
    public List<Batch> list(String owner, @Nullable String after, int limit) {
        return list(owner, after, limit, true);
    }

    /** The batches of an owner in one order or the other, after the one of that id. */
    List<Batch> list(String owner, @Nullable String after, int limit, boolean newestFirst) {
        return store.read(transaction -> {
            String order = newestFirst ? "desc" : "asc";
            Batch last = after == null ? null : find(transaction, owner, after);
            long from = last == null
                    ? newestFirst ? Long.MAX_VALUE : Long.MIN_VALUE
                    : last.created().toEpochMilli();
            String compare = newestFirst ? "<" : ">";
            return transaction.list(
                    """
                    select * from batch where owner = ? and (created_at %s ? or created_at = ? and id %s ?)
                    order by created_at %s, id %s limit ?""".formatted(compare, compare, order, order),
                    Batch::read,
                    owner,
                    from,
                    from,
                    last == null ? "" : last.id(),
                    limit);
        });
    }

    /**
     * Asks for a batch to end; what is being answered just now is waited for and kept.
     *
     * @throws ApiException (404) if there is none; (409) if it is over already
     */
    public Batch cancel(String owner, String id) {
        Batch batch = store.write(transaction -> {
            transaction.update("""
                    update batch set status = 'cancelling', cancelling_at = ?
                    where id = ? and owner = ? and status in ('validating', 'in_progress')""", clock.millis(), id, owner);
            return find(transaction, owner, id);
        });
        if (!Set.of(Batch.Status.CANCELLING, Batch.Status.CANCELLED).contains(batch.status())) {
            throw new ApiException(
                    409,
                    "batch_not_cancellable",
                    null,
                    java.util.Map.of(),
                    "The batch %s is %s already; only one that is validating or in progress can be cancelled."
                            .formatted(id, batch.status().word()));
        }
        whenHandedIn.run();
        return batch;
    }

    /** Batches that are not over and that no living program works at; they are this program's from now on. */
    List<Batch> claim() {
        String mine = store.presence().mark();
        record Open(String id, @Nullable String program) {}
        List<Open> open = store.read(
                transaction -> transaction.list("""
                select id, program from batch
                where status in ('validating', 'in_progress', 'finalizing', 'cancelling') order by created_at, id""", row -> new Open(row.text("id"), row.textOrNull("program"))));
        return open.stream()
                .filter(batch -> batch.program() == null
                        || !batch.program().equals(mine) && !store.presence().isPresent(batch.program()))
                .filter(batch -> store.write(transaction -> transaction.update(
                                "update batch set program = ? where id = ? and coalesce(program, '') = ?",
                                mine,
                                batch.id(),
                                batch.program() == null ? "" : batch.program())
                        == 1))
                .map(batch -> current(batch.id()))
                .toList();
    }

    Batch current(String id) {
        return store.read(transaction -> transaction
                .first("select * from batch where id = ?", Batch::read, id)
                .orElseThrow());
    }

    /** The batch's owner, as far as it is kept. */
    static Caller owner(Batch batch) {
        return new Caller(batch.owner(), batch.keyId(), Set.of(Role.USER), batch.priority() + BatchWorker.PRIORITY);
    }

    Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
