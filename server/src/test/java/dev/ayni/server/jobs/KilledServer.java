package dev.ayni.server.jobs;

import dev.ayni.chat.Usage;
import dev.ayni.server.access.Access.Admission;
import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.KeyedAccess;
import dev.ayni.server.access.KeyedAccess.Used;
import dev.ayni.server.openai.ResponseStore;
import dev.ayni.server.openai.ResponseTables;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A server's jobs and ledger without HTTP, for being killed: takes files, batches and requests without end, and says on
 * standard output what it has promised to keep, as a server's answer would. Started as a program of its own.
 */
final class KilledServer {
    static final String ENDPOINT = "/v1/chat/completions";
    static final int LINES = 12;
    static final Usage OF_A_LINE = new Usage(5, 0, 3, 100, 0, 0);

    private KilledServer() {}

    /** Arguments: the folder for files; {@code take} for taking further work, {@code finish} for ending what there is. The
     * address of the database comes by standard input's first line. */
    public static void main(String[] arguments) throws Exception {
        String address = new String(System.in.readNBytes(System.in.read()), StandardCharsets.UTF_8);
        Store store =
                Store.open(StoreAddress.parse(address), AccessTables.SCHEMA, JobsTables.SCHEMA, ResponseTables.SCHEMA);
        ResponseStore responses = ResponseStore.in(store, Duration.ofDays(30), Clock.systemUTC());
        KeyedAccess access = new KeyedAccess(store, null, Allowance.UNLIMITED, Clock.systemUTC());
        KeptFiles files = new KeptFiles(store, Path.of(arguments[0]), KeptFiles.Room.of(1 << 20), Clock.systemUTC());
        Batches batches = new Batches(store, files, Clock.systemUTC());
        AtomicLong random = new AtomicLong(System.nanoTime());
        try (BatchWorker worker = new BatchWorker(store, files, batches, access, KilledServer::answer, 4)) {
            say("ready");
            if (arguments[1].equals("finish")) {
                while (batches.list("ana", null, 100_000).stream()
                        .anyMatch(batch -> batch.status() != Batch.Status.COMPLETED)) {
                    Thread.sleep(50);
                }
                say("finished");
                return;
            }
            List<Thread> threads = List.of(
                    Thread.ofPlatform().start(() -> takeFiles(files, new Random(random.incrementAndGet()))),
                    Thread.ofPlatform().start(() -> takeBatches(files, batches)),
                    Thread.ofPlatform().start(() -> takeResponses(responses)),
                    Thread.ofPlatform().start(() -> takeRequests(access, new Random(random.incrementAndGet()))));
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static RequestRunner.Answer answer(Caller caller, String id, String path, byte[] body) {
        pause(2);
        return new RequestRunner.Answer(
                200,
                "{\"answer\":%s}".formatted(new String(body, StandardCharsets.UTF_8)),
                0,
                List.of(new Used("smollm2", OF_A_LINE)));
    }

    private static void takeFiles(KeptFiles files, Random random) {
        while (true) {
            byte[] content = new byte[random.nextInt(60_000)];
            random.nextBytes(content);
            KeptFile kept = files.keep("ana", "f", "user_data", null, new ByteArrayInputStream(content));
            say("file " + kept.id() + " " + kept.sha256());
            pause(3);
        }
    }

    private static void takeBatches(KeptFiles files, Batches batches) {
        Caller ana = new Caller("ana", "", java.util.Set.of(dev.ayni.server.access.Role.USER), 0);
        while (true) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < LINES; i++) {
                lines.append("{\"custom_id\":\"c%d\",\"method\":\"POST\",\"url\":\"%s\",\"body\":{\"n\":%d}}%n"
                        .formatted(i, ENDPOINT, i));
            }
            KeptFile input = files.keep(
                    "ana",
                    "in.jsonl",
                    "batch",
                    null,
                    new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
            Batch batch = batches.create(ana, input.id(), ENDPOINT, Duration.ofDays(1), "24h", "{}", null);
            say("batch " + batch.id());
            pause(60);
        }
    }

    /** Keeps answers, goes on with a conversation, and begins an answer in the background that never ends. */
    private static void takeResponses(ResponseStore responses) {
        String conversation = "conv_" + UUID.randomUUID();
        responses.add(ResponseStore.Kind.CONVERSATION, "ana", conversation, "");
        for (int turns = 1; ; turns++) {
            String id = "resp_" + UUID.randomUUID();
            responses.add(ResponseStore.Kind.RESPONSE, "ana", id, "said");
            responses.change(ResponseStore.Kind.CONVERSATION, "ana", conversation, said -> said + "x");
            say("response %s %s %d".formatted(id, conversation, turns));
            String open = "resp_" + UUID.randomUUID();
            responses.begin("ana", open, "queued");
            say("opened " + open);
            pause(5);
        }
    }

    private static void takeRequests(KeyedAccess access, Random random) {
        while (true) {
            String id = UUID.randomUUID().toString();
            int tokens = 1 + random.nextInt(1000);
            try (Admission admission = access.admit(Caller.LOCAL, id)) {
                say("begun " + id);
                pause(1);
                admission.settle("smollm2", new Usage(tokens, 0, 1, 100, 0, 0));
            }
            say("used " + id + " " + tokens);
        }
    }

    private static synchronized void say(String what) {
        System.out.println(what);
        System.out.flush();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
