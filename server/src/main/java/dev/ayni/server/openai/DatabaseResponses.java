package dev.ayni.server.openai;

import dev.ayni.store.Store;
import dev.ayni.store.Transaction;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Answers and conversations in a database, which several servers may share. */
final class DatabaseResponses implements ResponseStore {
    /*
     * One row a document. When it was last used is written down roughly only, or every reading would be a writing: what is
     * used within a thirtieth of the time for which it is kept is not written down again.
     */
    private static final int PARTS = 30;

    private final Store store;
    private final Duration keep;
    private final Clock clock;

    DatabaseResponses(Store store, Duration keep, Clock clock) {
        this.store = store;
        this.keep = keep;
        this.clock = clock;
    }

    private static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /** What was last used before then is no longer there. */
    private long oldest() {
        return keep.isNegative() ? Long.MIN_VALUE : clock.millis() - keep.toMillis();
    }

    @Override
    public void add(Kind kind, String owner, String id, String json) {
        insert(kind, owner, id, json, null);
    }

    @Override
    public void begin(String owner, String id, String json) {
        insert(Kind.RESPONSE, owner, id, json, store.presence().mark());
    }

    private void insert(Kind kind, String owner, String id, String json, @Nullable String program) {
        store.write(transaction -> transaction.update(
                "insert into kept_document (id, owner, kind, json, program, stop_asked, used_at) values (?, ?, ?, ?, ?, 0, ?)",
                id,
                owner,
                word(kind),
                json,
                program,
                clock.millis()));
    }

    @Override
    public Optional<String> get(Kind kind, String owner, String id) {
        record Found(String json, long used) {}
        Optional<Found> found = store.read(transaction -> transaction.first(
                "select json, used_at from kept_document where id = ? and owner = ? and kind = ? and used_at >= ?",
                row -> new Found(row.text("json"), row.number("used_at")),
                id,
                owner,
                word(kind),
                oldest()));
        long now = clock.millis();
        if (found.isPresent() && !keep.isNegative() && now - found.get().used() > keep.toMillis() / PARTS) {
            store.write(
                    transaction -> transaction.update("update kept_document set used_at = ? where id = ?", now, id));
        }
        return found.map(Found::json);
    }

    @Override
    public Optional<String> change(Kind kind, String owner, String id, UnaryOperator<String> change) {
        return store.write(transaction -> {
            // this first change holds the row until the transaction ends
            int there = transaction.update(
                    "update kept_document set used_at = ? where id = ? and owner = ? and kind = ? and used_at >= ?",
                    clock.millis(),
                    id,
                    owner,
                    word(kind),
                    oldest());
            return there == 0 ? Optional.empty() : Optional.of(change(transaction, id, change));
        });
    }

    private static String change(Transaction transaction, String id, UnaryOperator<String> change) {
        String now = transaction
                .first("select json from kept_document where id = ?", row -> row.text("json"), id)
                .orElseThrow();
        String changed = change.apply(now);
        transaction.update("update kept_document set json = ? where id = ?", changed, id);
        return changed;
    }

    @Override
    public void end(String owner, String id, String json) {
        store.write(transaction -> transaction.update(
                "update kept_document set json = ?, program = null, used_at = ? where id = ? and owner = ? and kind = ?",
                json,
                clock.millis(),
                id,
                owner,
                word(Kind.RESPONSE)));
    }

    @Override
    public boolean delete(Kind kind, String owner, String id) {
        return store.write(transaction -> transaction.update(
                        "delete from kept_document where id = ? and owner = ? and kind = ? and used_at >= ?",
                        id,
                        owner,
                        word(kind),
                        oldest())
                == 1);
    }

    @Override
    public void askToStop(String owner, String id) {
        store.write(transaction ->
                transaction.update("update kept_document set stop_asked = 1 where id = ? and owner = ?", id, owner));
    }

    @Override
    public boolean wanted(String owner, String id) {
        return store.read(transaction -> transaction.number(
                        "select count(*) as n from kept_document where id = ? and owner = ? and stop_asked = 0",
                        id,
                        owner)
                == 1);
    }

    @Override
    public void endAbandoned(Predicate<String> here, UnaryOperator<String> failed) {
        record Open(String id, String program) {}
        List<Open> open = store.read(transaction -> transaction.list(
                "select id, program from kept_document where program is not null",
                row -> new Open(row.text("id"), row.text("program"))));
        String mine = store.presence().mark();
        for (Open one : open) {
            boolean written = one.program().equals(mine)
                    ? here.test(one.id())
                    : store.presence().isPresent(one.program());
            if (!written) {
                store.write(transaction -> {
                    boolean still = transaction.update(
                                    "update kept_document set program = null where id = ? and program = ?",
                                    one.id(),
                                    one.program())
                            == 1;
                    return still ? change(transaction, one.id(), failed) : "";
                });
            }
        }
    }

    @Override
    public void forgetOld() {
        if (!keep.isNegative()) {
            store.write(transaction ->
                    transaction.update("delete from kept_document where used_at < ? and program is null", oldest()));
        }
    }
}
