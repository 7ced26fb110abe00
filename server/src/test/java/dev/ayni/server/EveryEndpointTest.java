package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.hub.Catalogue;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubSettings;
import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.KeyedAccess;
import dev.ayni.server.access.Role;
import dev.ayni.server.anthropic.AnthropicApi;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.Route;
import dev.ayni.server.jobs.Batches;
import dev.ayni.server.jobs.JobsApi;
import dev.ayni.server.jobs.JobsTables;
import dev.ayni.server.jobs.KeptFiles;
import dev.ayni.server.llamacpp.LlamaCppApi;
import dev.ayni.server.models.ScriptedModel;
import dev.ayni.server.ollama.OllamaApi;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import dev.ayni.server.openai.ResponseTables;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every endpoint of every protocol, asked wrongly in every way, and by many at once. Each request bears a mark of its own, so
 * that it would show if one were answered with something of another. What was answered to each kind of mistake is written to
 * target/every-endpoint.md.
 */
@Timeout(180)
class EveryEndpointTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int MOST_BODY = 1 << 18;
    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.1 (\\d{3})");
    private static final Pattern MESSAGE =
            Pattern.compile("\"(?:message|error)\"\\s*:\\s*\"((?:[^\"\\\\]++|\\\\.)*+)\"");
    private static final Pattern MARK = Pattern.compile("mark\\d+z");

    @TempDir
    private Path folder = Path.of("");

    private final SplittableRandom random = new SplittableRandom(7);
    private Store store;
    private RunningServer running;
    private List<Api> apis = List.of();
    private String key = "";
    private int marks;

    @BeforeEach
    void start() {
        store = Store.open(
                new StoreAddress.SqliteFile(folder.resolve("server.db")),
                AccessTables.SCHEMA,
                JobsTables.SCHEMA,
                ResponseTables.SCHEMA);
        KeyedAccess access = new KeyedAccess(store, null, Allowance.UNLIMITED, Clock.systemUTC());
        key = access.keys()
                .create("ana", Role.ADMIN, 0, Allowance.UNLIMITED, null)
                .secret();
        ScriptedModel model = new ScriptedModel("tiny").echoing();
        Hub hub = new Hub(new HubSettings(folder, URI.create("http://localhost:1"), null, null), Catalogue.bundled());
        OpenAiApi openAi = new OpenAiApi(model, ResponseStore.in(store, Duration.ofDays(1), Clock.systemUTC()));
        KeptFiles files =
                new KeptFiles(store, folder.resolve("files"), KeptFiles.Room.of(MOST_BODY), Clock.systemUTC());
        apis = List.of(
                openAi,
                new AnthropicApi(model),
                new OllamaApi(model, hub),
                new LlamaCppApi(model),
                new JobsApi(files, new Batches(store, files, Clock.systemUTC()), openAi.errors()));
        running = RunningServer.of(ServerSettings.local(0).withLimits(MOST_BODY, 100, 100, 5000, 1000), access, apis);
    }

    @AfterEach
    void stop() {
        running.close();
        store.close();
    }

    private record Wrong(String kind, Route route, String mark, byte[] bytes) {}

    private String mark() {
        return "mark%dz".formatted(marks++);
    }

    private Wrong wrong(String kind, Route route, String mark, String path, String shown, byte[] body) {
        return wrong(kind, route, mark, route.method(), path, shown, body);
    }

    private static Wrong wrong(
            String kind, Route route, String mark, String method, String path, String shown, byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(
                "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nx-note: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                        .formatted(method, path, shown, mark, body.length)
                        .getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(body);
        return new Wrong(kind, route, mark, bytes.toByteArray());
    }

    /** The path of a route, with something in place of what varies. */
    private static String path(Route route, String value) {
        return route.path().replaceAll("\\{[^}]*}", Matcher.quoteReplacement(value));
    }

    /** All that can be wrong with a request to one route. */
    private List<Wrong> mistakes(Route route) {
        List<Wrong> all = new ArrayList<>();
        byte[] none = new byte[0];
        if (route.role() != null) {
            String mark = mark();
            all.add(wrong("a wrong key", route, mark, path(route, mark), "ayni-" + mark + "x".repeat(40), none));
            mark = mark();
            all.add(wrong("no key that could be one", route, mark, path(route, mark), mark + " " + mark, none));
        }
        String other = mark();
        all.add(wrong("a method that nothing has", route, other, "BREW", path(route, other), key, none));
        if (route.path().contains("{")) {
            for (String value : List.of(
                    "%00", "%ff%fe", "%", "..%2f..%2fetc", "a".repeat(3000), "'%20or%201=1--", "%F0%9F%A6%99")) {
                String mark = mark();
                all.add(wrong("a name that cannot be", route, mark, path(route, value), key, none));
            }
        }
        if (!route.schema().request().isEmpty() || route.method().equals("POST")) {
            body(all, route, "no JSON", "%s is not JSON");
            body(all, route, "JSON that breaks off", "{\"model\": \"%s\", \"messages\": [{\"role\":");
            body(all, route, "no object", "[\"%s\"]");
            body(all, route, "a number alone", "1e999");
            body(
                    all,
                    route,
                    "nested too deeply",
                    "{\"model\": \"%s\", \"a\": " + "[".repeat(9000) + "]".repeat(9000) + "}");
            body(all, route, "a field that is not known", "{\"model\": \"tiny\", \"field_%s\": 1}");
            body(all, route, "half a character", "{\"model\": \"%s\\ud800\", \"input\": \"\\udc00\"}");
            body(all, route, "too large", "{\"model\": \"%s\"" + " ".repeat(MOST_BODY) + "}");
            String mark = mark();
            byte[] latin = "{\"model\": \"%s\u00ff\u00fe\"}".formatted(mark).getBytes(StandardCharsets.ISO_8859_1);
            all.add(wrong("not UTF-8", route, mark, path(route, mark), key, latin));
            ofOtherTypes(all, route);
        }
        if (route.method().equals("GET") && route.schema().answer().contains("has_more")) {
            for (String query :
                    List.of("limit=%s", "limit=-1", "limit=99999999999", "order=%s", "limit=1e3", "limit=%%00")) {
                String mark = mark();
                all.add(wrong(
                        "a query that cannot be",
                        route,
                        mark,
                        path(route, mark) + "?" + query.formatted(mark),
                        key,
                        none));
            }
        }
        return all;
    }

    private void body(List<Wrong> all, Route route, String kind, String text) {
        String mark = mark();
        all.add(wrong(
                kind, route, mark, path(route, mark), key, text.formatted(mark).getBytes(StandardCharsets.UTF_8)));
    }

    /** Each field that the route knows, with a value of a type that it has not. */
    private void ofOtherTypes(List<Wrong> all, Route route) {
        String schema = route.schema().request();
        if (schema.isEmpty()) {
            return;
        }
        for (Map.Entry<String, JsonNode> field :
                MAPPER.readTree(schema).path("properties").properties()) {
            if (field.getValue().path("x-ayni").asString("").equals("passed over") || random.nextInt(3) != 0) {
                continue; // whatever it is, it changes nothing
            }
            body(
                    all,
                    route,
                    "a field of another type",
                    "{\"model\": \"tiny\", \"" + field.getKey() + "\": [[{\"%s\": [[]]}]]}");
        }
    }

    @Test
    void everyMistakeIsToldAtEveryEndpointAndNothingElse() throws IOException {
        Map<String, Map<String, Integer>> table = new TreeMap<>();
        Map<String, Set<String>> routes = new TreeMap<>();
        Map<String, String> letters = new TreeMap<>();
        int count = 0;
        for (Api api : apis) {
            for (Route route : api.routes()) {
                for (Wrong wrong : mistakes(route)) {
                    count++;
                    String answer = running.raw(wrong.bytes(), 10_000);
                    String what =
                            "%s %s, %s: %s".formatted(route.method(), route.path(), wrong.kind(), shortened(answer));
                    Matcher status = STATUS.matcher(answer);
                    assertThat(status.find()).as(what).isTrue();
                    assertThat(status.group(1)).as(what).startsWith("4");
                    assertThat(answer)
                            .as(what)
                            .doesNotContain(
                                    "dev.ayni",
                                    "Exception",
                                    "java.",
                                    "jetty",
                                    "Jetty",
                                    "\tat ",
                                    key,
                                    folder.toString());
                    MARK.matcher(answer)
                            .results()
                            .forEach(found -> assertThat(found.group()).as(what).isEqualTo(wrong.mark()));
                    if (!route.method().equals("HEAD")) {
                        Matcher message = MESSAGE.matcher(answer);
                        assertThat(message.find()).as(what).isTrue();
                        letters.putIfAbsent(wrong.kind(), message.group(1).replace(wrong.mark(), "..."));
                    }
                    table.computeIfAbsent(wrong.kind(), kind -> new TreeMap<>())
                            .merge(status.group(1), 1, Integer::sum);
                    routes.computeIfAbsent(wrong.kind(), kind -> new TreeSet<>())
                            .add(route.method() + route.path());
                }
            }
        }
        assertThat(count).isGreaterThan(200);
        RunningServer.await(
                () -> running.server.underWay() == 0); // a client has its answer before the server has put it down
        StringBuilder page = new StringBuilder("%d requests%n%n".formatted(count))
                .append("| kind | endpoints | status: how many | one of the messages |\n|---|---|---|---|\n");
        table.forEach((kind, statuses) -> page.append("| %s | %d | %s | %s |\n"
                .formatted(
                        kind, routes.getOrDefault(kind, Set.of()).size(), statuses, letters.getOrDefault(kind, ""))));
        Files.writeString(Files.createDirectories(Path.of("target")).resolve("every-endpoint.md"), page);
    }

    private static String shortened(String text) {
        return text.length() > 600 ? text.substring(0, 600) + "..." : text;
    }

    /** What a client asks with a mark that comes back, at endpoints of all protocols. */
    private static final List<String> ASKED = List.of(
            "/v1/chat/completions {\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"MARK\"}]}",
            "/v1/chat/completions {\"model\": \"tiny\", \"n\": 2, \"user\": \"MARK\", \"metadata\": {\"m\": \"MARK\"}, \"messages\": [{\"role\": \"user\", \"content\": \"MARK\"}]}",
            "/v1/completions {\"model\": \"tiny\", \"prompt\": \"MARK\", \"echo\": true}",
            "/v1/responses {\"model\": \"tiny\", \"input\": \"MARK\"}",
            "/v1/responses {\"model\": \"tiny\", \"input\": \"MARK\", \"background\": true, \"stream\": true}",
            "/v1/responses {\"model\": \"tiny\", \"input\": \"MARK\", \"store\": false, \"metadata\": {\"m\": \"MARK\"}}",
            "/v1/conversations {\"metadata\": {\"m\": \"MARK\"}}",
            "/v1/rerank {\"model\": \"tiny\", \"query\": \"MARK\", \"documents\": [\"MARK\", \"a\"]}",
            "/v1/detokenize {\"tokens\": [109, 97, 114, 107]}",
            "/v1/messages {\"model\": \"tiny\", \"max_tokens\": 50, \"messages\": [{\"role\": \"user\", \"content\": \"MARK\"}]}",
            "/api/chat {\"model\": \"tiny\", \"stream\": false, \"messages\": [{\"role\": \"user\", \"content\": \"MARK\"}]}",
            "/api/generate {\"model\": \"tiny\", \"stream\": false, \"raw\": true, \"prompt\": \"MARK\"}",
            "/completion {\"prompt\": \"MARK\"}",
            "/v1/chat/completions {\"model\": \"MARK\", \"messages\": [{\"role\": \"user\", \"content\": \"MARK\"}]}",
            "/v1/chat/completions {\"model\": \"tiny\", \"MARK\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"MARK\"}]}",
            "/v1/messages {\"model\": \"tiny\", \"MARK\": ",
            "/v1/responses {\"model\": \"tiny\", \"input\": \"x\", \"previous_response_id\": \"MARK\"}",
            "/v1/MARK {}");

    @Test
    void manyAtOnceGetNothingButTheirOwn() throws Exception {
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            SplittableRandom own = random.split();
            int number = i;
            clients.add(Thread.ofVirtual().start(() -> {
                for (int j = 0; j < 30; j++) {
                    String mark = "mark%d0%dz".formatted(number + 1, j);
                    String[] asked = ASKED.get(own.nextInt(ASKED.size())).split(" ", 2);
                    HttpResponse<String> answer =
                            post(asked[0].replace("MARK", mark), asked[1].replace("MARK", mark), mark);
                    String told = answer.body() + answer.headers().map();
                    if (asked[1].contains("\"MARK\"") && !answer.body().contains(mark) && !streamed(answer, mark)
                            || answer.statusCode() >= 500) {
                        wrong.add("%s lacks %s: %s".formatted(asked[0], mark, shortened(told)));
                    }
                    MARK.matcher(told)
                            .results()
                            .filter(found -> !found.group().equals(mark))
                            .forEach(found -> wrong.add(
                                    "%s of %s tells %s: %s".formatted(asked[0], mark, found.group(), shortened(told))));
                }
            }));
        }
        for (Thread client : clients) {
            client.join();
        }
        assertThat(wrong).isEmpty();
    }

    /** Whether the mark was told in pieces. */
    private static boolean streamed(HttpResponse<String> answer, String mark) {
        return answer.headers().firstValue("content-type").orElse("").contains("event-stream")
                && answer.body().contains("\"" + mark.substring(0, 3) + "\"");
    }

    private HttpResponse<String> post(String path, String body, String mark) {
        return running.send(running.request(path, "authorization", "Bearer " + key, "x-request-id", mark)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }
}
