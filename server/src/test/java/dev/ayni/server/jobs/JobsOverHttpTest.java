package dev.ayni.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.Usage;
import dev.ayni.guard.Action;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.provenance.Digest;
import dev.ayni.server.Answered;
import dev.ayni.server.NoModels;
import dev.ayni.server.Server;
import dev.ayni.server.ServerSettings;
import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.KeyedAccess;
import dev.ayni.server.access.Role;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Route;
import dev.ayni.server.jobs.KeptFiles.Room;
import dev.ayni.server.traces.Traces;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files and batches as a client sees them, through a server with keys. */
final class JobsOverHttpTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    private static Path folder = Path.of("");

    private @Nullable Running running;

    /** A server whose model says what it was asked. */
    private static final class Running implements AutoCloseable {
        final Store store = Store.open(
                new StoreAddress.SqliteFile(folder.resolve("ayni.db")), AccessTables.SCHEMA, JobsTables.SCHEMA);
        final KeyedAccess access = new KeyedAccess(store, null, Allowance.UNLIMITED, Clock.systemUTC());
        final KeptFiles files = new KeptFiles(store, folder.resolve("files"), Room.of(1 << 20), Clock.systemUTC());
        final Batches batches = new Batches(store, files, Clock.systemUTC());
        final Echo echo = new Echo();
        final List<Answered> told = new CopyOnWriteArrayList<>();
        final BatchWorker worker =
                new BatchWorker(store, files, batches, access, new HandlerRunner(List.of(echo), told::add), 4);
        final Server server = Server.start(
                ServerSettings.local(0),
                access,
                new NoModels(),
                List.of(echo, new JobsApi(files, batches, echo.errors())),
                List::of,
                Traces.NONE,
                line -> {});

        @Override
        public void close() {
            server.close();
            worker.close();
            store.close();
        }
    }

    private static final class Echo implements Api {
        @Override
        public String name() {
            return "echo";
        }

        @Override
        public List<Route> routes() {
            return List.of(Route.of("POST", "/v1/chat/completions", "Echo", Route.Described.NOTHING, exchange -> {
                JsonNode asked = MAPPER.readTree(exchange.body());
                if (asked.has("wrong")) {
                    throw ApiException.invalid("wrong", "'wrong' is wrong.");
                }
                exchange.decided(
                        Stage.PROMPT, new Verdict(Action.ALLOW, List.of(), List.of(), "", Digest.of(new byte[0])));
                exchange.used("echo", new Usage(2, 0, 3, 10, 0, 0));
                exchange.json(Map.of("asked", asked));
            }));
        }

        @Override
        public ErrorShape errors() {
            return (error, id) -> MAPPER.writeValueAsString(
                    Map.of("error", Map.of("code", error.code(), "message", String.valueOf(error.getMessage()))));
        }
    }

    private record Answer(int status, String text, Map<String, List<String>> headers) {
        JsonNode json() {
            return MAPPER.readTree(text);
        }

        @Nullable
        String header(String name) {
            return headers.entrySet().stream()
                    .filter(entry -> name.equalsIgnoreCase(entry.getKey()))
                    .map(entry -> entry.getValue().getFirst())
                    .findFirst()
                    .orElse(null);
        }
    }

    private List<Answered> told() {
        return running == null ? List.of() : running.told;
    }

    @BeforeEach
    void start() {
        running = new Running();
    }

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
    }

    @Test
    void aBatchGoesInAndItsAnswersComeOut() throws Exception {
        String ana = key("ana");
        String eve = key("eve");
        String lines = line("a", "{\"n\":1}") + line("b", "{\"wrong\":true}") + line("c", "{\"n\":3}");
        Answer uploaded = upload(ana, "batch", lines);
        assertThat(uploaded.status()).isEqualTo(200);
        assertThat(uploaded.json().get("object").stringValue()).isEqualTo("file");
        assertThat(uploaded.json().get("bytes").longValue()).isEqualTo(lines.length());
        assertThat(uploaded.json().get("filename").stringValue()).isEqualTo("in.jsonl");
        String file = uploaded.json().get("id").stringValue();
        assertThat(send("GET", "/v1/files/" + file + "/content", ana, "").text())
                .isEqualTo(lines);

        Answer created = send(
                "POST",
                "/v1/batches",
                ana,
                "{\"input_file_id\":\"%s\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"metadata\":{\"for\":\"a test\"},\"output_expires_after\":{\"anchor\":\"created_at\",\"seconds\":3600}}"
                        .formatted(file));
        assertThat(created.status()).describedAs(created.text()).isEqualTo(200);
        String batch = created.json().get("id").stringValue();
        JsonNode done = created.json();
        for (int i = 0; i < 500 && !done.get("status").stringValue().equals("completed"); i++) {
            Thread.sleep(20);
            done = send("GET", "/v1/batches/" + batch, ana, "").json();
        }
        assertThat(done.get("status").stringValue()).isEqualTo("completed");
        assertThat(done.get("request_counts").toString()).contains("\"total\":3", "\"completed\":2", "\"failed\":1");
        assertThat(done.at("/metadata/for").stringValue()).isEqualTo("a test");
        assertThat(told())
                .extracting(one -> one.kind() + " " + one.path() + " " + one.principal() + " " + one.status() + " "
                        + one.error() + " " + one.uses().size() + " "
                        + one.decisions().size())
                .containsExactlyInAnyOrder(
                        "BATCH /v1/chat/completions ana 200  1 1",
                        "BATCH /v1/chat/completions ana 200  1 1",
                        "BATCH /v1/chat/completions ana 400 invalid_value 0 0");
        String output = done.get("output_file_id").stringValue();
        JsonNode described = send("GET", "/v1/files/" + output, ana, "").json();
        assertThat(described.get("expires_at").longValue())
                .isBetween(
                        described.get("created_at").longValue() + 3599,
                        described.get("created_at").longValue() + 3601);
        List<String> answers = send("GET", "/v1/files/" + output + "/content", ana, "")
                .text()
                .lines()
                .toList();
        assertThat(answers).hasSize(2);
        assertThat(MAPPER.readTree(answers.get(1)).at("/response/body/asked/n").intValue())
                .isEqualTo(3);
        String errors = send("GET", "/v1/files/" + done.get("error_file_id").stringValue() + "/content", ana, "")
                .text();
        assertThat(MAPPER.readTree(errors).at("/response/body/error/message").stringValue())
                .isEqualTo("'wrong' is wrong.");
        assertThat(send("GET", "/v1/batches?limit=1", ana, "")
                        .json()
                        .at("/data/0/id")
                        .stringValue())
                .isEqualTo(batch);

        for (String path : List.of(
                "/v1/files/" + file, "/v1/files/" + output + "/content", "/v1/batches/" + batch, "/v1/files/x")) {
            assertThat(send("GET", path, eve, "").status()).describedAs(path).isEqualTo(404);
        }
        assertThat(send("GET", "/v1/files", eve, "").json().get("data").size()).isZero();
        assertThat(send("DELETE", "/v1/files/" + file, eve, "").status()).isEqualTo(404);
        assertThat(send("DELETE", "/v1/files/" + file, ana, "")
                        .json()
                        .get("deleted")
                        .booleanValue())
                .isTrue();
        assertThat(send("POST", "/v1/batches/" + batch + "/cancel", ana, "").status())
                .isEqualTo(409);
    }

    @Test
    void whoShowsNoKeyGetsNothing() throws Exception {
        String ana = key("ana");
        for (String path : List.of("/v1/files", "/v1/batches")) {
            assertThat(send("GET", path, "", "").status()).isEqualTo(401);
            assertThat(send("GET", path, ana + "x", "").status()).isEqualTo(401);
            assertThat(send("GET", path + "?key=" + ana, "", "").status()).isEqualTo(401);
            assertThat(send("GET", path, ana, "").status()).isEqualTo(200);
        }
    }

    @Test
    void limitsAreToldAndHold() throws Exception {
        String secret = running()
                .access
                .keys()
                .create("bo", Role.USER, 0, new Allowance(2L, 1000L, null, null), null)
                .secret();
        Answer first = send("POST", "/v1/chat/completions", secret, "{}");
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.header("x-ratelimit-limit-requests")).isEqualTo("2");
        assertThat(first.header("x-ratelimit-remaining-requests")).isEqualTo("1");
        assertThat(first.header("x-ratelimit-limit-tokens")).isEqualTo("1000");
        assertThat(send("POST", "/v1/chat/completions", secret, "{}").status()).isEqualTo(200);
        Answer third = send("POST", "/v1/chat/completions", secret, "{}");
        assertThat(third.status()).isEqualTo(429);
        assertThat(third.header("Retry-After")).matches("[123]?[0-9]");
        assertThat(third.json().at("/error/code").stringValue()).isEqualTo("rate_limit_exceeded");
        assertThat(running().access.ledger().lines(Instant.EPOCH))
                .filteredOn(line -> line.answerTokens() == 3 && line.state().equals("done"))
                .hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void uploadsThatAreWrongAreToldAndLeaveNothing() throws Exception {
        String ana = key("ana");
        long before = files();
        assertThat(upload(ana, "nonsense", "x").text()).contains("'purpose' is 'nonsense'");
        assertThat(upload(ana, "batch", "x".repeat((1 << 20) + 1)).status()).isEqualTo(413);
        Answer none = send("POST", "/v1/files", ana, "{}");
        assertThat(none.status()).isEqualTo(400);
        assertThat(files()).isEqualTo(before);
        for (String body : List.of(
                "{}",
                "[]",
                "{\"input_file_id\":\"file-x\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"soon\"}",
                "{\"input_file_id\":\"file-x\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"metadata\":{\"a\":1}}",
                "{\"input_file_id\":\"file-x\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"output_expires_after\":{\"anchor\":\"created_at\",\"seconds\":60}}",
                "{\"input_file_id\":\"file-x\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"output_expires_after\":{\"anchor\":\"created_at\"}}",
                "{\"input_file_id\":\"file-x\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"output_expires_after\":{\"anchor\":\"completed_at\",\"seconds\":3600}}",
                "{\"input_file_id\":\"file-x\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"other\":1}")) {
            assertThat(send("POST", "/v1/batches", ana, body).status())
                    .describedAs(body)
                    .isEqualTo(400);
        }
        for (String query : List.of("limit=0", "limit=x", "order=up")) {
            assertThat(send("GET", "/v1/files?" + query, ana, "").status()).isEqualTo(400);
        }
    }

    private Running running() {
        if (running == null) {
            throw new AssertionError();
        }
        return running;
    }

    private static long files() throws IOException {
        try (var files = java.nio.file.Files.list(folder.resolve("files"))) {
            return files.count();
        }
    }

    private String key(String owner) {
        return running()
                .access
                .keys()
                .create(owner, Role.USER, 0, Allowance.UNLIMITED, null)
                .secret();
    }

    private static String line(String customId, String body) {
        return "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":%s}\n"
                .formatted(customId, body);
    }

    private Answer upload(String key, String purpose, String content) throws IOException {
        String body = "--edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose
                + "\r\n--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n"
                + "Content-Type: application/octet-stream\r\n\r\n" + content + "\r\n--edge--\r\n";
        return send("POST", "/v1/files", key, body, "multipart/form-data; boundary=edge");
    }

    private Answer send(String method, String path, String key, String body) throws IOException {
        return send(method, path, key, body, "application/json");
    }

    private Answer send(String method, String path, String key, String body, String type) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                running().server.address().resolve(path).toURL().openConnection();
        connection.setRequestMethod(method);
        if (!key.isEmpty()) {
            connection.setRequestProperty("Authorization", "Bearer " + key);
        }
        if (!body.isEmpty()) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", type);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body.getBytes(StandardCharsets.UTF_8));
            }
        }
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(status, text, connection.getHeaderFields());
        }
    }
}
