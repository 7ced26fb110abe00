package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.hub.Catalogue;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubSettings;
import dev.ayni.server.access.Access;
import dev.ayni.server.anthropic.AnthropicApi;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.http.Route;
import dev.ayni.server.llamacpp.LlamaCppApi;
import dev.ayni.server.models.ScriptedModel;
import dev.ayni.server.ollama.OllamaApi;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Nobody computes for a reader who has left. */
@Timeout(60)
class LeavingTest {
    private static final String MESSAGES =
            "\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";

    @TempDir
    private Path home;

    private List<Api> apis(ScriptedModel model) {
        Hub hub = new Hub(new HubSettings(home, URI.create("http://localhost:1"), null, null), Catalogue.bundled());
        return List.of(
                new OpenAiApi(model, ResponseStore.inMemory()),
                new AnthropicApi(model),
                new OllamaApi(model, hub),
                new LlamaCppApi(model));
    }

    private RecordedExchange answered(RecordedExchange exchange, ScriptedModel model) {
        for (Api api : apis(model)) {
            for (Route route : api.routes()) {
                if (route.method().equals(exchange.method()) && route.path().equals(exchange.path())) {
                    return exchange.to(api);
                }
            }
        }
        throw new AssertionError("Nobody answers " + exchange.path());
    }

    /** A model that reads a prompt for a while and then says a hundred words. */
    private static ScriptedModel talkative() {
        return new ScriptedModel(
                "m",
                Stream.concat(
                                IntStream.range(0, 100)
                                        .mapToObj(i -> i < 3 ? new ChatEvent.Working() : new ChatEvent.Text("word ")),
                                Stream.of(ScriptedModel.end(Reason.LENGTH, 97)))
                        .toArray(ChatEvent[]::new));
    }

    private static String body(String path) {
        return switch (path) {
            case "/v1/chat/completions", "/api/chat" -> MESSAGES;
            case "/v1/messages" -> "\"max_tokens\": 99, " + MESSAGES;
            case "/v1/responses" -> "\"model\": \"m\", \"input\": \"Hi\"";
            case "/api/generate", "/v1/completions" -> "\"model\": \"m\", \"prompt\": \"Hi\"";
            case "/completion" -> "\"prompt\": \"Hi\"";
            default -> throw new AssertionError(path);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, false", "/v1/chat/completions, true",
        "/v1/completions, false", "/v1/completions, true",
        "/v1/responses, false", "/v1/responses, true",
        "/v1/messages, false", "/v1/messages, true",
        "/api/chat, false", "/api/chat, true",
        "/api/generate, false", "/api/generate, true",
        "/completion, false", "/completion, true"
    })
    void theModelStopsAtOnceWhetherItReadsOrWrites(String path, boolean stream) {
        for (int leavesAt : new int[] {2, 9}) { // while the prompt is read, and while words are said
            ScriptedModel model = talkative();
            RecordedExchange exchange =
                    new RecordedExchange("POST", path, "{%s, \"stream\": %s}".formatted(body(path), stream));
            AtomicInteger said = new AtomicInteger();
            model.heard(event -> {
                if (said.incrementAndGet() == leavesAt) {
                    exchange.leave();
                }
            });

            answered(exchange, model);

            assertThat(said).as("%s, leaving at event %d", path, leavesAt).hasValue(leavesAt);
            assertThat(model.open()).as("the model is given back").isZero();
        }
    }

    @Test
    void severalAnswersToOneQuestionAllStop() {
        ScriptedModel model = talkative();
        RecordedExchange exchange =
                new RecordedExchange("POST", "/v1/chat/completions", "{%s, \"n\": 3}".formatted(MESSAGES));
        AtomicInteger said = new AtomicInteger();
        model.heard(event -> {
            said.incrementAndGet();
            exchange.leave();
        });

        answered(exchange, model);

        assertThat(said).as("the first event of each").hasValue(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/embeddings", "/api/embed", "/embedding", "/v1/rerank"})
    void vectorsAndRankingsStopAfterThePortionThatIsMade(String path) {
        String text = "a text of which three make a portion ".repeat(70);
        String texts = new JsonMapper()
                .writeValueAsString(IntStream.range(0, 30).mapToObj(i -> text).toList());
        String body = path.equals("/v1/rerank")
                ? "{\"model\": \"m\", \"query\": \"which\", \"documents\": %s}".formatted(texts)
                : "{\"model\": \"m\", \"input\": %s}".formatted(texts);
        RecordedExchange stays = new RecordedExchange("POST", path, body);
        AtomicInteger portions = new AtomicInteger();
        answered(stays, talkative().first(portions::incrementAndGet));
        assertThat(stays.status()).isEqualTo(200);
        assertThat(portions).hasValue(10);

        RecordedExchange leaves = new RecordedExchange("POST", path, body);
        portions.set(0);
        ScriptedModel model = talkative().first(() -> {
            if (portions.incrementAndGet() == 2) {
                leaves.leave();
            }
        });
        answered(leaves, model);

        assertThat(portions).hasValue(2);
        assertThat(leaves.used()).as("what was not made is not counted").isEmpty();
        assertThat(model.open()).isZero();
    }

    @Test
    void anAnswerInTheBackgroundGoesOn() throws InterruptedException {
        ScriptedModel model = talkative();
        RecordedExchange exchange = new RecordedExchange(
                "POST", "/v1/responses", "{\"model\": \"m\", \"input\": \"Hi\", \"background\": true}");
        AtomicInteger said = new AtomicInteger();
        CountDownLatch ended = new CountDownLatch(1);
        model.heard(event -> {
            exchange.leave();
            said.incrementAndGet();
        });
        model.last(ended::countDown);

        answered(exchange, model);

        assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(said).hasValue(100);
    }

    @Test
    void whatIsWrittenInTheBackgroundIsLoggedAndMeasuredWhenItIsDone() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        ScriptedModel model = talkative();
        model.first(() -> {
            try {
                assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        try (RunningServer running = new RunningServer(
                ServerSettings.local(0), Access.local(), List.of(new OpenAiApi(model, ResponseStore.inMemory())))) {
            String answer = running.post(
                            "/v1/responses",
                            "{\"model\": \"m\", \"input\": \"Hi\", \"background\": true}",
                            "x-request-id",
                            "mine")
                    .body();
            running.awaitLog(1);
            assertThat(answer).contains("\"status\":\"queued\"");
            assertThat(running.log.getFirst()).contains("\"id\":\"mine\"").doesNotContain("tokens");
            asked.countDown();
            running.awaitLog(2);

            assertThat(running.log.get(1))
                    .contains(
                            "\"id\":\"mine\"",
                            "\"kind\":\"background\"",
                            "\"path\":\"/v1/responses\"",
                            "\"status\":200",
                            "\"principal\":\"local\"",
                            "\"model\":\"m\"",
                            "\"prompt_tokens\":7",
                            "\"answer_tokens\":97");
            RunningServer.await(() -> running.get("/metrics").body().contains("ayni_unattended_seconds_count"));
            assertThat(running.get("/metrics").body())
                    .contains("ayni_tokens_answer_total{model=\"m\"} 97.0")
                    .contains("ayni_unattended_seconds_count{kind=\"background\",status=\"200\"} 1")
                    .contains(
                            "ayni_http_requests_seconds_count{method=\"POST\",route=\"/v1/responses\",status=\"200\"} 1");

            model.first(() -> {
                throw new IllegalArgumentException("No such thing.");
            });
            running.post("/v1/responses", "{\"model\": \"m\", \"input\": \"Hi\", \"background\": true}");
            running.post("/v1/responses", "{\"model\": \"m\", \"input\": [], \"background\": true}");
            RunningServer.await(
                    () -> running.log.stream().anyMatch(line -> line.contains("\"error\":\"invalid_value\"")));
            assertThat(running.log.stream().filter(line -> line.contains("background")))
                    .as("what was refused at once was never in the background")
                    .hasSize(2);
        }
    }

    @Test
    void overARealConnectionWhoeverWaitsForAWholeAnswerIsMissed() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        AtomicInteger said = new AtomicInteger();
        ScriptedModel model = talkative();
        model.heard(event -> {
            try {
                assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            said.incrementAndGet();
        });
        try (RunningServer running =
                new RunningServer(ServerSettings.local(0), Access.local(), List.of(new AnthropicApi(model)))) {
            running.askAndLeave("/v1/messages", "{" + body("/v1/messages") + "}");
            left.countDown();
            running.awaitLog(1);

            assertThat(running.log.getFirst()).contains("\"status\":499");
            assertThat(said).hasValueLessThan(100);

            String body = "{" + body("/v1/messages") + "}";
            try (Socket socket = running.socket()) {
                socket.getOutputStream()
                        .write("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(body.length(), body)
                                .getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
                assertThat(RunningServer.read(socket))
                        .as("what was said until then calls itself no answer")
                        .startsWith("HTTP/1.1 499")
                        .contains("Keep it open")
                        .doesNotContain("word");
            }
        }
    }
}
