package dev.ayni.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ayni.chat.Usage;
import dev.ayni.server.access.Access.Admission;
import dev.ayni.server.http.ApiException;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is let in, how much of it, and what is written down, on both kinds of database. */
final class KeyedAccessTest {
    @TempDir
    private Path folder;

    private final MovedClock clock = new MovedClock("2026-03-30T12:00:00Z");

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void withoutKeysThisMachineIsLetInWhateverItSends(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            KeyedAccess access = access(store);
            assertThat(access.identify(header -> null)).isEqualTo(Caller.LOCAL);
            assertThat(identify(access, "Authorization", "Bearer sk-no-key-needed"))
                    .isEqualTo(Caller.LOCAL);
            assertThat(identify(access, "Authorization", "Bearer ")).isEqualTo(Caller.LOCAL);
            access.refuseToOpen(InetAddress.getByName("127.0.0.1"));
            access.refuseToOpen(InetAddress.getByName("::1"));
            for (String address : List.of("0.0.0.0", "::", "192.168.1.5")) {
                assertThatThrownBy(() -> access.refuseToOpen(InetAddress.getByName(address)))
                        .isInstanceOf(AccessException.class)
                        .hasMessageContaining("there are no keys")
                        .hasMessageContaining("ayni keys create");
            }
            refusal(access, "Bearer ayni-" + "x".repeat(40), "not known here");
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aKeyLetsInAsItsOwnerAndNobodyElseComesInFromThenOn(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            KeyedAccess access = access(store);
            Keys.Made made = access.keys().create("ana", Role.OPERATOR, 5, Allowance.UNLIMITED, null);
            assertThat(made.secret()).matches("ayni-[A-Za-z0-9]{40}");
            Caller caller = identify(access, "Authorization", "Bearer " + made.secret());
            assertThat(caller).isEqualTo(identify(access, "x-api-key", made.secret()));
            assertThat(caller.principal()).isEqualTo("ana");
            assertThat(caller.keyId()).isEqualTo(made.key().id());
            assertThat(caller.priority()).isEqualTo(5);
            assertThat(caller.may(Role.USER)).isTrue();
            assertThat(caller.may(Role.OPERATOR)).isTrue();
            assertThat(caller.may(Role.ADMIN)).isFalse();

            access.refuseToOpen(InetAddress.getByName("0.0.0.0"));
            assertThatThrownBy(() -> access.identify(header -> null))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("no API key in the request");
            refusal(access, "Bearer sk-other", "none of this server");
            refusal(access, "Bearer " + made.secret().substring(0, 44), "not known here");
            refusal(access, "Bearer " + made.secret() + "x", "not known here");
            refusal(access, "Basic YW5hOnNlY3JldA==", "not of the form");
            refusal(access, "Bearer", "There is no API key");
            refusal(access, "Basic YW5hOmFuYQ==", "not of the form");
            ApiException two = catchThrowableOfType(
                    ApiException.class,
                    () -> access.identify(
                            header -> header.equals("x-api-key") ? "ayni-other" : "Bearer " + made.secret()));
            assertThat(two.status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void theOneKeyOfAServerHasLimitsAndAnAccount(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            Allowance allowance = new Allowance(3L, null, 100L, null);
            KeyedAccess account = new KeyedAccess(store, null, Allowance.UNLIMITED, allowance, clock);
            OneKey access = new OneKey("sixteen-characters", account);
            Caller holder = access.identify(name -> name.equals("x-api-key") ? "sixteen-characters" : null);
            try (Admission admission = access.admit(holder, "first")) {
                assertThat(admission.headers()).containsEntry("x-ratelimit-limit-requests", "3");
                admission.settle("tiny", new Usage(90, 0, 20, 100, 0, 0));
            }
            assertThat(account.ledger().days(LocalDate.of(2000, 1, 1), LocalDate.of(2200, 1, 1)))
                    .singleElement()
                    .satisfies(day -> {
                        assertThat(day.account()).isEqualTo("one");
                        assertThat(day.promptTokens() + day.answerTokens()).isEqualTo(110);
                    });
            assertThatThrownBy(() -> access.admit(holder, "second"))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("may use 100 tokens a day");
            assertThat(account.mayGoOnAt(holder)).isNotNull();
            assertThat(account.isOut(holder)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aRevokedKeyStaysOutAtOnceAndKeepsTheDoorClosed(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        try (Store server = Store.open(address, AccessTables.SCHEMA);
                Store terminal = Store.open(address, AccessTables.SCHEMA)) { // `ayni keys`, another program
            KeyedAccess access = access(server);
            Keys keys = new Keys(terminal, clock);
            Keys.Made made = keys.create("ana", Role.USER, 0, Allowance.UNLIMITED, null);
            identify(access, "Authorization", "Bearer " + made.secret());
            assertThat(keys.revoke(made.key().id()).valid(clock.instant())).isFalse();
            refusal(access, "Bearer " + made.secret(), "was revoked");
            assertThatThrownBy(() -> access.identify(header -> null)).isInstanceOf(ApiException.class);
            assertThatThrownBy(() -> keys.revoke("key_none"))
                    .isInstanceOf(AccessException.class)
                    .hasMessageContaining("There is no key 'key_none'");
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aKeyExpires(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            KeyedAccess access = access(store);
            Keys.Made made = access.keys()
                    .create(
                            "ana",
                            Role.USER,
                            0,
                            Allowance.UNLIMITED,
                            clock.instant().plus(Duration.ofDays(90)));
            identify(access, "Authorization", "Bearer " + made.secret());
            clock.move(Duration.ofDays(90));
            refusal(access, "Bearer " + made.secret(), "expired on 2026-06-28");
        }
    }

    @ParameterizedTest
    @EnumSource(value = StoreKind.class, names = "SQLITE")
    void theDatabaseDoesNotGiveKeysBack(StoreKind kind) throws Exception {
        String secret;
        try (Store store = open(kind)) {
            Keys.Made made = access(store).keys().create("ana", Role.USER, 0, Allowance.UNLIMITED, null);
            secret = made.secret();
            assertThat(made.toString()).doesNotContain(secret.substring(10, 40));
            assertThat(access(store).keys().list().toString()).doesNotContain(secret.substring(10, 40));
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bytes = new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
                assertThat(bytes).doesNotContain(secret.substring(10, 40));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void anOwnersNameIsPlain(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            Keys keys = access(store).keys();
            for (String name : List.of("", "local", "person:ana", "a b", "x".repeat(65), "ana\n")) {
                assertThatThrownBy(() -> keys.create(name, Role.USER, 0, Allowance.UNLIMITED, null))
                        .isInstanceOf(AccessException.class);
            }
            assertThatThrownBy(() -> new Allowance(0L, null, null, null)).hasMessageContaining("lets nothing in");
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void soManyRequestsAMinuteAndNoMore(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            KeyedAccess access = access(store);
            Caller caller = caller(access, new Allowance(3L, null, null, null));
            List<String> remaining = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Map<String, String> headers = ask(access, caller, 10).headers();
                assertThat(headers).containsEntry("x-ratelimit-limit-requests", "3");
                assertThat(headers).doesNotContainKey("x-ratelimit-limit-tokens");
                remaining.add(headers.get("x-ratelimit-remaining-requests") + " "
                        + headers.get("x-ratelimit-reset-requests"));
            }
            assertThat(remaining).containsExactly("2 20s", "1 40s", "0 1m0s");
            ApiException refused = catchThrowableOfType(ApiException.class, () -> access.admit(caller, "r"));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.code()).isEqualTo("rate_limit_exceeded");
            assertThat(refused).hasMessageContaining("ask 3 times a minute").hasMessageContaining("in 20s");
            assertThat(refused.headers())
                    .containsEntry("Retry-After", "20")
                    .containsEntry("x-ratelimit-remaining-requests", "0");
            clock.move(Duration.ofSeconds(19));
            assertThatThrownBy(() -> access.admit(caller, "r")).isInstanceOf(ApiException.class);
            clock.move(Duration.ofSeconds(1));
            ask(access, caller, 10);
            assertThatThrownBy(() -> access.admit(caller, "r")).isInstanceOf(ApiException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void tokensBeyondTheLimitOfAMinuteAreWaitedFor(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            KeyedAccess access = access(store);
            Caller caller = caller(access, new Allowance(null, 600L, null, null));
            assertThat(ask(access, caller, 100).headers())
                    .containsEntry("x-ratelimit-remaining-tokens", "600")
                    .containsEntry("x-ratelimit-reset-tokens", "0ms");
            assertThat(ask(access, caller, 700).headers())
                    .containsEntry("x-ratelimit-limit-tokens", "600")
                    .containsEntry("x-ratelimit-remaining-tokens", "500")
                    .containsEntry("x-ratelimit-reset-tokens", "10s");
            ApiException refused = catchThrowableOfType(ApiException.class, () -> access.admit(caller, "r"));
            assertThat(refused).hasMessageContaining("use 600 tokens a minute");
            // 200 too many, which flow in within 20 s, and one for the next request
            assertThat(refused.headers())
                    .containsEntry("Retry-After", "21")
                    .containsEntry("x-ratelimit-remaining-tokens", "0")
                    .containsEntry("x-ratelimit-reset-tokens", "1m20s");
            clock.move(Duration.ofSeconds(21));
            ask(access, caller, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aQuotaOfADayAndOfAMonthReturns(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            KeyedAccess access = access(store);
            Caller caller = caller(access, new Allowance(null, null, 1000L, 1500L));
            ask(access, caller, 999);
            ask(access, caller, 101);
            ApiException ofDay = catchThrowableOfType(ApiException.class, () -> access.admit(caller, "r"));
            assertThat(ofDay.code()).isEqualTo("insufficient_quota");
            assertThat(ofDay).hasMessageContaining("1000 tokens a day and has used 1100");
            assertThat(ofDay.headers())
                    .containsEntry("Retry-After", String.valueOf(12 * 3600 + 1))
                    .containsEntry("x-should-retry", "false");
            assertThat(access.mayGoOnAt(caller)).hasToString("2026-03-31T00:00:00Z");
            clock.move(Duration.ofHours(12));
            assertThat(access.mayGoOnAt(caller)).isNull();
            ask(access, caller, 400);
            assertThatThrownBy(() -> access.admit(caller, "r")).hasMessageContaining("1500 tokens a month");
            clock.move(Duration.ofDays(1));
            ask(access, caller, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void requestsAtOnceGetNoMoreOfAQuotaThanThoseInTurn(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        try (Store one = Store.open(address, AccessTables.SCHEMA);
                Store other = Store.open(address, AccessTables.SCHEMA)) {
            List<KeyedAccess> servers = List.of(access(one), access(other));
            Caller caller = caller(servers.getFirst(), new Allowance(null, null, 200L, null));
            List<Admission> first = admittedAtOnce(servers, caller);
            assertThat(first).as("nobody knows yet what an answer takes").hasSize(1);
            first.getFirst().settle("model", new Usage(50, 0, 10, 60, 0, 0));
            first.getFirst().close();
            List<Admission> next = admittedAtOnce(servers, caller);
            assertThat(next).as("60 were used, and three more answers of 60").hasSize(3);
            next.forEach(Admission::close);
            ask(servers.getFirst(), caller, 1);
        }
    }

    private static List<Admission> admittedAtOnce(List<KeyedAccess> servers, Caller caller) throws Exception {
        List<Admission> admitted = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<@Nullable Admission>> asked = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                KeyedAccess server = servers.get(i % 2);
                asked.add(threads.submit(() -> {
                    try {
                        return server.admit(caller, "r");
                    } catch (ApiException e) {
                        assertThat(e.code()).isEqualTo("rate_limit_exceeded");
                        assertThat(e).hasMessageContaining("under way may use the rest");
                        assertThat(e.headers()).containsEntry("Retry-After", "5");
                        return null;
                    }
                }));
            }
            for (Future<@Nullable Admission> one : asked) {
                Admission admission = one.get();
                if (admission != null) {
                    admitted.add(admission);
                }
            }
        }
        return admitted;
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void limitsHoldForAllServersOfOneDatabaseTogether(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        try (Store one = Store.open(address, AccessTables.SCHEMA);
                Store other = Store.open(address, AccessTables.SCHEMA);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<KeyedAccess> servers = List.of(access(one), access(other));
            Caller caller = caller(servers.getFirst(), new Allowance(25L, null, null, null));
            List<Future<Boolean>> asked = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                KeyedAccess server = servers.get(i % 2);
                asked.add(threads.submit(() -> {
                    try {
                        ask(server, caller, 10);
                        return true;
                    } catch (ApiException e) {
                        return false;
                    }
                }));
            }
            int letIn = 0;
            for (Future<Boolean> one1 : asked) {
                letIn += one1.get() ? 1 : 0;
            }
            assertThat(letIn).isEqualTo(25);
            List<Ledger.Day> days =
                    servers.getLast().ledger().days(LocalDate.MIN.withYear(2000), LocalDate.of(2100, 1, 1));
            assertThat(days).hasSize(1);
            assertThat(days.getFirst().answers()).isEqualTo(25);
            assertThat(days.getFirst().promptTokens()).isEqualTo(25 * 10);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void theLedgerKnowsWhatEachKeyUsedOfEachModel(StoreKind kind) throws Exception {
        try (Store store = open(kind)) {
            KeyedAccess access = access(store);
            Caller ana = caller(access, Allowance.UNLIMITED);
            try (Admission admission = access.admit(ana, "r1")) {
                admission.settle("smollm2", new Usage(10, 4, 5, 100, 0, 0));
                admission.settle("gemma", new Usage(1, 0, 2, 100, 0, 0));
            }
            try (Admission admission = access.admit(ana, "r2")) {
                admission.settle("smollm2", new Usage(100, 0, 50, 100, 0, 0));
            }
            try (Admission admission = access.admit(Caller.LOCAL, "r3")) {
                admission.settle("smollm2", new Usage(7, 0, 0, 100, 0, 0));
            }
            access.admit(ana, "r4").close(); // refused by its handler, for example
            LocalDate today = LocalDate.of(2026, 3, 30);
            assertThat(access.ledger().days(today, today))
                    .containsExactlyInAnyOrder(
                            new Ledger.Day(ana.keyId(), "ana", today, "smollm2", 2, 110, 4, 55),
                            new Ledger.Day(ana.keyId(), "ana", today, "gemma", 1, 1, 0, 2),
                            new Ledger.Day("local", "local", today, "smollm2", 1, 7, 0, 0));
            assertThat(access.ledger().requests("done")).isEqualTo(3);
            assertThat(access.ledger().requests("failed")).isEqualTo(1);
            assertThat(access.ledger().requests("begun")).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void whatADeadServerHadBegunEndsAsInterruptedAndWhatALiveOneHasIsLeftAlone(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        try (Store living = Store.open(address, AccessTables.SCHEMA)) {
            Admission kept = access(living).admit(Caller.LOCAL, "of the living");
            Store dying = Store.open(address, AccessTables.SCHEMA);
            Admission settled = access(dying).admit(Caller.LOCAL, "settled");
            settled.settle("smollm2", new Usage(1, 0, 1, 100, 0, 0));
            access(dying).admit(Caller.LOCAL, "begun");
            dying.close();
            try (Store next = Store.open(address, AccessTables.SCHEMA)) {
                KeyedAccess access = access(next);
                assertThat(access.ledger().lines(clock.instant()))
                        .extracting(line -> line.requestId() + " " + line.state())
                        .containsExactlyInAnyOrder("of the living begun", "settled done", "begun interrupted");
                kept.settle("smollm2", new Usage(1, 0, 1, 100, 0, 0));
                assertThat(access.ledger().requests("done")).isEqualTo(2);
            }
        }
    }

    private Store open(StoreKind kind) {
        return Store.open(kind.fresh(folder), AccessTables.SCHEMA);
    }

    private KeyedAccess access(Store store) {
        return new KeyedAccess(store, null, Allowance.UNLIMITED, clock);
    }

    private static Caller caller(KeyedAccess access, Allowance allowance) {
        String secret =
                access.keys().create("ana", Role.USER, 0, allowance, null).secret();
        return identify(access, "Authorization", "Bearer " + secret);
    }

    private static Admission ask(KeyedAccess access, Caller caller, int tokens) {
        try (Admission admission = access.admit(caller, "r")) {
            admission.settle("smollm2", new Usage(tokens, 0, 0, 100, 0, 0));
            return admission;
        }
    }

    private static Caller identify(KeyedAccess access, String name, String value) {
        return access.identify(header -> header.equalsIgnoreCase(name) ? value : null);
    }

    private static void refusal(KeyedAccess access, @Nullable String authorization, String words) {
        ApiException refused = catchThrowableOfType(
                ApiException.class,
                () -> access.identify(header -> header.equals("Authorization") ? authorization : null));
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused).hasMessageContaining(words);
    }
}
