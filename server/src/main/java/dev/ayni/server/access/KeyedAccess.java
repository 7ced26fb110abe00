package dev.ayni.server.access;

import dev.ayni.chat.Usage;
import dev.ayni.server.http.ApiException;
import dev.ayni.store.Store;
import dev.ayni.store.Transaction;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Access by API keys, and for people by signed tokens of an issuer; with limits, and an account in a store. */
public final class KeyedAccess implements Access {
    /*
     * All of it stands in the store: limits hold for all servers of one database together, and outlast a restart. A
     * request costs two short transactions, one before it begins and one before its answer ends. Tokens are counted when
     * they have been used, since nobody knows before how long an answer gets: the last request that a limit lets in may
     * go beyond it, and the next one waits for that. A quota counts each request that is under way as the account's mean
     * answer of the day, so that asking at once does not get more than asking in turn.
     */
    private static final long ABANDONED_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** When a request that a quota has no room for may be sent again: others of the account may be done by then. */
    private static final int UNDER_WAY_SECONDS = 5;

    private final Store store;
    private final Keys keys;
    private final Ledger ledger;
    private final @Nullable People people;
    private final Allowance allowanceOfPeople;
    private final Allowance allowanceOfOneKey;
    private final Clock clock;
    private final AtomicLong lookedForAbandoned = new AtomicLong(System.nanoTime());

    /**
     * Ends, to begin with, what a program that died had begun.
     *
     * @param store opened with {@link AccessTables#SCHEMA}
     * @param people whose signed tokens let in; null: only keys do
     * @param allowanceOfPeople for each of them
     */
    public KeyedAccess(Store store, @Nullable People people, Allowance allowanceOfPeople, Clock clock) {
        this(store, people, allowanceOfPeople, Allowance.UNLIMITED, clock);
    }

    /**
     * The same, also for a {@link OneKey}.
     *
     * @param allowanceOfOneKey for all who use it together
     */
    public KeyedAccess(
            Store store,
            @Nullable People people,
            Allowance allowanceOfPeople,
            Allowance allowanceOfOneKey,
            Clock clock) {
        this.store = store;
        this.keys = new Keys(store, clock);
        this.ledger = new Ledger(store, clock);
        this.people = people;
        this.allowanceOfPeople = allowanceOfPeople;
        this.allowanceOfOneKey = allowanceOfOneKey;
        this.clock = clock;
        ledger.closeAbandoned();
    }

    public Keys keys() {
        return keys;
    }

    public Ledger ledger() {
        return ledger;
    }

    /** Whether everybody who reaches the server may ask, because there are neither keys nor an issuer. */
    @Override
    public boolean open() {
        return people == null && !keys.everMade();
    }

    /**
     * Looks whether a server may listen there.
     *
     * @throws AccessException if the address is not only this machine's, and no key would be asked for
     */
    public void refuseToOpen(InetAddress address) {
        if (!address.isLoopbackAddress() && open()) {
            throw new AccessException(
                    "The server was to listen on %s, where other machines reach it, and there are no keys: everybody could use it. Make a key first: ayni keys create NAME. Or leave the address at 127.0.0.1."
                            .formatted(address.getHostAddress()));
        }
    }

    @Override
    public Caller identify(Function<String, @Nullable String> header) {
        Set<String> credentials = credentials(header);
        if (credentials.size() > 1) {
            throw refused("The headers Authorization and x-api-key hold different keys. Send one of them.");
        }
        if (credentials.isEmpty()) {
            if (open()) {
                return Caller.LOCAL;
            }
            throw refused(
                    "There is no API key in the request. Send it in the header 'Authorization: Bearer KEY', or 'x-api-key: KEY'; whoever runs the server makes one with: ayni keys create NAME");
        }
        String credential = credentials.iterator().next();
        if (Keys.looksLikeKey(credential)) {
            return caller(credential);
        }
        if (people != null && People.looksLikeToken(credential)) {
            return people.identify(credential);
        }
        if (open()) {
            return Caller.LOCAL; // most clients send some word where no key is needed
        }
        throw refused("What the request shows as an API key is none of this server: those begin with 'ayni-'%s."
                .formatted(people == null ? "" : ", and signed tokens have three parts with dots between"));
    }

    private static Set<String> credentials(Function<String, @Nullable String> header) {
        Set<String> credentials = new LinkedHashSet<>();
        String authorization = header.apply("Authorization");
        if (authorization != null && !authorization.isBlank()) {
            String[] words = authorization.strip().split("\\s+");
            if (words.length > 2 || !words[0].equalsIgnoreCase("Bearer")) {
                throw refused("The header Authorization is not of the form 'Bearer KEY'.");
            }
            if (words.length == 2) { // clients that were given no key send the word alone
                credentials.add(words[1]);
            }
        }
        String key = header.apply("x-api-key");
        if (key != null && !key.isBlank()) {
            credentials.add(key.strip());
        }
        return credentials;
    }

    private Caller caller(String secret) {
        Key key = keys.find(secret)
                .orElseThrow(() -> refused(
                        "The API key is not known here. Check that all of it was copied: it has 45 characters."));
        if (key.revoked() != null) {
            throw refused("The API key %s (%s) was revoked. Ask whoever runs the server for a new one."
                    .formatted(key.id(), key.hint()));
        }
        if (!key.valid(clock.instant())) {
            throw refused("The API key %s (%s) expired on %s. Ask whoever runs the server for a new one."
                    .formatted(key.id(), key.hint(), key.expires()));
        }
        return new Caller(key.principal(), key.id(), roles(key.role()), key.priority());
    }

    /** A role and those that it includes. */
    static Set<Role> roles(Role role) {
        return switch (role) {
            case USER -> Set.of(Role.USER);
            case OPERATOR -> Set.of(Role.USER, Role.OPERATOR);
            case ADMIN -> Set.of(Role.values());
        };
    }

    static ApiException refused(String letter) {
        return new ApiException(401, "invalid_api_key", null, Map.of("WWW-Authenticate", "Bearer"), letter);
    }

    @Override
    public Admission admit(Caller caller, String requestId) {
        closeAbandoned();
        String account = account(caller);
        String id = UUID.randomUUID().toString();
        Map<String, String> headers = store.write(transaction -> {
            Allowance allowance = allowance(transaction, caller);
            Map<String, String> said = Map.of();
            if (!allowance.equals(Allowance.UNLIMITED)) {
                Map<String, Long> fullAt = held(transaction, account);
                refuseBeyondQuota(transaction, account, allowance);
                said = pace(transaction, account, allowance, fullAt);
            }
            ledger.begin(transaction, id, account, caller.principal(), requestId);
            return said;
        });
        return new KeyedAdmission(caller, account, id, headers);
    }

    /** Other servers of the same database may have died meanwhile. */
    private void closeAbandoned() {
        long last = lookedForAbandoned.get();
        long now = System.nanoTime();
        if (now - last > ABANDONED_NANOS && lookedForAbandoned.compareAndSet(last, now)) {
            ledger.closeAbandoned();
        }
    }

    private static String account(Caller caller) {
        return caller.keyId().isEmpty() ? caller.principal() : caller.keyId();
    }

    private Allowance allowance(Transaction transaction, Caller caller) {
        if (caller.keyId().equals(OneKey.ID)) {
            return allowanceOfOneKey;
        }
        if (!caller.keyId().isEmpty()) {
            return Keys.byId(transaction, caller.keyId()).map(Key::allowance).orElse(Allowance.UNLIMITED);
        }
        return caller.principal().startsWith(People.PREFIX) ? allowanceOfPeople : Allowance.UNLIMITED;
    }

    /**
     * Looks whether an account may use tokens now: for work that was accepted and waits for its turn. Of the tokens of a
     * minute it leaves half, so that what somebody waits for is not refused because of it.
     *
     * @return null if it may; otherwise when to look again
     */
    public @Nullable Instant mayGoOnAt(Caller caller) {
        return store.read(transaction -> {
            Allowance allowance = allowance(transaction, caller);
            Exhausted exhausted = exhausted(transaction, account(caller), allowance);
            return exhausted == null ? paceReturns(transaction, account(caller), allowance) : exhausted.returns();
        });
    }

    private @Nullable Instant paceReturns(Transaction transaction, String account, Allowance allowance) {
        Long limit = allowance.tokensPerMinute();
        if (limit == null) {
            return null;
        }
        long fullAt = transaction
                .first(
                        "select tokens_full_at from pace where account = ?",
                        row -> row.number("tokens_full_at"),
                        account)
                .orElse(0L);
        Instant now = clock.instant();
        long wait = new Pace(limit, fullAt).wait((limit + 1) / 2, micros(now));
        return wait == 0 ? null : now.plusNanos(wait * 1000);
    }

    /** Whether a caller's key was revoked or expired meanwhile. */
    public boolean isOut(Caller caller) {
        return !caller.keyId().isEmpty()
                && store.read(transaction -> Keys.byId(transaction, caller.keyId()))
                        .filter(key -> !key.valid(clock.instant()))
                        .isPresent();
    }

    private record Exhausted(String period, long limit, long used, Instant returns) {}

    private @Nullable Exhausted exhausted(Transaction transaction, String account, Allowance allowance) {
        LocalDate today = Ledger.day(clock.instant());
        LocalDate month = today.withDayOfMonth(1);
        Long ofMonth = allowance.tokensPerMonth();
        if (ofMonth != null) {
            long used = Ledger.tokensSince(transaction, account, month);
            if (used >= ofMonth) {
                return new Exhausted("month", ofMonth, used, start(month.plusMonths(1)));
            }
        }
        Long ofDay = allowance.tokensPerDay();
        if (ofDay != null) {
            long used = Ledger.tokensSince(transaction, account, today);
            if (used >= ofDay) {
                return new Exhausted("day", ofDay, used, start(today.plusDays(1)));
            }
        }
        return null;
    }

    private static Instant start(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private void refuseBeyondQuota(Transaction transaction, String account, Allowance allowance) {
        Exhausted exhausted = exhausted(transaction, account, allowance);
        if (exhausted != null) {
            long seconds =
                    Duration.between(clock.instant(), exhausted.returns()).toSeconds() + 1;
            throw new ApiException(
                    429,
                    "insufficient_quota",
                    null,
                    Map.of("Retry-After", String.valueOf(seconds), "x-should-retry", "false"),
                    "This key may use %d tokens a %s and has used %d. The next %s begins at %s."
                            .formatted(
                                    exhausted.limit(),
                                    exhausted.period(),
                                    exhausted.used(),
                                    exhausted.period(),
                                    exhausted.returns()));
        }
        LocalDate today = Ledger.day(clock.instant());
        long expected = Ledger.expectedOfBegun(transaction, account, today);
        refuseBeside(transaction, account, "month", allowance.tokensPerMonth(), today.withDayOfMonth(1), expected);
        refuseBeside(transaction, account, "day", allowance.tokensPerDay(), today, expected);
    }

    private static void refuseBeside(
            Transaction transaction,
            String account,
            String period,
            @Nullable Long limit,
            LocalDate since,
            long expected) {
        if (limit == null || expected == 0) {
            return;
        }
        long used = Ledger.tokensSince(transaction, account, since);
        if (used + expected >= limit) {
            throw new ApiException(
                    429,
                    "rate_limit_exceeded",
                    null,
                    Map.of("Retry-After", String.valueOf(UNDER_WAY_SECONDS)),
                    "This key may use %d tokens a %s and has used %d; its requests that are under way may use the rest. Send the request again when they are done."
                            .formatted(limit, period, used));
        }
    }

    /** When the account's buckets are full again, in microseconds. No other request of it is let in before this transaction ends. */
    private static Map<String, Long> held(Transaction transaction, String account) {
        // the change without a difference holds the row
        return transaction
                .list(
                        """
                        insert into pace (account, requests_full_at, tokens_full_at) values (?, 0, 0)
                        on conflict (account) do update set account = excluded.account
                        returning requests_full_at, tokens_full_at""",
                        row -> Map.of(
                                "requests", row.number("requests_full_at"), "tokens", row.number("tokens_full_at")),
                        account)
                .getFirst();
    }

    /** Takes one request out of the account's bucket, and says what is left. */
    private Map<String, String> pace(
            Transaction transaction, String account, Allowance allowance, Map<String, Long> fullAt) {
        Long requests = allowance.requestsPerMinute();
        Long tokens = allowance.tokensPerMinute();
        if (requests == null && tokens == null) {
            return Map.of();
        }
        long now = micros(clock.instant());
        Map<String, String> headers = new LinkedHashMap<>();
        @Nullable Pace ofTokens = tokens == null ? null : new Pace(tokens, fullAt.getOrDefault("tokens", 0L));
        @Nullable Pace ofRequests = requests == null ? null : new Pace(requests, fullAt.getOrDefault("requests", 0L));
        long wait = Math.max(
                ofRequests == null ? 0 : ofRequests.wait(1, now), ofTokens == null ? 0 : ofTokens.wait(1, now));
        if (ofRequests != null) {
            if (wait == 0) {
                ofRequests = ofRequests.taken(1, now);
                transaction.update(
                        "update pace set requests_full_at = ? where account = ?", ofRequests.fullAt(), account);
            }
            put(headers, "requests", ofRequests, now);
        }
        if (ofTokens != null) {
            put(headers, "tokens", ofTokens, now);
        }
        if (wait > 0) {
            headers.put("Retry-After", String.valueOf((wait + 999_999) / 1_000_000));
            throw new ApiException(
                    429,
                    "rate_limit_exceeded",
                    null,
                    headers,
                    "This key may %s. Send the request again in %s."
                            .formatted(
                                    ofRequests != null && ofRequests.wait(1, now) > 0
                                            ? "ask %d times a minute".formatted(requests)
                                            : "use %d tokens a minute, and its last answers took more"
                                                    .formatted(tokens),
                                    shown(wait)));
        }
        return headers;
    }

    private static void put(Map<String, String> headers, String what, Pace pace, long now) {
        headers.put("x-ratelimit-limit-" + what, String.valueOf(pace.limit()));
        headers.put("x-ratelimit-remaining-" + what, String.valueOf(pace.remaining(now)));
        headers.put("x-ratelimit-reset-" + what, shown(pace.untilFull(now)));
    }

    /** A time as OpenAI writes it: {@code 120ms}, {@code 7.66s}, {@code 2m59.5s}. */
    static String shown(long micros) {
        long millis = (micros + 999) / 1000;
        if (millis < 1000) {
            return millis + "ms";
        }
        long minutes = millis / 60_000;
        String seconds = new java.math.BigDecimal(millis % 60_000)
                .movePointLeft(3)
                .stripTrailingZeros()
                .toPlainString();
        return (minutes == 0 ? "" : minutes + "m") + seconds + "s";
    }

    private static long micros(Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
    }

    private void settle(
            Transaction transaction, String id, int line, Caller caller, String account, String model, Usage usage) {
        ledger.settle(transaction, id, line, account, caller.principal(), model, usage);
        Long limit = allowance(transaction, caller).tokensPerMinute();
        long tokens = (long) usage.promptTokens() + usage.answerTokens();
        if (limit != null && tokens > 0) {
            long now = micros(clock.instant());
            long further = new Pace(limit, now).taken(tokens, now).fullAt() - now;
            transaction.update("""
                    insert into pace (account, requests_full_at, tokens_full_at) values (?, 0, ?)
                    on conflict (account) do update set tokens_full_at =
                      case when pace.tokens_full_at > ? then pace.tokens_full_at else ? end + ?""", account, now + further, now, now, further);
        }
    }

    /**
     * Writes down, within a transaction that keeps the result too, what a piece of accepted work used: one that is done
     * once, however often it was begun.
     */
    public void settleWithin(Transaction transaction, Caller caller, String requestId, List<Used> used) {
        String account = account(caller);
        String id = UUID.randomUUID().toString();
        ledger.begin(transaction, id, account, caller.principal(), requestId);
        for (int line = 0; line < used.size(); line++) {
            Used one = used.get(line);
            settle(transaction, id, line, caller, account, one.model(), one.usage());
        }
        if (used.isEmpty()) {
            ledger.fail(transaction, id);
        }
    }

    /** What an answer took of a model. */
    public record Used(String model, Usage usage) {}

    private final class KeyedAdmission implements Admission {
        private final Caller caller;
        private final String account;
        private final String id;
        private final Map<String, String> headers;
        private final AtomicInteger lines = new AtomicInteger();

        KeyedAdmission(Caller caller, String account, String id, Map<String, String> headers) {
            this.caller = caller;
            this.account = account;
            this.id = id;
            this.headers = Map.copyOf(headers);
        }

        @Override
        public Map<String, String> headers() {
            return headers;
        }

        @Override
        public void settle(String model, Usage usage) {
            int line = lines.getAndIncrement();
            store.write(transaction -> {
                KeyedAccess.this.settle(transaction, id, line, caller, account, model, usage);
                return true;
            });
        }

        @Override
        public void close() {
            if (lines.get() == 0) {
                store.write(transaction -> {
                    ledger.fail(transaction, id);
                    return true;
                });
            }
        }
    }
}
