package dev.ayni.server.access;

import dev.ayni.chat.Usage;
import dev.ayni.store.Store;
import dev.ayni.store.Transaction;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The account of what was used, by key and model. A request is written down when it begins, and what it used before the end
 * of its answer is sent; so nothing that a client received whole is missing. What a program had begun when it died is found
 * by the next one to look, and ends as interrupted: its answer never reached its end, and nothing is charged for it.
 */
public final class Ledger {
    /** What a request is taken to use while an account has no answer of the day. */
    private static final int TOKENS_OF_FIRST = 500;

    private final Store store;
    private final Clock clock;

    /** @param store opened with {@link AccessTables#SCHEMA} */
    public Ledger(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What an account used of a model in a day.
     *
     * @param account the key's id; or a person, or whoever sits at the machine
     * @param day in UTC
     */
    public record Day(
            String account,
            String principal,
            LocalDate day,
            String model,
            long answers,
            long promptTokens,
            long reusedTokens,
            long answerTokens) {}

    /** What was used from one day to another, both included; oldest first. */
    public List<Day> days(LocalDate from, LocalDate to) {
        return store.read(transaction -> transaction.list(
                "select * from ledger_day where day >= ? and day <= ? order by day, account, model",
                row -> new Day(
                        row.text("account"),
                        row.text("principal"),
                        LocalDate.parse(row.text("day")),
                        row.text("model"),
                        row.number("answers"),
                        row.number("prompt_tokens"),
                        row.number("reused_tokens"),
                        row.number("answer_tokens")),
                from.toString(),
                to.toString()));
    }

    /** How requests ended: how many there are in a state, of {@code begun, done, failed, interrupted}. */
    public long requests(String state) {
        return store.read(
                transaction -> transaction.number("select count(*) as n from ledger_request where state = ?", state));
    }

    /** Ends what programs had begun that are no longer there; answers how many requests these were. */
    public int closeAbandoned() {
        List<String> programs = store.read(transaction -> transaction.list(
                "select distinct program from ledger_request where state = 'begun'", row -> row.text("program")));
        Set<String> gone = new HashSet<>(programs);
        gone.removeIf(store.presence()::isPresent);
        int closed = 0;
        for (String program : gone) {
            closed += store.write(transaction -> transaction.update(
                    "update ledger_request set state = 'interrupted', ended_at = ? where state = 'begun' and program = ?",
                    clock.millis(),
                    program));
        }
        return closed;
    }

    void begin(Transaction transaction, String id, String account, String principal, String requestId) {
        transaction.update(
                """
                insert into ledger_request (id, account, principal, request_id, program, state, begun_at)
                values (?, ?, ?, ?, ?, 'begun', ?)""", id, account, principal, requestId, store.presence().mark(), clock.millis());
    }

    /** Writes a line of a request. One that was taken for interrupted, because its program seemed gone, is done after all. */
    void settle(
            Transaction transaction, String id, int line, String account, String principal, String model, Usage usage) {
        Instant now = clock.instant();
        transaction.update(
                "update ledger_request set state = 'done', ended_at = ? where id = ?", now.toEpochMilli(), id);
        transaction.update(
                """
                insert into ledger_line (request, line, model, prompt_tokens, reused_tokens, answer_tokens, written_at)
                values (?, ?, ?, ?, ?, ?, ?)""",
                id,
                line,
                model,
                usage.promptTokens(),
                usage.reusedTokens(),
                usage.answerTokens(),
                now.toEpochMilli());
        transaction.update(
                """
                insert into ledger_day (account, day, model, principal, answers, prompt_tokens, reused_tokens, answer_tokens)
                values (?, ?, ?, ?, 1, ?, ?, ?)
                on conflict (account, day, model) do update set
                  answers = ledger_day.answers + 1,
                  prompt_tokens = ledger_day.prompt_tokens + excluded.prompt_tokens,
                  reused_tokens = ledger_day.reused_tokens + excluded.reused_tokens,
                  answer_tokens = ledger_day.answer_tokens + excluded.answer_tokens""",
                account,
                day(now).toString(),
                model,
                principal,
                usage.promptTokens(),
                usage.reusedTokens(),
                usage.answerTokens());
    }

    /** Ends a request of which nothing was settled. */
    void fail(Transaction transaction, String id) {
        transaction.update(
                "update ledger_request set state = 'failed', ended_at = ? where id = ? and state = 'begun'",
                clock.millis(),
                id);
    }

    /** Tokens of prompts and answers that an account used since the beginning of a day. */
    static long tokensSince(Transaction transaction, String account, LocalDate day) {
        return transaction.number(
                "select coalesce(sum(prompt_tokens + answer_tokens), 0) as n from ledger_day where account = ? and day >= ?",
                account,
                day.toString());
    }

    /** Tokens that an account's requests under way may use: each as many as its answers of that day took on average. */
    static long expectedOfBegun(Transaction transaction, String account, LocalDate day) {
        long begun = transaction.number(
                "select count(*) as n from ledger_request where state = 'begun' and account = ?", account);
        if (begun == 0) {
            return 0;
        }
        long answers = transaction.number(
                "select coalesce(sum(answers), 0) as n from ledger_day where account = ? and day = ?",
                account,
                day.toString());
        long mean = answers == 0 ? TOKENS_OF_FIRST : Math.max(1, tokensSince(transaction, account, day) / answers);
        return Math.multiplyExact(begun, mean);
    }

    static LocalDate day(Instant instant) {
        return LocalDate.ofInstant(instant, ZoneOffset.UTC);
    }

    /** Lines of requests of which a program was told that they begin: for tests and audits. */
    public record Line(
            String requestId, String state, @Nullable String model, long promptTokens, long answerTokens) {}

    /** All that was written down since a moment, request by request. */
    public List<Line> lines(Instant since) {
        return store.read(transaction -> transaction.list(
                """
                select r.request_id, r.state, l.model, l.prompt_tokens, l.answer_tokens
                from ledger_request r left join ledger_line l on l.request = r.id
                where r.begun_at >= ? order by r.begun_at, r.id, l.line""",
                row -> new Line(
                        row.text("request_id"),
                        row.text("state"),
                        row.textOrNull("model"),
                        row.number("prompt_tokens"),
                        row.number("answer_tokens")),
                since.toEpochMilli()));
    }
}
