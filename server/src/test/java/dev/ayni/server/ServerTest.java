package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.server.access.Access;
import dev.ayni.server.access.OneKey;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class ServerTest {
    private static final String KEY = "a-key-for-tests-only";
    private static final String TEXT = "{\"text\": \"héllo\"}";

    @Test
    void anAnswerBearsItsIdItsTimesAndTheWordsThatWereAsked() {
        try (RunningServer running = new RunningServer()) {
            HttpResponse<String> answer = running.post("/v1/text", TEXT, "x-request-id", "mine-1");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"text\":\"héllo\"}");
            assertThat(answer.headers().firstValue("x-request-id")).hasValue("mine-1");
            assertThat(answer.headers().firstValue("server-timing").orElse(""))
                    .startsWith("prompt;dur=2.0, answer;dur=8.0, total;dur=");
        }
    }

    @Test
    void anIdThatIsNoneIsNotTakenOver() {
        try (RunningServer running = new RunningServer()) {
            HttpResponse<String> answer = running.get("/health", "x-request-id", "{\"evil\": 1}");

            assertThat(answer.headers().firstValue("x-request-id").orElse("")).matches("req_[0-9a-f]{32}");
        }
    }

    @Test
    void whatIsNotThereIsTold() {
        try (RunningServer running = new RunningServer()) {
            HttpResponse<String> unknown = running.get("/v1/nothing");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(unknown.body()).contains("There is nothing at /v1/nothing");

            HttpResponse<String> wrong = running.get("/v1/text");
            assertThat(wrong.statusCode()).isEqualTo(405);
            assertThat(wrong.headers().firstValue("allow")).hasValue("OPTIONS, POST");

            HttpResponse<String> head =
                    running.send(running.request("/health").HEAD().build());
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();

            HttpResponse<String> options = running.send(running.request("/v1/text")
                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                    .build());
            assertThat(options.statusCode()).isEqualTo(204);
        }
    }

    @Test
    void namesInAPathMayHaveSlashesWrittenEitherWay() {
        try (RunningServer running = new RunningServer()) {
            assertThat(running.get("/v1/things/a/b%20c").body()).isEqualTo("{\"name\":\"a/b c\"}");
            assertThat(running.get("/v1/things/a%2Fb+c").body()).isEqualTo("{\"name\":\"a/b+c\"}");
        }
    }

    @Test
    void aMistakeOfTheServerSaysNothingOfItsInside() {
        try (RunningServer running = new RunningServer()) {
            HttpResponse<String> answer = running.get("/v1/mistake");

            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.body())
                    .doesNotContain("inside of the server", "NullPointer", "dev.ayni")
                    .contains(answer.headers().firstValue("x-request-id").orElseThrow());
        }
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedEvenWhenItsLengthIsNotSaid() {
        ServerSettings small = ServerSettings.local(0).withLimits(1000, 100, 100, 5000, 1000);
        try (RunningServer running = new RunningServer(small, Access.local())) {
            String large = "{\"text\": \"" + "x".repeat(200_000) + "\"}";
            HttpResponse<String> told = running.post("/v1/text", large);
            assertThat(told.statusCode()).isEqualTo(413);
            assertThat(told.body()).contains("larger than 1000 bytes");

            HttpResponse<String> unsaid = running.send(running.request("/v1/text")
                    .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(large)))
                    .build());
            assertThat(unsaid.statusCode()).isEqualTo(413);
        }
    }

    @Test
    void filesComeInParts() {
        try (RunningServer running = new RunningServer()) {
            String body = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                    + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n"
                    + "x".repeat(100_000)
                    + "\r\n--b--\r\n";

            HttpResponse<String> answer =
                    running.post("/v1/files", body, "content-type", "multipart/form-data; boundary=b");

            assertThat(answer.body()).isEqualTo("{\"seen\":\"purpose null 5;file a.jsonl 100000;\"}");
            assertThat(running.post("/v1/files", "nonsense", "content-type", "multipart/form-data; boundary=b")
                            .statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void aStreamArrivesPieceByPieceAndEndsWithItsTimes() throws IOException {
        try (RunningServer running = new RunningServer();
                Socket socket = running.socket()) {
            ask(socket, "/v1/stream");
            String head = until(socket, "data: 0\n\n");
            assertThat(head).contains("text/event-stream").contains("Trailer: Server-Timing");

            running.gate.countDown();
            String rest = until(socket, "\r\n0\r\nServer-Timing: ");
            assertThat(rest).contains("data: 9999\n\n");
        }
    }

    @Test
    void aReaderWhoLeavesAStreamIsNoticed() throws Exception {
        try (RunningServer running = new RunningServer()) {
            try (Socket socket = running.socket()) {
                ask(socket, "/v1/stream");
                until(socket, "data: 0\n\n");
            }
            running.gate.countDown();

            assertThat(running.noticed.get(10, TimeUnit.SECONDS)).isEqualTo("the stream's reader has left");
            RunningServer.await(() -> running.log.stream().anyMatch(line -> line.contains("\"status\":499")));
        }
    }

    @Test
    void oneWhoWaitsForAWholeAnswerAndLeavesIsNoticed() throws Exception {
        try (RunningServer running = new RunningServer()) {
            try (Socket socket = running.socket()) {
                ask(socket, "/v1/whole");
                RunningServer.await(() -> running.server.underWay() == 1);
            }

            assertThat(running.noticed.get(10, TimeUnit.SECONDS)).isEqualTo("whoever waited has left");
        }
    }

    @Test
    void aRequestSentAheadIsAnsweredAfterTheOneBeforeIt() throws IOException {
        try (RunningServer running = new RunningServer();
                Socket socket = running.socket()) {
            ask(socket, "/v1/whole");
            RunningServer.await(() -> running.server.underWay() == 1);
            socket.getOutputStream()
                    .write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            running.gate.countDown();

            assertThat(until(socket, "{\"status\":\"ok\"}")).contains("{\"whole\":true}");
        }
    }

    @Test
    void oneWhoClosesTheirSideIsToldWhyThereIsNoAnswer() throws IOException {
        try (RunningServer running = new RunningServer();
                Socket socket = running.socket()) {
            ask(socket, "/v1/whole");
            socket.shutdownOutput();
            String answer = RunningServer.read(socket);

            assertThat(answer).startsWith("HTTP/1.1 499").contains("client_left", "Keep it open");
            running.awaitLog(1);
            assertThat(running.log.getFirst()).contains("\"status\":499");
        }
    }

    @Test
    void aBodyMayBeAnnouncedComeInPortionsAndHaveTrailers() {
        try (RunningServer running = new RunningServer()) {
            String head = "POST /v1/text HTTP/1.1\r\nHost: localhost\r\n";
            String chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
            String health = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

            assertThat(running.raw(bytes(head + "Expect: 100-continue\r\nContent-Length: 12\r\n\r\n"), 500))
                    .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(running.raw(
                            bytes(chunked + "8\r\n{\"text\":\r\n4\r\n\"a\"}\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
                                    + health),
                            10_000))
                    .contains("{\"text\":\"a\"}", "{\"status\":\"ok\"}");
            assertThat(running.raw(bytes(head + "Content-Length: 2\r\n\r\n{}" + health), 10_000))
                    .as("a mistake leaves the next request alone")
                    .contains("HTTP/1.1 400", "{\"status\":\"ok\"}");
        }
    }

    @Test
    void aBodyWhoseEndCannotBeToldIsRefusedAndNothingAfterItIsRead() {
        try (RunningServer running = new RunningServer()) {
            String head = "POST /v1/text HTTP/1.1\r\nHost: localhost\r\n";
            String body = "d\r\n{\"text\": \"a\"}\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
            for (String wrong : List.of(
                    "Transfer-Encoding: gzip, chunked\r\n\r\n" + body,
                    "Transfer-Encoding: xchunked\r\n\r\n" + body,
                    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + body,
                    "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
                    "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n" + body,
                    "Content-Length: 5, 6\r\n\r\n" + body)) {
                assertThat(running.raw(bytes(head + wrong), 10_000))
                        .as(wrong)
                        .matches("(?s)HTTP/1.1 (400|501) .*")
                        .contains("message")
                        .doesNotContain("\"status\":\"ok\"");
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aBodyThatStopsHalfwayIsGivenUp() throws IOException {
        ServerSettings impatient = ServerSettings.local(0).withLimits(1000, 100, 100, 300, 1000);
        try (RunningServer running = new RunningServer(impatient, Access.local());
                Socket socket = running.socket()) {
            socket.getOutputStream()
                    .write("POST /v1/text HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"te"
                            .getBytes(StandardCharsets.UTF_8));

            assertThat(RunningServer.read(socket)).contains("408").contains("comes too slowly");
        }
    }

    @Test
    void aBodyThatTricklesIsGivenUp() throws Exception {
        ServerSettings impatient = ServerSettings.local(0).withLimits(1000, 100, 100, 300, 1000);
        try (RunningServer running = new RunningServer(impatient, Access.local());
                Socket socket = running.socket()) {
            socket.getOutputStream()
                    .write("POST /v1/text HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            CompletableFuture<String> told = CompletableFuture.supplyAsync(() -> RunningServer.read(socket));
            for (int i = 0; i < 100 && !told.isDone(); i++) {
                try {
                    socket.getOutputStream().write(' ');
                } catch (IOException e) {
                    break; // the server has closed
                }
                Thread.sleep(50);
            }

            assertThat(told.get(5, TimeUnit.SECONDS)).contains("408");
        }
    }

    @Test
    void aHeadThatTricklesDoesNotHoldItsConnection() throws Exception {
        ServerSettings impatient = ServerSettings.local(0).withLimits(1000, 100, 100, 500, 1000);
        try (RunningServer running = new RunningServer(impatient, Access.local());
                Socket socket = running.socket()) {
            CompletableFuture<String> told = CompletableFuture.supplyAsync(() -> RunningServer.read(socket));
            socket.getOutputStream().write("GET /health HTTP/1.1\r\nX: ".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 100 && !told.isDone(); i++) {
                try {
                    socket.getOutputStream().write('x');
                } catch (IOException e) {
                    break; // the server has closed
                }
                Thread.sleep(50);
            }

            assertThat(told.get(5, TimeUnit.SECONDS)).doesNotContain("200 OK");
        }
    }

    @Test
    void whoeverHasAnAnswerHasLeftItsPlaceToTheNextRequest() {
        ServerSettings narrow = ServerSettings.local(0).withLimits(1000, 100, 1, 5000, 1000);
        try (RunningServer running = new RunningServer(narrow, Access.local())) {
            for (int i = 0; i < 300; i++) {
                assertThat(running.post("/v1/text", TEXT).statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void aFileThatTricklesInIsBrokenOff() throws Exception {
        ServerSettings impatient = ServerSettings.local(0).withLimits(1000, 100, 10, 500, 1000);
        try (RunningServer running = new RunningServer(impatient, Access.local());
                Socket socket = running.socket()) {
            OutputStream out = socket.getOutputStream();
            out.write("""
                    POST /v1/files HTTP/1.1\r
                    Host: localhost\r
                    Content-Type: multipart/form-data; boundary=b\r
                    Content-Length: 100000\r
                    \r
                    --b\r
                    Content-Disposition: form-data; name="file"; filename="f"\r
                    \r
                    """.getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 15; i++) { // each of them sooner than a connection may rest
                out.write('x');
                out.flush();
                Thread.sleep(100);
            }
            String answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
            assertThat(answer).isEqualTo("HTTP/1.1 408");
        }
    }

    @Test
    void aContentIsSentWhileItIsReadAndNeverHeldWhole() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        InputStream rest = new InputStream() {
            @Override
            public int read() throws IOException {
                try {
                    return seen.await(20, TimeUnit.SECONDS) ? -1 : 0;
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        };
        byte[] first = new byte[1 << 20];
        Contents contents = new Contents(first.length, new SequenceInputStream(new ByteArrayInputStream(first), rest));
        try (RunningServer running = new RunningServer(ServerSettings.local(0), Access.local(), List.of(contents));
                InputStream in = running.at("/contents").toURL().openStream()) {
            assertThat(in.readNBytes(1000)).hasSize(1000);
            seen.countDown();
            assertThat(in.readAllBytes()).hasSize(first.length - 1000);
        }
    }

    @Test
    void aContentThatBreaksOffIsNotTakenForWhole() {
        Contents contents = new Contents(1000, new ByteArrayInputStream(new byte[999]));
        try (RunningServer running = new RunningServer(ServerSettings.local(0), Access.local(), List.of(contents))) {
            assertThatThrownBy(() -> running.get("/contents")).isInstanceOf(UncheckedIOException.class);
        }
    }

    /** Gives a content once, which is or is not as long as it says. */
    private record Contents(long said, InputStream content) implements Api {
        @Override
        public String name() {
            return "contents";
        }

        @Override
        public List<Route> routes() {
            return List.of(Route.of("GET", "/contents", "Gives a content.", Described.NOTHING, exchange -> {
                exchange.answer(200, "application/octet-stream", said, content);
            }));
        }

        @Override
        public ErrorShape errors() {
            return StatusApi::body;
        }
    }

    @Test
    void theObjectsOfABodyCountAsTheMemoryThatTheyTake() {
        byte[] body = "[{},{},\"a\"]".getBytes(StandardCharsets.UTF_8);
        assertThat(JettyExchange.treeBytes(body, body.length)).isEqualTo(3 * 96 + 2 * 24);
        assertThat(JettyExchange.treeBytes(body, 1)).isEqualTo(96);
    }

    @Test
    void requestsBeyondTheLimitAreToldToComeBack() throws Exception {
        ServerSettings narrow = ServerSettings.local(0).withLimits(1000, 100, 1, 5000, 1000);
        try (RunningServer running = new RunningServer(narrow, Access.local())) {
            CompletableFuture<HttpResponse<String>> first = running.later("/v1/whole", "{}");
            RunningServer.await(() -> running.server.underWay() == 1);

            HttpResponse<String> second = running.post("/v1/text", TEXT);
            assertThat(second.statusCode()).isEqualTo(429);
            assertThat(second.headers().firstValue("retry-after")).isPresent();

            running.gate.countDown();
            assertThat(first.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            assertThat(running.post("/v1/text", TEXT).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aServerThatStopsFinishesWhatIsUnderWayAndRefusesTheRest() throws Exception {
        ServerSettings patient = ServerSettings.local(0).withLimits(1000, 100, 100, 5000, 10_000);
        RunningServer running = new RunningServer(patient, Access.local());
        CompletableFuture<HttpResponse<String>> first = running.later("/v1/whole", "{}");
        RunningServer.await(() -> running.server.underWay() == 1);

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(running.server::close);
        RunningServer.await(running.server::stopping);
        HttpResponse<String> late = running.post("/v1/text", TEXT);
        assertThat(late.statusCode()).isEqualTo(503);
        assertThat(late.headers().firstValue("retry-after")).isPresent();

        running.gate.countDown();
        assertThat(first.get(5, TimeUnit.SECONDS).body()).isEqualTo("{\"whole\":true}");
        stopped.get(5, TimeUnit.SECONDS);
        assertThatThrownBy(() -> running.get("/health")).isInstanceOf(UncheckedIOException.class);
        running.close();
    }

    @Test
    void withoutKeysItListensToThisMachineOnly() {
        assertThatThrownBy(() -> new RunningServer(ServerSettings.local(0).at("0.0.0.0", 0), Access.local()))
                .isInstanceOf(ServerException.class)
                .hasMessageContaining("ayni keys create");
    }

    @Test
    void aPortThatIsTakenIsTold() {
        try (RunningServer running = new RunningServer()) {
            int taken = running.server.address().getPort();
            assertThatThrownBy(() -> new RunningServer(ServerSettings.local(taken), Access.local()))
                    .isInstanceOf(ServerException.class)
                    .hasMessageContaining("Port " + taken + " of 127.0.0.1 cannot be had");
        }
    }

    @Test
    void aKeyOpensAndWhatTheServerSaysOfItsLifeNeedsNone() {
        try (RunningServer running = new RunningServer(ServerSettings.local(0), new OneKey(KEY))) {
            assertThat(running.get("/health").statusCode()).isEqualTo(200);
            HttpResponse<String> without = running.post("/v1/text", TEXT);
            assertThat(without.statusCode()).isEqualTo(401);
            assertThat(without.headers().firstValue("www-authenticate")).hasValue("Bearer");
            assertThat(running.post("/v1/text", TEXT, "authorization", "Bearer wrong-wrong-wrong")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(running.post("/v1/text", TEXT, "authorization", "Bearer " + KEY)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(running.post("/v1/text", TEXT, "x-api-key", KEY).statusCode())
                    .isEqualTo(200);
            assertThat(running.log).noneMatch(line -> line.contains(KEY) || line.contains("wrong-wrong"));
        }
    }

    @Test
    void pagesOfOtherOriginsMayAskOnlyIfTheyWereNamed() {
        ServerSettings named = ServerSettings.local(0).withOrigins(Set.of("https://chat.example.org"));
        try (RunningServer running = new RunningServer(named, Access.local())) {
            HttpResponse<String> allowed = running.post("/v1/text", TEXT, "origin", "https://chat.example.org");
            assertThat(allowed.headers().firstValue("access-control-allow-origin"))
                    .hasValue("https://chat.example.org");
            assertThat(running.post("/v1/text", TEXT, "origin", "https://evil.example.org")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(running.post(
                                    "/v1/text",
                                    TEXT,
                                    "origin",
                                    running.server.address().toString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aServerWithoutKeysAnswersToItsOwnNameOnly() {
        try (RunningServer running = new RunningServer()) {
            String request = "GET /health HTTP/1.1\r\nHost: rebound.example.org\r\nConnection: close\r\n\r\n";
            assertThat(running.raw(request.getBytes(StandardCharsets.UTF_8), 5000))
                    .startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void theLogHoldsALineForEachRequestAndItsContentOnlyWhenAsked() {
        try (RunningServer running = new RunningServer()) {
            running.post("/v1/text", TEXT);
            RunningServer.await(() -> running.log.size() == 1);
            JsonNode line = new JsonMapper().readTree(running.log.getFirst());
            assertThat(line.get("path").stringValue()).isEqualTo("/v1/text");
            assertThat(line.get("model").stringValue()).isEqualTo("tiny");
            assertThat(line.get("answer_tokens").intValue()).isEqualTo(5);
            assertThat(running.log.getFirst()).doesNotContain("héllo");
        }
        try (RunningServer running = new RunningServer(ServerSettings.local(0).withContent(true), Access.local())) {
            running.post("/v1/text", TEXT);
            RunningServer.await(() -> running.log.size() == 1);
            assertThat(running.log.getFirst()).contains("héllo");
        }
    }

    @Test
    void whatWasMeasuredIsThereForPrometheus() {
        try (RunningServer running = new RunningServer()) {
            running.post("/v1/text", TEXT);
            RunningServer.await(() -> running.log.size() == 1);
            RunningServer.await(
                    () -> running.get("/metrics").body().contains("ayni_tokens_answer_total{model=\"tiny\"} 5.0"));

            assertThat(running.get("/metrics").body())
                    .contains("ayni_http_requests_seconds_count{method=\"POST\",route=\"/v1/text\",status=\"200\"} 1")
                    .contains("ayni_first_token_seconds_bucket{model=\"tiny\",le=\"0.05\"} 1")
                    .contains("jvm_memory_used_bytes");
        }
    }

    @Test
    void whatCanBeAskedForIsDescribed() {
        try (RunningServer running = new RunningServer()) {
            JsonNode description =
                    new JsonMapper().readTree(running.get("/openapi.json").body());

            assertThat(description.get("openapi").stringValue()).startsWith("3.1");
            assertThat(description.at("/paths/~1v1~1text/post/summary").stringValue())
                    .isEqualTo("Gives the text back.");
            assertThat(description
                            .at("/paths/~1v1~1things~1{name}/get/parameters/0/name")
                            .stringValue())
                    .isEqualTo("name");
        }
    }

    private static void ask(Socket socket, String path) throws IOException {
        socket.getOutputStream()
                .write("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
                        .formatted(path)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static String until(Socket socket, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[8192];
        while (text.indexOf(end) < 0) {
            int n = in.read(buffer);
            assertThat(n).as("more than: %s", text).isPositive();
            text.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
        }
        return text.toString();
    }
}
