package dev.ayni.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Ledger;
import dev.ayni.server.access.StoreKind;
import dev.ayni.server.openai.ResponseStore;
import dev.ayni.server.openai.ResponseTables;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Nothing that was promised is lost, and nothing is done twice, when a server is killed (SIGKILL) at any moment. Kills it a
 * few times; for many: {@code mvn -pl server -am test -Dtest=KillTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dayni.kills=50 -Dayni.postgres=...}
 */
final class KillTest {
    private static final int KILLS = Integer.getInteger("ayni.kills", 3);

    @TempDir
    private Path folder;

    private final ConcurrentLinkedQueue<String> promised = new ConcurrentLinkedQueue<>();
    /** How much of each kind the servers before the current one had said. */
    private final Map<String, Long> said = new HashMap<>();

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void nothingIsLostOrDoubledWhenTheServerIsKilled(StoreKind kind) throws Exception {
        String address = kind.freshText(folder);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < KILLS; i++) {
            Process server = start(address, "take");
            Thread listener = listen(server);
            waitFor(server, "ready");
            if (i % 3 != 2) { // every third one dies while it begins, and takes over what others left
                waitFor(server, "batch");
            }
            Thread.sleep(random.nextInt(500));
            server.destroyForcibly().waitFor();
            listener.join();
            said.replaceAll((what, count) -> count(what));
        }
        Process last = start(address, "finish");
        Thread listener = listen(last);
        assertThat(last.waitFor(5, TimeUnit.MINUTES)).isTrue();
        listener.join();
        assertThat(promised).last().isEqualTo("finished");
        check(kind, StoreAddress.parse(address), seed);
    }

    private Process start(String address, String what) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classPath(),
                        KilledServer.class.getName(),
                        folder.resolve("files").toString(),
                        what)
                .redirectError(ProcessBuilder.Redirect.to(folder.resolve("said").toFile()));
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            byte[] text = address.getBytes(StandardCharsets.UTF_8);
            in.write(text.length);
            in.write(text);
        }
        return process;
    }

    /** Of this test, which runs on the module path; the program runs on the class path, as Ayni does. */
    private static String classPath() {
        return Stream.of(
                        Stream.of(Path.of("target", "test-classes")
                                .toAbsolutePath()
                                .toString()),
                        Stream.of(System.getProperty("jdk.module.path", "").split(File.pathSeparator)),
                        Stream.of(System.getProperty("java.class.path", "").split(File.pathSeparator)))
                .flatMap(paths -> paths)
                .filter(path -> !path.isEmpty())
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private Thread listen(Process process) {
        return Thread.ofPlatform().start(() -> {
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                StringBuilder line = new StringBuilder();
                for (int c = out.read(); c >= 0; c = out.read()) {
                    if (c == '\n') {
                        promised.add(line.toString()); // what has no end was not said whole
                        line.setLength(0);
                    } else {
                        line.append((char) c);
                    }
                }
            } catch (IOException e) {
                // killed
            }
        });
    }

    /** Waits until a server says something that begins so. */
    private void waitFor(Process server, String what) throws Exception {
        long before = said.getOrDefault(what, 0L);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (count(what) == before && server.isAlive() && System.nanoTime() < until) {
            Thread.sleep(2);
        }
        said.put(what, count(what));
        assertThat(said.get(what))
                .describedAs(Files.readString(folder.resolve("said")))
                .isGreaterThan(before);
    }

    private long count(String what) {
        return promised.stream().filter(line -> line.startsWith(what)).count();
    }

    private void check(StoreKind kind, StoreAddress address, long seed) throws Exception {
        int files = 0;
        int lines = 0;
        int used = 0;
        int responses = 0;
        List<String> lost = new ArrayList<>();
        try (Store store = Store.open(address, AccessTables.SCHEMA, JobsTables.SCHEMA, ResponseTables.SCHEMA)) {
            ResponseStore documents = ResponseStore.in(store, Duration.ofDays(30), Clock.systemUTC());
            documents.endAbandoned(id -> false, json -> "failed");
            KeptFiles kept =
                    new KeptFiles(store, folder.resolve("files"), KeptFiles.Room.of(1 << 20), Clock.systemUTC());
            Batches batches = new Batches(store, kept, Clock.systemUTC());
            Ledger ledger = new Ledger(store, Clock.systemUTC());
            Map<String, List<Ledger.Line>> account =
                    ledger.lines(Instant.EPOCH).stream().collect(Collectors.groupingBy(Ledger.Line::requestId));
            Set<String> begun = new HashSet<>();
            Set<String> batchIds = new HashSet<>();
            for (String promise : promised) {
                String[] words = promise.split(" ");
                switch (words[0]) {
                    case "file" -> {
                        files++;
                        try (InputStream in = kept.open(kept.find("ana", words[1]))) {
                            if (!sha256(in.readAllBytes()).equals(words[2])) {
                                lost.add(promise);
                            }
                        } catch (RuntimeException e) {
                            lost.add(promise + ": " + e.getMessage());
                        }
                    }
                    case "batch" -> batchIds.add(words[1]);
                    case "begun" -> begun.add(words[1]);
                    case "used" -> {
                        used++;
                        begun.remove(words[1]);
                        List<Ledger.Line> written = account.getOrDefault(words[1], List.of());
                        if (written.size() != 1
                                || !written.getFirst().state().equals("done")
                                || written.getFirst().promptTokens() != Long.parseLong(words[2])) {
                            lost.add(promise + ": " + written);
                        }
                    }
                    case "response" -> {
                        responses++;
                        int turns = documents
                                .get(ResponseStore.Kind.CONVERSATION, "ana", words[2])
                                .orElse("")
                                .length();
                        if (!documents
                                        .get(ResponseStore.Kind.RESPONSE, "ana", words[1])
                                        .equals(Optional.of("said"))
                                || turns < Integer.parseInt(words[3])) {
                            lost.add(promise + ": " + turns);
                        }
                    }
                    case "opened" -> {
                        Optional<String> json = documents.get(ResponseStore.Kind.RESPONSE, "ana", words[1]);
                        if (!json.equals(Optional.of("failed"))) {
                            lost.add(promise + ": " + json);
                        }
                    }
                    case "ready", "finished" -> {}
                    default -> throw new AssertionError(promise);
                }
            }
            // what had begun when the server died: interrupted, or done just before
            for (String id : begun) {
                List<Ledger.Line> written = account.getOrDefault(id, List.of());
                if (written.size() != 1
                        || !Set.of("interrupted", "done")
                                .contains(written.getFirst().state())) {
                    lost.add("begun " + id + ": " + written);
                }
            }
            Set<String> there =
                    batches.list("ana", null, 100_000).stream().map(Batch::id).collect(Collectors.toSet());
            if (!there.containsAll(batchIds)) {
                lost.add("batches of " + batchIds);
            }
            for (String id : there) {
                lines += checkBatch(kept, batches.find("ana", id), account, lost);
            }
            checkSums(store, ledger, lost);
        }
        System.out.printf(
                "%s, %d kills: %d files, %d batches with %d lines, %d ledger lines, %d responses promised; lost or doubled: %d%n",
                kind,
                KILLS,
                files,
                promised.stream()
                        .filter(promise -> promise.startsWith("batch "))
                        .count(),
                lines,
                used,
                responses,
                lost.size());
        assertThat(lost).describedAs("seed %d", seed).isEmpty();
        assertThat(files).isPositive();
        assertThat(lines).isPositive();
        assertThat(used).isPositive();
        assertThat(responses).isPositive();
    }

    private int checkBatch(KeptFiles kept, Batch batch, Map<String, List<Ledger.Line>> account, List<String> lost)
            throws IOException {
        @Nullable String output = batch.outputFile();
        if (batch.status() != Batch.Status.COMPLETED || output == null || batch.completed() != KilledServer.LINES) {
            lost.add(batch.toString());
            return 0;
        }
        Map<String, Integer> seen = new HashMap<>();
        try (InputStream in = kept.open(kept.find("ana", output))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                JsonNode node = new JsonMapper().readTree(line);
                seen.put(
                        node.get("custom_id").stringValue(),
                        node.at("/response/body/answer/n").intValue());
                List<Ledger.Line> written = account.getOrDefault(node.get("id").stringValue(), List.of());
                if (written.size() != 1 || written.getFirst().promptTokens() != KilledServer.OF_A_LINE.promptTokens()) {
                    lost.add(line + ": " + written);
                }
            }
        }
        for (int i = 0; i < KilledServer.LINES; i++) {
            Integer n = seen.get("c" + i);
            if (n == null || n != i) {
                lost.add(batch.id() + " line " + i);
            }
        }
        return seen.size();
    }

    /** The sums of the days are those of the lines. */
    private static void checkSums(Store store, Ledger ledger, List<String> lost) {
        long ofLines = store.read(
                transaction -> transaction.number("select sum(prompt_tokens + answer_tokens) as n from ledger_line"));
        long ofDays = ledger.days(LocalDate.of(2000, 1, 1), LocalDate.of(2200, 1, 1)).stream()
                .mapToLong(day -> day.promptTokens() + day.answerTokens())
                .sum();
        if (ofLines != ofDays || ledger.requests("begun") != 0) {
            lost.add("lines %d, days %d, begun %d".formatted(ofLines, ofDays, ledger.requests("begun")));
        }
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
