package dev.ayni.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class SeveralPullsTest {
    private static final byte[] MODEL = TestHub.bytes(2_000_000, 1);

    @TempDir
    private Path home;

    private ModelServer server;

    @BeforeEach
    void start() throws IOException {
        server = new ModelServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String url() {
        return server.uri("/m.gguf").toString();
    }

    @Test
    void threadsThatWantTheSameModelFetchItOnce() throws InterruptedException, ExecutionException {
        server.on("/m.gguf", exchange -> {
            pause(300);
            ModelServer.file(MODEL).answer(exchange);
        });
        List<TestHub> hubs = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<LocalModel>> pulls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                TestHub hub = TestHub.plain(home);
                hubs.add(hub);
                pulls.add(threads.submit(() -> hub.pull(url())));
            }
            for (Future<LocalModel> pull : pulls) {
                assertThat(pull.get().path()).hasBinaryContent(MODEL);
            }
        }

        assertThat(server.asked()).hasSize(1);
        assertThat(hubs)
                .filteredOn(hub -> hub.steps.stream().anyMatch(step -> step.phase() == Progress.Phase.WAITING))
                .hasSize(3);
    }

    @Test
    void processesThatWantTheSameModelFetchItOnce() throws IOException, InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        server.on("/m.gguf", exchange -> {
            begun.countDown();
            pause(2000);
            ModelServer.file(MODEL).answer(exchange);
        });
        Process other = PullingProcess.start(home, url());
        try {
            begun.await();
            TestHub hub = TestHub.plain(home);
            LocalModel model = hub.pull(url());

            assertThat(model.path()).hasBinaryContent(MODEL);
            assertThat(hub.steps.getFirst().phase()).isEqualTo(Progress.Phase.WAITING);
            assertThat(new String(other.getInputStream().readAllBytes(), UTF_8))
                    .contains(Digest.of(MODEL).toString());
            assertThat(server.asked()).hasSize(1);
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void aProcessThatIsKilledLeavesABeginningThatTheNextOneContinues() throws IOException, InterruptedException {
        server.on(
                "/m.gguf",
                List.of(
                        exchange -> {
                            exchange.getResponseHeaders()
                                    .add("ETag", '"' + Digest.of(MODEL).hex().substring(0, 20) + '"');
                            exchange.sendResponseHeaders(200, MODEL.length);
                            exchange.getResponseBody().write(MODEL, 0, 1_200_000);
                            exchange.getResponseBody().flush();
                            pause(20_000);
                        },
                        ModelServer.file(MODEL)));
        TestHub hub = TestHub.plain(home);
        Process killed = PullingProcess.start(home, url());
        try {
            while (hub.files().stream().noneMatch(name -> size(name) >= 1_000_000)) {
                Thread.sleep(50);
            }
        } finally {
            killed.destroyForcibly().waitFor();
        }
        assertThat(hub.files()).allMatch(name -> name.matches("downloads/.*\\.(part|etag)"));
        assertThat(hub.hub.library().list()).isEmpty();

        LocalModel model = hub.pull(url());

        assertThat(model.path()).hasBinaryContent(MODEL);
        assertThat(server.asked().getLast().range()).matches("bytes=1\\d{6}-");
    }

    private long size(String name) {
        return Disk.size(home.resolve(name));
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
