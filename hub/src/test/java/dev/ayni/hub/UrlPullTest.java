package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UrlPullTest {
    private static final byte[] MODEL = TestHub.bytes(3_000_000, 1);

    @TempDir
    private Path home;

    private ModelServer server;
    private TestHub hub;

    @BeforeEach
    void start() throws IOException {
        server = new ModelServer();
        hub = TestHub.plain(home.resolve("new"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String url() {
        return server.uri("/m.gguf").toString();
    }

    private static String pin(byte[] bytes) {
        return "#sha256=" + Digest.of(bytes).hex();
    }

    private List<String> leftOvers() throws IOException {
        return hub.files().stream()
                .filter(name -> name.startsWith("downloads/"))
                .toList();
    }

    @Test
    void aFileComesWholeAndIsUsedOfflineAfterwards() throws IOException {
        server.on("/m.gguf", ModelServer.file(MODEL));

        LocalModel model = hub.pull(url());

        assertThat(model.path()).isAbsolute().hasFileName("m.gguf").hasBinaryContent(MODEL);
        assertThat(model.digest()).isEqualTo(Digest.of(MODEL));
        assertThat(model.bytes()).isEqualTo(MODEL.length);
        assertThat(hub.hub.library().list()).containsExactly(model);
        server.close();
        assertThat(hub.hub.resolve(hub.hub.parse(url()), hub.steps::add, LicenceGate.closed()))
                .isEqualTo(model);
        assertThat(leftOvers()).isEmpty();
    }

    @Test
    void progressGoesUpToTheWhole() {
        server.on("/m.gguf", ModelServer.file(MODEL));

        hub.pull(url());

        assertThat(hub.steps)
                .filteredOn(step -> step.phase() == Progress.Phase.DOWNLOADING)
                .extracting(Progress.Step::bytesDone)
                .isSorted()
                .startsWith(0L)
                .endsWith((long) MODEL.length);
        assertThat(hub.steps.getLast().phase()).isEqualTo(Progress.Phase.DONE);
    }

    @Test
    void aLostConnectionIsTakenUpWhereItBroke() {
        server.on(
                "/m.gguf",
                List.of(ModelServer.file(MODEL, 1_000_000), ModelServer.file(MODEL, 500_000), ModelServer.file(MODEL)));

        assertThat(hub.pull(url()).digest()).isEqualTo(Digest.of(MODEL));
        assertThat(server.asked()).hasSize(3);
        assertThat(server.asked().get(1).range()).matches("bytes=\\d{4,}-");
        assertThat(server.asked().get(1).ifRange()).isNotNull();
    }

    @Test
    void aConnectionThatIsLostForGoodLeavesAPartForTheNextPull() throws IOException {
        ModelServer.Behaviour gone = ModelServer.status(503);
        server.on("/m.gguf", List.of(ModelServer.file(MODEL, 1_000_000), gone));

        assertThatThrownBy(() -> hub.pull(url()))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("503")
                .hasMessageContaining("What has arrived is kept; run the same command again");
        assertThat(leftOvers()).hasSize(2).anyMatch(name -> name.endsWith(".part"));
        assertThat(hub.hub.library().list()).isEmpty();
        assertThat(hub.files()).allMatch(name -> name.startsWith("downloads/"));

        server.on("/m.gguf", ModelServer.file(MODEL));
        assertThat(hub.pull(url()).digest()).isEqualTo(Digest.of(MODEL));
        assertThat(server.asked().getLast().range()).isNotNull();
        assertThat(hub.steps).anyMatch(step -> step.phase() == Progress.Phase.VERIFYING);
    }

    @Test
    void aFileThatChangedMeanwhileIsFetchedAnew() {
        byte[] newer = TestHub.bytes(2_000_000, 2);
        server.on("/m.gguf", List.of(ModelServer.file(MODEL, 1_000_000), ModelServer.file(newer)));

        assertThat(hub.pull(url()).digest()).isEqualTo(Digest.of(newer));
    }

    @Test
    void aPartLongerThanTheFileIsFetchedAnew() {
        byte[] shorter = TestHub.bytes(200_000, 2);
        server.on("/m.gguf", List.of(ModelServer.file(MODEL, 1_000_000), ModelServer.file(shorter)));

        assertThat(hub.pull(url() + pin(shorter)).digest()).isEqualTo(Digest.of(shorter));
    }

    @Test
    void aWholePartIsNotFetchedAgain() throws IOException {
        server.on("/m.gguf", ModelServer.file(MODEL));
        String reference = url() + pin(MODEL);
        hub.pull(reference);
        LocalLibrary library = hub.hub.library();
        Path folder = library.downloads(ReferenceText.fileName(hub.hub.parse(reference)));
        assertThatThrownBy(() -> {
                    library.remove(hub.hub.parse(reference));
                    server.on("/m.gguf", List.of(ModelServer.file(MODEL, 1_000_000), ModelServer.status(500)));
                    hub.pull(reference);
                })
                .isInstanceOf(HubException.class);
        Path part;
        try (Stream<Path> files = Files.list(folder)) {
            part = files.filter(file -> file.toString().endsWith(".part"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.write(part, MODEL);
        server.on("/m.gguf", ModelServer.file(MODEL));

        assertThat(hub.pull(reference).digest()).isEqualTo(Digest.of(MODEL));
        assertThat(server.asked().getLast().range()).isEqualTo("bytes=" + MODEL.length + "-");
    }

    @Test
    void aWrongDigestGetsALetterAndThePartIsRemoved() throws IOException {
        server.on("/m.gguf", ModelServer.file(MODEL));

        assertThatThrownBy(() -> hub.pull(url() + "#sha256=" + "00".repeat(32)))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("SHA-256 " + Digest.of(MODEL).hex())
                .hasMessageContaining("expected " + "00".repeat(32))
                .hasMessageContaining("It was removed");
        assertThat(hub.files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504})
    void aBusyServerIsAskedAgain(int status) {
        server.on("/m.gguf", List.of(ModelServer.status(status), ModelServer.status(status), ModelServer.file(MODEL)));

        assertThat(hub.pull(url()).digest()).isEqualTo(Digest.of(MODEL));
    }

    @Test
    void aServerMaySayHowLongToWait() {
        server.on("/m.gguf", List.of(ModelServer.status(429, "Retry-After", "1"), ModelServer.file(MODEL)));
        long start = System.nanoTime();

        hub.pull(url());

        assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
    }

    @Test
    void aServerThatWantsADayIsNotWaitedFor() {
        server.on("/m.gguf", ModelServer.status(429, "Retry-After", "86400"));

        assertThatThrownBy(() -> hub.pull(url()))
                .hasMessageContaining("429 (too many requests)")
                .hasMessageContaining("wait for 86400 seconds");
        assertThat(server.asked()).hasSize(1);
    }

    @Test
    void aServerThatFallsSilentIsLeft() {
        server.on("/m.gguf", exchange -> {
            exchange.sendResponseHeaders(200, MODEL.length);
            exchange.getResponseBody().write(MODEL, 0, 1000);
            exchange.getResponseBody().flush();
            try {
                Thread.sleep(300_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        long start = System.nanoTime();

        assertThatThrownBy(() -> TestHub.hasty(home).pull(url())).hasMessageContaining("no byte in 1 s");
        assertThat(System.nanoTime() - start).isLessThan(120_000_000_000L);
    }

    @Test
    void aMissingFileOrALoginIsNotAskedForTwice() {
        server.on("/login.gguf", ModelServer.status(403));

        assertThatThrownBy(() -> hub.pull(url())).hasMessageContaining("404").hasMessageContaining("Check the address");
        assertThatThrownBy(() -> hub.pull(server.uri("/login.gguf").toString()))
                .hasMessageContaining("403")
                .hasMessageContaining("give its path");
        assertThat(server.asked()).hasSize(2);
    }

    @Test
    void aWebPageIsNoModel() {
        server.on("/m.gguf", ModelServer.text("text/html; charset=utf-8", "<html>Please log in</html>"));

        assertThatThrownBy(() -> hub.pull(url())).hasMessageContaining("a web page instead of m.gguf");
    }

    @Test
    void redirectsAreFollowedButNotInCirclesAndNotToPlainHttp() {
        server.on("/a.gguf", ModelServer.status(302, "Location", "/m.gguf"))
                .on("/m.gguf", ModelServer.file(MODEL))
                .on("/circle.gguf", ModelServer.status(302, "Location", "/circle.gguf"))
                .on("/out.gguf", ModelServer.status(307, "Location", "http://example.org/m.gguf"));

        assertThat(hub.pull(server.uri("/a.gguf").toString()).path()).hasFileName("a.gguf");
        assertThatThrownBy(() -> hub.pull(server.uri("/circle.gguf").toString()))
                .hasMessageContaining("in a circle");
        assertThatThrownBy(() -> hub.pull(server.uri("/out.gguf").toString())).hasMessageContaining("Use https");
        assertThat(server.asked("/circle.gguf")).hasSizeLessThan(15);
    }

    @Test
    void aFileThatCannotFitIsNotBegun() throws IOException {
        server.on("/m.gguf", exchange -> {
            exchange.sendResponseHeaders(200, 1L << 60);
            exchange.getResponseBody().flush();
        });

        assertThatThrownBy(() -> hub.pull(url()))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("are free")
                .hasMessageContaining("AYNI_HOME");
        assertThat(leftOvers()).noneMatch(name -> name.endsWith(".part"));
    }
}
