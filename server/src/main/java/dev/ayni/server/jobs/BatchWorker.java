package dev.ayni.server.jobs;

import dev.ayni.server.access.Caller;
import dev.ayni.server.access.KeyedAccess;
import dev.ayni.server.http.ApiException;
import dev.ayni.store.Store;
import dev.ayni.store.StoreException;
import dev.ayni.store.Transaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Works at the batches of a server, several requests at once, until it is closed. */
public final class BatchWorker implements AutoCloseable {
    /*
     * All that has to be known for going on stands in the store: how far a batch is, and which of its lines are answered.
     * An answer, its count and what it used are committed together, under the line's number, which exists once: so a line
     * counts once, however often it was begun. Files are written to the disk first, and become the batch's in the
     * transaction that ends it. A program that starts, or looks about every few seconds, takes over the batches of
     * programs that are no longer there.
     */
    private static final Logger LOG = LoggerFactory.getLogger(BatchWorker.class);

    /** Below whatever somebody waits for. */
    static final int PRIORITY = -100;

    private static final int MOST_LINES = 50_000;
    private static final int MOST_ERRORS = 100;
    /** Sixteen of them are in memory at once, as text, as bytes and as JSON. */
    private static final int LONGEST_LINE = 8 << 20;

    private static final int PAGE = 200;
    private static final long LOOK_MILLIS = 2_000;
    private static final long AGAIN_MILLIS = 1_000;
    private static final long LONGEST_WAIT_MILLIS = 30_000;

    private final Store store;
    private final KeptFiles files;
    private final Batches batches;
    private final KeyedAccess access;
    private final RequestRunner runner;
    private final Semaphore atOnce;
    private final Semaphore work = new Semaphore(0);
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Begins to work, with what other programs left undone.
     *
     * @param atOnce how many requests of all batches are being answered at the same time
     */
    public BatchWorker(
            Store store, KeptFiles files, Batches batches, KeyedAccess access, RequestRunner runner, int atOnce) {
        this.store = store;
        this.files = files;
        this.batches = batches;
        this.access = access;
        this.runner = runner;
        this.atOnce = new Semaphore(atOnce, true);
        batches.whenHandedIn(work::release);
        start("batches", this::look);
    }

    private void start(String name, Runnable task) {
        Thread thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                task.run();
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        thread.start();
    }

    private void look() {
        while (!closed) {
            try {
                for (Batch batch : batches.claim()) {
                    start(batch.id(), () -> work(batch.id()));
                }
                if (work.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    work.drainPermits();
                }
            } catch (StoreException e) {
                LOG.warn("batches wait for the database: {}", e.getMessage());
                pause(AGAIN_MILLIS);
            } catch (InterruptedException e) {
                return; // closed
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("batches could not be looked for", e);
                pause(AGAIN_MILLIS);
            }
        }
    }

    /** Brings a batch to its end, or as far as this program lives. */
    private void work(String id) {
        long pause = AGAIN_MILLIS;
        while (!closed) {
            try {
                Batch batch = batches.current(id);
                switch (batch.status()) {
                    case VALIDATING -> validate(batch);
                    case IN_PROGRESS -> answer(batch);
                    case FINALIZING -> finish(batch, Batch.Status.COMPLETED);
                    case CANCELLING -> finish(batch, Batch.Status.CANCELLED);
                    case COMPLETED, FAILED, EXPIRED, CANCELLED -> {
                        return;
                    }
                }
                pause = AGAIN_MILLIS;
            } catch (StoreException | IOException e) {
                LOG.warn("batch {} waits: {}", id, e.getMessage());
                pause(pause);
                pause = Math.min(2 * pause, LONGEST_WAIT_MILLIS);
            } catch (InterruptedException e) {
                return; // closed
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("batch {} is begun again after a mistake of the server's", id, e);
                pause(pause);
                pause = Math.min(2 * pause, LONGEST_WAIT_MILLIS);
            }
        }
    }

    private BufferedReader open(Batch batch) {
        KeptFile input = files.find(batch.owner(), batch.inputFile());
        return new BufferedReader(
                new BoundedLines(
                        new InputStreamReader(
                                files.open(input),
                                StandardCharsets.UTF_8
                                        .newDecoder()
                                        .onMalformedInput(CodingErrorAction.REPORT)
                                        .onUnmappableCharacter(CodingErrorAction.REPORT)),
                        LONGEST_LINE),
                1 << 16);
    }

    /** Looks at the whole input before anything is computed. */
    private void validate(Batch batch) throws IOException {
        ArrayNode errors = BatchRequest.MAPPER.createArrayNode();
        Set<String> seen = new HashSet<>();
        int number = 0;
        int requests = 0;
        try (BufferedReader lines = open(batch)) {
            for (String line = lines.readLine();
                    line != null && errors.size() < MOST_ERRORS && requests <= MOST_LINES;
                    line = lines.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                requests++;
                try {
                    BatchRequest request = BatchRequest.of(line, batch.endpoint());
                    if (!seen.add(request.customId())) {
                        throw new BatchRequest.Wrong(
                                "duplicate_custom_id",
                                "custom_id",
                                "'custom_id' is '%s' a second time; each has to be another."
                                        .formatted(request.customId()));
                    }
                } catch (BatchRequest.Wrong e) {
                    error(errors, e.code(), e.letter(), e.field(), number);
                }
            }
            if (requests == 0) {
                error(errors, "empty_file", "The input file holds no request.", null, 0);
            } else if (requests > MOST_LINES) {
                error(
                        errors,
                        "too_many_requests",
                        "The input file holds more than %d requests, which is as many as a batch may have. Split it."
                                .formatted(MOST_LINES),
                        null,
                        0);
            }
        } catch (BoundedLines.LineTooLong e) {
            error(
                    errors,
                    "line_too_long",
                    "The line has more than %d characters, which is as many as a request of a batch may have. Shorten it."
                            .formatted(LONGEST_LINE),
                    null,
                    e.number());
        } catch (CharacterCodingException e) {
            error(errors, "invalid_encoding", "The input file is not UTF-8.", null, number + 1);
        } catch (ApiException e) {
            error(errors, "file_not_found", "The input file is no longer there.", null, 0);
        }
        int total = requests;
        store.write(transaction -> errors.isEmpty()
                ? transaction.update(
                        "update batch set status = 'in_progress', in_progress_at = ?, total = ? where id = ? and status = 'validating'",
                        now(),
                        total,
                        batch.id())
                : transaction.update(
                        "update batch set status = 'failed', failed_at = ?, errors = ? where id = ? and status = 'validating'",
                        now(),
                        errors.toString(),
                        batch.id()));
    }

    private static void error(ArrayNode errors, String code, String letter, @Nullable String field, int line) {
        ObjectNode error = errors.addObject();
        error.put("code", code);
        error.put("message", letter);
        error.put("param", field);
        if (line > 0) {
            error.put("line", line);
        } else {
            error.putNull("line");
        }
    }

    private long now() {
        return batches.now().toEpochMilli();
    }

    /** Has all lines answered that are not yet, and waits for them. */
    private void answer(Batch batch) throws IOException, InterruptedException {
        BitSet done = new BitSet();
        store.read(transaction -> transaction.list(
                        "select line from batch_line where batch = ?", row -> row.number("line"), batch.id()))
                .forEach(line -> done.set((int) (long) line));
        Set<Thread> running = ConcurrentHashMap.newKeySet();
        boolean toTheEnd = true;
        try (BufferedReader lines = open(batch)) {
            int number = 0;
            for (String line = lines.readLine(); line != null && toTheEnd; line = lines.readLine()) {
                number++;
                if (line.isBlank() || done.get(number)) {
                    continue;
                }
                atOnce.acquire();
                toTheEnd = goesOn(batch);
                if (!toTheEnd) {
                    atOnce.release();
                    continue;
                }
                String text = line;
                int place = number;
                Thread thread = Thread.ofVirtual()
                        .name(batch.id() + " " + number)
                        .unstarted(() -> {
                            try {
                                answer(batch, place, text);
                            } finally {
                                atOnce.release();
                                running.remove(Thread.currentThread());
                                threads.remove(Thread.currentThread());
                            }
                        });
                running.add(thread);
                threads.add(thread);
                thread.start();
            }
        } catch (ApiException e) {
            LOG.warn("batch {} is cancelled: its input file was deleted", batch.id());
            toTheEnd = false;
            batches.cancel(batch.owner(), batch.id());
        } finally {
            for (Thread thread : running) {
                thread.join();
            }
        }
        if (closed) {
            return;
        }
        if (batches.current(batch.id()).status() == Batch.Status.IN_PROGRESS) {
            if (toTheEnd) {
                store.write(transaction -> transaction.update("""
                        update batch set status = 'finalizing', finalizing_at = ?
                        where id = ? and status = 'in_progress' and completed + failed = total""", now(), batch.id()));
            } else {
                finish(batches.current(batch.id()), Batch.Status.EXPIRED);
            }
        }
    }

    /** Whether a further request of the batch may be begun; waits while its owner has no tokens left for it. */
    private boolean goesOn(Batch batch) throws InterruptedException {
        while (!closed) {
            if (!batches.now().isBefore(batch.expires())
                    || batches.current(batch.id()).status() != Batch.Status.IN_PROGRESS) {
                return false;
            }
            if (access.isOut(Batches.owner(batch))) {
                LOG.warn("batch {} is cancelled: its key was revoked or expired", batch.id());
                batches.cancel(batch.owner(), batch.id());
                return false;
            }
            Instant returns = access.mayGoOnAt(Batches.owner(batch));
            if (returns == null) {
                return true;
            }
            Thread.sleep(Math.clamp(Duration.between(batches.now(), returns).toMillis(), 100, LOOK_MILLIS));
        }
        return false;
    }

    /** Has one line answered, again while there is no room for it, and keeps the answer. */
    private void answer(Batch batch, int number, String line) {
        String id = lineId(batch, number);
        Caller owner = Batches.owner(batch);
        while (!closed && batches.now().isBefore(batch.expires())) {
            try {
                BatchRequest request = BatchRequest.of(line, batch.endpoint());
                RequestRunner.Answer answer = runner.run(owner, id, request.url(), request.bytes());
                if (closed) {
                    return; // what ended because the server ends is no answer
                }
                if (!answer.later()) {
                    keep(batch, owner, id, number, request.customId(), answer);
                    return;
                }
                pause(Math.clamp(answer.retryAfterSeconds() * 1000, AGAIN_MILLIS, LONGEST_WAIT_MILLIS));
                if (batches.current(batch.id()).status() != Batch.Status.IN_PROGRESS) {
                    return;
                }
            } catch (BatchRequest.Wrong e) {
                throw new AssertionError("a line that was valid is not any more", e);
            } catch (StoreException e) {
                LOG.warn("{} waits for the database: {}", id, e.getMessage());
                pause(AGAIN_MILLIS);
            }
        }
    }

    private static String lineId(Batch batch, int number) {
        return "batch_req_%s_%d".formatted(batch.id().substring("batch_".length()), number);
    }

    /** Keeps an answer, unless the batch is over: another program that took this one for dead may have ended it. */
    private void keep(Batch batch, Caller owner, String id, int number, String customId, RequestRunner.Answer answer) {
        boolean good = answer.status() == 200;
        store.write(transaction -> {
            // a change without a difference, which holds the batch as it is until this transaction ends
            boolean open = transaction.update(
                            "update batch set program = program where id = ? and status in ('in_progress', 'cancelling')",
                            batch.id())
                    == 1;
            boolean first =
                    open && transaction.update("""
                            insert into batch_line (batch, line, custom_id, status, body) values (?, ?, ?, ?, ?)
                            on conflict (batch, line) do nothing""", batch.id(), number, customId, answer.status(), answer.body()) == 1;
            if (first) {
                transaction.update(
                        "update batch set completed = completed + ?, failed = failed + ? where id = ?",
                        good ? 1 : 0,
                        good ? 0 : 1,
                        batch.id());
                access.settleWithin(transaction, owner, id, answer.used());
            }
            return first;
        });
    }

    /** Writes the files of what was answered, and ends the batch. */
    private void finish(Batch batch, Batch.Status end) throws IOException {
        BitSet answered = new BitSet();
        boolean anyGood = batch.completed() > 0;
        Long kept = batch.outputSeconds();
        Instant until = kept == null ? null : batches.now().plusSeconds(kept);
        KeptFile output = !anyGood
                ? null
                : files.write(
                        batch.owner(),
                        batch.id() + "_output.jsonl",
                        "batch_output",
                        until,
                        out -> writeLines(batch, true, answered, out));
        long unanswered = end == Batch.Status.EXPIRED ? batch.total() - batch.completed() - batch.failed() : 0;
        KeptFile errors = batch.failed() + unanswered == 0
                ? null
                : files.write(batch.owner(), batch.id() + "_error.jsonl", "batch_output", until, out -> {
                    writeLines(batch, false, answered, out);
                    if (unanswered > 0) {
                        writeUnanswered(batch, answered, out);
                    }
                });
        String column = switch (end) {
            case COMPLETED -> "completed_at";
            case CANCELLED -> "cancelled_at";
            case EXPIRED -> "expired_at";
            case VALIDATING, FAILED, IN_PROGRESS, FINALIZING, CANCELLING -> throw new AssertionError(end);
        };
        boolean ended = store.write(transaction -> {
            boolean first = transaction.update(
                            """
                            update batch set status = ?, %s = ?, output_file = ?, error_file = ?, failed = failed + ?
                            where id = ? and status = ?""".formatted(column),
                            end.word(),
                            now(),
                            output == null ? null : output.id(),
                            errors == null ? null : errors.id(),
                            unanswered,
                            batch.id(),
                            batch.status().word())
                    == 1;
            if (first) {
                listIfThere(transaction, output);
                listIfThere(transaction, errors);
                transaction.update("delete from batch_line where batch = ?", batch.id());
            }
            return first;
        });
        if (!ended) { // somebody cancelled it just now
            files.discard(output);
            files.discard(errors);
        }
    }

    private void listIfThere(Transaction transaction, @Nullable KeptFile file) {
        if (file != null) {
            files.list(transaction, file);
        }
    }

    private void writeLines(Batch batch, boolean good, BitSet answered, OutputStream out) throws IOException {
        record Line(long number, String customId, int status, String body) {}
        long last = 0;
        while (true) {
            long after = last;
            List<Line> lines = store.read(transaction -> transaction.list(
                    "select * from batch_line where batch = ? and line > ? order by line limit ?",
                    row -> new Line(
                            row.number("line"), row.text("custom_id"), (int) row.number("status"), row.text("body")),
                    batch.id(),
                    after,
                    PAGE));
            if (lines.isEmpty()) {
                return;
            }
            for (Line line : lines) {
                answered.set((int) line.number());
                if ((line.status() == 200) == good) {
                    String text = BatchRequest.answered(
                            lineId(batch, (int) line.number()), line.customId(), line.status(), line.body());
                    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
            last = lines.getLast().number();
        }
    }

    private void writeUnanswered(Batch batch, BitSet answered, OutputStream out) throws IOException {
        try (BufferedReader lines = open(batch)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank() && !answered.get(number)) {
                    String text = BatchRequest.unanswered(
                            lineId(batch, number),
                            BatchRequest.of(line, batch.endpoint()).customId(),
                            "batch_expired",
                            "The request was not answered before its batch expired.");
                    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (BatchRequest.Wrong e) {
            throw new AssertionError("a line that was valid is not any more", e);
        } catch (ApiException e) {
            LOG.warn("batch {} expired, and its input file was deleted", batch.id());
        }
    }

    /** Whether no batch is being worked at. */
    boolean rests() {
        return threads.size() <= 1; // who looks for batches is always there
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops; what was not finished goes on when a program works at the store again. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(Duration.ofSeconds(30));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
