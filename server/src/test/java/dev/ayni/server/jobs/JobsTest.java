package dev.ayni.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.Usage;
import dev.ayni.server.access.Access;
import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.KeyedAccess;
import dev.ayni.server.access.KeyedAccess.Used;
import dev.ayni.server.access.MovedClock;
import dev.ayni.server.access.Role;
import dev.ayni.server.access.StoreKind;
import dev.ayni.server.http.ApiException;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files and batches, on both kinds of database. */
final class JobsTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final Caller ANA = new Caller("ana", "", Set.of(Role.USER), 0);
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aFileComesBackAsItWasAndOnlyToItsOwner(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            byte[] content = new byte[300_000];
            new java.util.Random(7).nextBytes(content);
            KeptFile kept = jobs.files.keep("ana", "a.bin", "user_data", null, new ByteArrayInputStream(content));
            assertThat(kept.bytes()).isEqualTo(content.length);
            assertThat(jobs.files.find("ana", kept.id())).isEqualTo(kept);
            try (InputStream in = jobs.files.open(kept)) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
            for (String id : List.of(kept.id() + "x", "../" + kept.id(), "", "%")) {
                assertThatThrownBy(() -> jobs.files.find("ana", id)).isInstanceOf(ApiException.class);
            }
            assertThatThrownBy(() -> jobs.files.find("eve", kept.id())).hasMessageContaining("no file");
            assertThatThrownBy(() -> jobs.files.delete("eve", kept.id())).hasMessageContaining("no file");
            jobs.files.delete("ana", kept.id());
            assertThatThrownBy(() -> jobs.files.find("ana", kept.id())).hasMessageContaining("no file");
            assertThat(jobs.folder).isEmptyDirectory();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aFileThatIsTooLargeLeavesNothing(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            assertThatThrownBy(() -> jobs.files.keep(
                            "ana", "a", "batch", null, new ByteArrayInputStream(new byte[(int) Jobs.MOST_BYTES + 1])))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("larger than");
            assertThat(jobs.folder).isEmptyDirectory();
            assertThat(jobs.files.list("ana", null, null, 10, true)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void anOwnerKeepsSoManyFilesAndBytesAndNoMore(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            for (int i = 0; i < 40; i++) {
                jobs.keep("file " + i, "x");
            }
            assertThatThrownBy(() -> jobs.keep("one more", "x"))
                    .isInstanceOfSatisfying(ApiException.class, e -> {
                        assertThat(e.status()).isEqualTo(413);
                        assertThat(e.code()).isEqualTo("storage_limit_exceeded");
                    })
                    .hasMessageContaining("40 files");
            byte[] large = new byte[8 << 20];
            for (int i = 0; i < 2; i++) {
                jobs.files.keep("eve", "e", "batch", null, new ByteArrayInputStream(large));
            }
            assertThatThrownBy(() -> jobs.files.keep("eve", "e", "batch", null, new ByteArrayInputStream(large)))
                    .hasMessageContaining("Your files here have 16777216 bytes, and may have 20971520 together");
            jobs.files.keep("ben", "b", "batch", null, new ByteArrayInputStream(large));
            assertThatThrownBy(() -> jobs.files.keep("ben", "b", "batch", null, new ByteArrayInputStream(large)))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(507))
                    .hasMessageContaining("all who use this server");
            assertThatThrownBy(() -> jobs.files.refuseIfFull("eve", large.length))
                    .isInstanceOf(ApiException.class);
            try (Stream<Path> files = Files.list(jobs.folder)) {
                assertThat(files).as("nothing of what was refused is left").hasSize(43);
            }
            jobs.files.delete(
                    "eve",
                    jobs.files.list("eve", null, null, 1, true).getFirst().id());
            jobs.files.keep("eve", "e", "batch", null, new ByteArrayInputStream(large));
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void filesThatComeAtOnceGetNoMoreRoomThanThoseThatComeInTurn(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            byte[] large = new byte[6 << 20];
            AtomicInteger kept = new AtomicInteger();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 10; i++) {
                    threads.submit(() -> {
                        jobs.files.keep("eve", "e", "batch", null, new ByteArrayInputStream(large));
                        return kept.incrementAndGet();
                    });
                }
            }
            assertThat(kept).hasValueBetween(1, 3);
            try (Stream<Path> files = Files.list(jobs.folder)) {
                assertThat(files).hasSize(kept.get());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void whatTheServerMakesIsKeptThoughItsOwnerHasNoRoom(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            Batch batch = jobs.create(lines(0, 2));
            for (int i = 0; i < 39; i++) {
                jobs.keep("file " + i, "x");
            }
            jobs.work(Jobs::echo);
            assertThat(jobs.read(jobs.end(batch).outputFile())).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aBatchLeavesHalfOfTheTokensOfAMinuteToWhatSomebodyWaitsFor(StoreKind kind) throws Exception {
        MovedClock clock = new MovedClock("2026-05-01T12:00:00Z");
        try (Jobs jobs = new Jobs(kind.fresh(folder), clock)) {
            String secret = jobs.access
                    .keys()
                    .create("ana", Role.USER, 0, new Allowance(null, 400L, null, null), null)
                    .secret();
            Caller caller = jobs.access.identify(name -> name.equals("x-api-key") ? secret : null);
            AtomicInteger ran = new AtomicInteger();
            jobs.work((by, id, path, body) -> {
                ran.incrementAndGet();
                return Jobs.echo(by, id, path, body); // which takes 5 tokens
            });
            KeptFile input = jobs.keep("in.jsonl", lines(0, 60));
            Batch batch = jobs.batches.create(caller, input.id(), "/v1/chat/completions", DAY, "24h", "{}", null);
            waitUntil(() -> jobs.access.mayGoOnAt(caller) != null);
            sleep(300);
            assertThat(ran).hasValueBetween(40, 45);
            try (Access.Admission admission = jobs.access.admit(caller, "online")) {
                assertThat(Integer.parseInt(String.valueOf(admission.headers().get("x-ratelimit-remaining-tokens"))))
                        .isBetween(170, 200);
            }
            clock.move(Duration.ofMinutes(1));
            assertThat(jobs.end(batch).completed()).isEqualTo(60);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void filesAreListedPageByPage(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            for (int i = 0; i < 7; i++) {
                jobs.keep("file " + i, "x");
            }
            jobs.files.keep("eve", "hers", "batch", null, new ByteArrayInputStream(new byte[1]));
            for (boolean newest : List.of(true, false)) {
                List<String> all = names(jobs.files.list("ana", null, null, 100, newest));
                assertThat(all).hasSize(7);
                List<KeptFile> first = jobs.files.list("ana", null, null, 3, newest);
                List<KeptFile> second =
                        jobs.files.list("ana", null, first.getLast().id(), 3, newest);
                List<KeptFile> third =
                        jobs.files.list("ana", null, second.getLast().id(), 3, newest);
                assertThat(Stream.of(first, second, third).flatMap(page -> names(page).stream()))
                        .containsExactlyElementsOf(all);
            }
            assertThat(jobs.files.list("ana", "vision", null, 10, true)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void batchesAreListedPageByPage(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            KeptFile input = jobs.keep("in.jsonl", lines(0, 2));
            for (int i = 0; i < 5; i++) {
                jobs.batches.create(ANA, input.id(), "/v1/chat/completions", DAY, "24h", "{}", null);
            }
            List<Batch> newest = jobs.batches.list("ana", null, 100);
            List<Batch> oldest = jobs.batches.list("ana", null, 100, false);
            assertThat(oldest).hasSize(5).containsExactlyElementsOf(newest.reversed());
            for (boolean newestFirst : List.of(true, false)) {
                List<Batch> first = jobs.batches.list("ana", null, 3, newestFirst);
                List<Batch> second = jobs.batches.list("ana", first.getLast().id(), 3, newestFirst);
                assertThat(Stream.of(first, second).flatMap(List::stream))
                        .containsExactlyElementsOf(newestFirst ? newest : oldest);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = StoreKind.class, names = "SQLITE")
    void whatAStoppedUploadLeftIsSweptAwayAfterADay(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        Path left;
        Path fresh;
        try (Jobs jobs = new Jobs(address)) {
            KeptFile kept = jobs.keep("kept", "x");
            left = Files.writeString(jobs.folder.resolve("file-left.part"), "half of it");
            fresh = Files.writeString(jobs.folder.resolve("file-fresh.part"), "being written");
            for (Path old : List.of(left, jobs.folder.resolve(kept.id()))) {
                Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
            }
        }
        try (Jobs jobs = new Jobs(address)) {
            assertThat(left).doesNotExist();
            assertThat(fresh).exists();
            assertThat(jobs.files.list("ana", null, null, 10, true)).hasSize(1);
            try (InputStream in =
                    jobs.files.open(jobs.files.list("ana", null, null, 10, true).getFirst())) {
                assertThat(in.readAllBytes()).hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = StoreKind.class, names = "SQLITE")
    void aServerOfAnotherDatabaseInTheSameFolderLeavesItsFilesAlone(StoreKind kind) throws Exception {
        Path old;
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            old = jobs.folder.resolve(jobs.keep("kept", "x").id());
            Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        }
        try (Jobs other = new Jobs(new StoreAddress.SqliteFile(folder.resolve("other.db")))) {
            assertThat(other.files.list("ana", null, null, 10, true)).isEmpty();
            assertThat(old).exists();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void whatHasExpiredIsRemovedAndNothingElse(StoreKind kind) throws Exception {
        MovedClock clock = new MovedClock("2026-11-28T06:00:00Z");
        try (Jobs jobs = new Jobs(kind.fresh(folder), clock)) {
            KeptFile brief = jobs.files.keep(
                    "ana",
                    "brief",
                    "user_data",
                    clock.instant().plusSeconds(3600),
                    new ByteArrayInputStream(new byte[9]));
            KeptFile longer = jobs.files.keep(
                    "eve",
                    "longer",
                    "user_data",
                    clock.instant().plusSeconds(3601),
                    new ByteArrayInputStream(new byte[9]));
            KeptFile input = jobs.keep("in.jsonl", lines(0, 2) + "\n" + line("bad", "{\"fail\":true}"));
            jobs.work(Jobs::echo);
            Batch done =
                    jobs.end(jobs.batches.create(ANA, input.id(), "/v1/chat/completions", DAY, "24h", "{}", 7200L));
            assertThat(done.status()).isEqualTo(Batch.Status.COMPLETED);
            for (String file : List.of(String.valueOf(done.outputFile()), String.valueOf(done.errorFile()))) {
                assertThat(jobs.files.find("ana", file).expires())
                        .isEqualTo(clock.instant().plusSeconds(7200));
            }
            assertThat(jobs.files.removeExpired()).isZero();
            clock.move(Duration.ofHours(1));
            assertThatThrownBy(() -> jobs.files.find("ana", brief.id())).hasMessageContaining("no file");
            assertThat(jobs.folder.resolve(brief.id())).exists();
            assertThat(jobs.files.removeExpired()).isOne();
            assertThat(jobs.folder.resolve(brief.id())).doesNotExist();
            assertThat(jobs.files.find("eve", longer.id())).isEqualTo(longer);
            clock.move(Duration.ofHours(1));
            assertThat(jobs.files.removeExpired()).isEqualTo(3);
            try (Stream<Path> left = Files.list(jobs.folder)) {
                assertThat(left).containsExactly(jobs.folder.resolve(input.id()));
            }
            assertThat(jobs.batches.find("ana", done.id()).outputFile()).isEqualTo(done.outputFile());
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aBatchIsAnsweredLineByLine(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            jobs.work(Jobs::echo);
            Batch batch = jobs.create(lines(0, 20) + "\n" + line("bad", "{\"fail\":true}") + "\n");
            Batch done = jobs.end(batch);
            assertThat(done.status()).isEqualTo(Batch.Status.COMPLETED);
            assertThat(List.of(done.total(), done.completed(), done.failed())).containsExactly(21L, 20L, 1L);
            List<JsonNode> output = jobs.read(done.outputFile());
            assertThat(output).hasSize(20);
            for (int i = 0; i < 20; i++) {
                assertThat(output.get(i).get("custom_id").stringValue()).isEqualTo("line-" + i);
                assertThat(output.get(i).at("/response/status_code").intValue()).isEqualTo(200);
                assertThat(output.get(i).at("/response/body/echo/n").intValue()).isEqualTo(i);
                assertThat(output.get(i).get("error").isNull()).isTrue();
            }
            List<JsonNode> errors = jobs.read(done.errorFile());
            assertThat(errors).hasSize(1);
            assertThat(errors.getFirst().at("/response/status_code").intValue()).isEqualTo(400);
            assertThat(jobs.access.ledger().lines(Instant.EPOCH))
                    .filteredOn(line -> line.state().equals("done"))
                    .hasSize(20);
            assertThat(done.inProgress()).isNotNull();
            assertThat(done.finalizing()).isNotNull();
            assertThat(done.completedAt()).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void anInputThatIsWrongIsToldLineByLineAndNothingIsComputed(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            AtomicInteger ran = new AtomicInteger();
            jobs.work((caller, id, path, body) -> {
                ran.incrementAndGet();
                return Jobs.echo(caller, id, path, body);
            });
            String input = String.join(
                    "\n",
                    line("a", "{}"),
                    "{\"custom_id\":",
                    line("a", "{}"),
                    line("b", "[]"),
                    line("c", "{\"stream\":true}"),
                    line("d", "{}").replace("POST", "GET"),
                    line("e", "{}").replace("/v1/chat/completions", "/v1/files"),
                    "{\"method\":\"POST\"}",
                    line("f", "{\"background\":true}"));
            Batch failed = jobs.end(jobs.create(input));
            assertThat(failed.status()).isEqualTo(Batch.Status.FAILED);
            assertThat(MAPPER.readTree(failed.errors()))
                    .extracting(error ->
                            error.get("line").asInt() + " " + error.get("code").stringValue())
                    .containsExactly(
                            "2 invalid_json_line",
                            "3 duplicate_custom_id",
                            "4 invalid_body",
                            "5 invalid_body",
                            "6 invalid_method",
                            "7 invalid_url",
                            "8 missing_required_parameter",
                            "9 invalid_body");
            Batch empty = jobs.end(jobs.create("\n\n"));
            assertThat(empty.errors()).contains("empty_file");
            assertThat(ran).hasValue(0);
            assertThatThrownBy(
                            () -> jobs.batches.create(ANA, "file-none", "/v1/chat/completions", DAY, "24h", "{}", null))
                    .hasMessageContaining("no file 'file-none'");
            KeptFile image = jobs.files.keep("ana", "i", "vision", null, new ByteArrayInputStream(new byte[1]));
            assertThatThrownBy(
                            () -> jobs.batches.create(ANA, image.id(), "/v1/chat/completions", DAY, "24h", "{}", null))
                    .hasMessageContaining("purpose 'vision'");
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aCancelledBatchKeepsWhatWasAnswered(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            CountDownLatch begun = new CountDownLatch(4);
            CountDownLatch goOn = new CountDownLatch(1);
            jobs.work((caller, id, path, body) -> {
                begun.countDown();
                await(goOn);
                return Jobs.echo(caller, id, path, body);
            });
            Batch batch = jobs.create(lines(0, 50));
            await(begun);
            assertThat(jobs.batches.cancel("ana", batch.id()).status()).isEqualTo(Batch.Status.CANCELLING);
            goOn.countDown();
            Batch end = jobs.end(batch);
            assertThat(end.status()).isEqualTo(Batch.Status.CANCELLED);
            assertThat(end.completed()).isEqualTo(4);
            assertThat(jobs.read(end.outputFile())).hasSize(4);
            assertThatThrownBy(() -> jobs.batches.cancel("eve", batch.id())).hasMessageContaining("no batch");
            assertThat(jobs.batches.cancel("ana", batch.id()).status()).isEqualTo(Batch.Status.CANCELLED);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aBatchThatIsNotDoneInTimeSaysWhatWasNotAnswered(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            AtomicInteger ran = new AtomicInteger();
            jobs.work((caller, id, path, body) -> ran.incrementAndGet() <= 3
                    ? Jobs.echo(caller, id, path, body)
                    : new RequestRunner.Answer(429, "{}", 0, List.of()));
            KeptFile input = jobs.keep("in.jsonl", lines(0, 10));
            Batch batch = jobs.batches.create(
                    ANA, input.id(), "/v1/chat/completions", Duration.ofMillis(2500), "24h", "{}", null);
            Batch end = jobs.end(batch);
            assertThat(end.status()).isEqualTo(Batch.Status.EXPIRED);
            assertThat(List.of(end.total(), end.completed(), end.failed())).containsExactly(10L, 3L, 7L);
            assertThat(jobs.read(end.outputFile())).hasSize(3);
            assertThat(jobs.read(end.errorFile()))
                    .hasSize(7)
                    .allSatisfy(line ->
                            assertThat(line.at("/error/code").stringValue()).isEqualTo("batch_expired"));
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aRequestForWhichThereIsNoRoomIsSentAgain(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            AtomicInteger ran = new AtomicInteger();
            jobs.work((caller, id, path, body) -> ran.incrementAndGet() == 1
                    ? new RequestRunner.Answer(503, "{}", 1, List.of())
                    : Jobs.echo(caller, id, path, body));
            Batch end = jobs.end(jobs.create(lines(0, 2)));
            assertThat(end.completed()).isEqualTo(2);
            assertThat(ran).hasValue(3);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aBatchGoesOnWhereAStoppedServerLeftIt(StoreKind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        AtomicInteger ran = new AtomicInteger();
        Batch batch;
        try (Jobs jobs = new Jobs(address)) {
            CountDownLatch some = new CountDownLatch(6);
            jobs.work((caller, id, path, body) -> {
                if (ran.incrementAndGet() > 6) {
                    sleep(60_000); // is interrupted by the server's end
                }
                some.countDown();
                return Jobs.echo(caller, id, path, body);
            });
            batch = jobs.create(lines(0, 30));
            await(some);
            waitUntil(() -> jobs.batches.find("ana", batch(jobs).id()).completed() == 6);
        }
        try (Jobs jobs = new Jobs(address)) {
            AtomicInteger again = new AtomicInteger();
            jobs.work((caller, id, path, body) -> {
                again.incrementAndGet();
                return Jobs.echo(caller, id, path, body);
            });
            Batch end = jobs.end(batch);
            assertThat(end.completed()).isEqualTo(30);
            assertThat(again).hasValue(24);
            assertThat(jobs.read(end.outputFile()))
                    .extracting(line -> line.get("custom_id").stringValue())
                    .doesNotHaveDuplicates()
                    .hasSize(30);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void aBatchWhoseKeyIsRevokedEnds(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            var made = jobs.access.keys().create("ana", Role.USER, 0, Allowance.UNLIMITED, null);
            Caller caller = jobs.access.identify(name -> name.equals("x-api-key") ? made.secret() : null);
            CountDownLatch begun = new CountDownLatch(4);
            CountDownLatch goOn = new CountDownLatch(1);
            jobs.work((who, id, path, body) -> {
                begun.countDown();
                await(goOn);
                return Jobs.echo(who, id, path, body);
            });
            KeptFile input = jobs.keep("in.jsonl", lines(0, 50));
            Batch batch = jobs.batches.create(caller, input.id(), "/v1/chat/completions", DAY, "24h", "{}", null);
            await(begun);
            jobs.access.keys().revoke(made.key().id());
            goOn.countDown();
            Batch end = jobs.end(batch);
            assertThat(end.status()).isEqualTo(Batch.Status.CANCELLED);
            assertThat(end.completed()).isLessThan(50);
        }
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void anAnswerThatComesAfterAnotherProgramEndedTheBatchCountsForNothing(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            BatchWorker worker = jobs.work((caller, id, path, body) -> {
                begun.countDown();
                await(goOn);
                return Jobs.echo(caller, id, path, body);
            });
            Batch batch = jobs.create(lines(0, 1));
            await(begun);
            // so it looks to a program whose connection to the database was lost for a while
            jobs.store.write(transaction -> transaction.update(
                    "update batch set status = 'completed', completed = 1, program = 'other' where id = ?",
                    batch.id()));
            goOn.countDown();
            waitUntil(worker::rests);
            assertThat(jobs.batches.current(batch.id()).completed()).isEqualTo(1);
            assertThat(jobs.access.ledger().lines(Instant.EPOCH)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(value = StoreKind.class, names = "SQLITE")
    void aLineThatIsTooLongToBeHeldInMemoryIsToldAndNotRead(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            jobs.work(Jobs::echo);
            Batch failed =
                    jobs.end(jobs.create(lines(0, 1) + line("long", "{\"a\":\"%s\"}".formatted("x".repeat(8 << 20)))));
            assertThat(failed.status()).isEqualTo(Batch.Status.FAILED);
            JsonNode error = MAPPER.readTree(failed.errors()).get(0);
            assertThat(error.get("code").stringValue()).isEqualTo("line_too_long");
            assertThat(error.get("line").intValue()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(value = StoreKind.class, names = "SQLITE")
    void aBatchIsBegunAgainAfterAMistakeOfTheServers(StoreKind kind) throws Exception {
        try (Jobs jobs = new Jobs(kind.fresh(folder))) {
            KeptFile input = jobs.keep("in.jsonl", lines(0, 2));
            Path content = jobs.folder.resolve(input.id());
            Path aside = Files.move(content, folder.resolve("aside"));
            Files.createSymbolicLink(content, content); // cannot be opened, and is there
            BatchWorker worker = jobs.work(Jobs::echo);
            Batch batch = jobs.batches.create(ANA, input.id(), "/v1/chat/completions", DAY, "24h", "{}", null);
            waitUntil(() -> !worker.rests());
            sleep(300);
            Files.move(aside, content, StandardCopyOption.REPLACE_EXISTING);
            assertThat(jobs.end(batch).completed()).isEqualTo(2);
        }
    }

    private Batch batch(Jobs jobs) {
        return jobs.batches.list("ana", null, 1).getFirst();
    }

    private static List<String> names(List<KeptFile> files) {
        return files.stream().map(KeptFile::name).toList();
    }

    private static String lines(int from, int to) {
        StringBuilder lines = new StringBuilder();
        for (int i = from; i < to; i++) {
            lines.append(line("line-" + i, "{\"n\":%d}".formatted(i))).append('\n');
        }
        return lines.toString();
    }

    private static String line(String customId, String body) {
        return "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":%s}"
                .formatted(customId, body);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("waited 30 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void waitUntil(Condition condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).isLessThan(until);
            sleep(20);
        }
    }

    /** All that a server has for its jobs. */
    private final class Jobs implements AutoCloseable {
        static final long MOST_BYTES = 9 << 20;
        static final KeptFiles.Room ROOM = new KeptFiles.Room(MOST_BYTES, 40, 20 << 20, 30 << 20);

        final Path folder = JobsTest.this.folder.resolve("files");
        final Store store;
        final KeyedAccess access;
        final KeptFiles files;
        final Batches batches;
        private @Nullable BatchWorker worker;

        Jobs(StoreAddress address) {
            this(address, Clock.systemUTC());
        }

        Jobs(StoreAddress address, Clock clock) {
            store = Store.open(address, AccessTables.SCHEMA, JobsTables.SCHEMA);
            access = new KeyedAccess(store, null, Allowance.UNLIMITED, clock);
            files = new KeptFiles(store, folder, ROOM, clock);
            batches = new Batches(store, files, clock);
        }

        BatchWorker work(RequestRunner runner) {
            worker = new BatchWorker(store, files, batches, access, runner, 4);
            return worker;
        }

        static RequestRunner.Answer echo(Caller caller, String id, String path, byte[] body) {
            JsonNode request = MAPPER.readTree(body);
            return request.has("fail")
                    ? new RequestRunner.Answer(400, "{\"error\":{}}", 0, List.of())
                    : new RequestRunner.Answer(
                            200,
                            "{\"echo\":%s}".formatted(request),
                            0,
                            List.of(new Used("smollm2", new Usage(3, 0, 2, 100, 0, 0))));
        }

        KeptFile keep(String name, String content) {
            return files.keep(
                    "ana", name, "batch", null, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
        }

        Batch create(String input) {
            return batches.create(ANA, keep("in.jsonl", input).id(), "/v1/chat/completions", DAY, "24h", "{}", null);
        }

        Batch end(Batch batch) {
            waitUntil(() -> Set.of(
                            Batch.Status.COMPLETED, Batch.Status.FAILED, Batch.Status.EXPIRED, Batch.Status.CANCELLED)
                    .contains(batches.current(batch.id()).status()));
            return batches.current(batch.id());
        }

        List<JsonNode> read(@Nullable String file) throws IOException {
            assertThat(file).isNotNull();
            try (InputStream in = files.open(files.find("ana", String.valueOf(file)))) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> (JsonNode) MAPPER.readTree(line))
                        .toList();
            }
        }

        @Override
        public void close() {
            if (worker != null) {
                worker.close();
            }
            store.close();
        }
    }
}
