package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.google.protobuf.ByteString;
import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Usage;
import dev.ayni.server.access.Access;
import dev.ayni.server.models.ScriptedModel;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import dev.ayni.server.traces.OtlpTraces;
import dev.ayni.server.traces.Traces;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class TracesTest {
    private static final String SECRET = "my secret wish";
    private static final String CHAT = """
            {"model": "tiny", "messages": [{"role": "user", "content": "my secret wish"}],
             "temperature": 0.5, "top_p": 0.9, "max_tokens": 20, "seed": 7}""";
    private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private TraceReceiver receiver;

    @BeforeEach
    void listen() throws IOException {
        receiver = new TraceReceiver();
    }

    @AfterEach
    void stopListening() {
        receiver.close();
    }

    private static ScriptedModel model() {
        return new ScriptedModel(
                "tiny",
                new ChatEvent.Working(),
                new ChatEvent.Text("granted"),
                new ChatEvent.Finished(Reason.END, new Usage(7, 3, 5, 100, 20_000_000, 50_000_000, 4_000_000)));
    }

    /** Starts a server for the model, does something, and stops it; by then all is sent. */
    private void traced(Map<String, String> environment, ScriptedModel model, Asking asking) {
        Map<String, String> variables = new HashMap<>(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.address()));
        variables.putAll(environment);
        try (Traces traces = OtlpTraces.of(variables, "");
                RunningServer running = new RunningServer(
                        ServerSettings.local(0),
                        Access.local(),
                        List.of(new OpenAiApi(traces.around(model), ResponseStore.inMemory())),
                        traces)) {
            asking.ask(running);
        }
    }

    private interface Asking {
        void ask(RunningServer running);
    }

    @Test
    void aModelsAnswerIsAPartOfItsRequestWhichIsAPartOfItsCallersTrace() {
        traced(Map.of(), model(), running -> {
            assertThat(running.post("/v1/chat/completions", CHAT, "traceparent", CALLER, "x-request-id", "mine")
                            .statusCode())
                    .isEqualTo(200);
        });

        Span request = receiver.span("POST /v1/chat/completions");
        assertThat(hex(request.getTraceId())).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(hex(request.getParentSpanId())).isEqualTo("b7ad6b7169203331");
        assertThat(request.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(TraceReceiver.values(request))
                .contains(
                        entry("http.request.method", "POST"),
                        entry("http.route", "/v1/chat/completions"),
                        entry("http.response.status_code", 200L),
                        entry("url.path", "/v1/chat/completions"),
                        entry("url.scheme", "http"),
                        entry("ayni.request.id", "mine"))
                .doesNotContainKey("error.type");

        Span answer = receiver.span("chat tiny");
        assertThat(answer.getTraceId()).isEqualTo(request.getTraceId());
        assertThat(answer.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(answer.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_INTERNAL);
        assertThat(TraceReceiver.values(answer))
                .contains(
                        entry("gen_ai.operation.name", "chat"),
                        entry("gen_ai.provider.name", "ayni"),
                        entry("gen_ai.request.model", "tiny"),
                        entry("gen_ai.response.model", "tiny"),
                        entry("gen_ai.request.temperature", 0.5),
                        entry("gen_ai.request.top_p", 0.9),
                        entry("gen_ai.request.max_tokens", 20L),
                        entry("gen_ai.request.seed", 7L),
                        entry("gen_ai.output.type", "text"),
                        entry("gen_ai.response.finish_reasons", List.of("stop")),
                        entry("gen_ai.usage.input_tokens", 7L),
                        entry("gen_ai.usage.cache_read.input_tokens", 3L),
                        entry("gen_ai.usage.output_tokens", 5L),
                        entry("gen_ai.latency.time_in_queue", 0.004))
                .doesNotContainKey("gen_ai.request.choice.count");
        assertThat((Double) TraceReceiver.values(answer).get("gen_ai.response.time_to_first_chunk"))
                .isBetween(0.0, (answer.getEndTimeUnixNano() - answer.getStartTimeUnixNano()) / 1e9);
    }

    @Test
    void whatIsWrittenInTheBackgroundIsAPartOfTheRequestThatAskedForIt() {
        traced(Map.of(), model(), running -> {
            running.post("/v1/responses", "{\"model\": \"tiny\", \"input\": \"Hi\", \"background\": true}");
            running.awaitLog(2);
        });

        Span request = receiver.span("POST /v1/responses");
        Span answer = receiver.span("chat tiny");
        assertThat(answer.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(TraceReceiver.values(answer)).contains(entry("gen_ai.usage.output_tokens", 5L));
    }

    @Test
    void theServiceIsCalledAyni() {
        traced(Map.of(), model(), running -> running.post("/v1/chat/completions", CHAT));

        assertThat(receiver.resource()).containsEntry("service.name", "ayni");
    }

    @Test
    void anotherNameOfTheServiceIsTakenFromTheEnvironment() {
        traced(
                Map.of("OTEL_SERVICE_NAME", "answers", "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
                model(),
                running -> running.post("/v1/chat/completions", CHAT));

        assertThat(receiver.resource())
                .containsEntry("service.name", "answers")
                .containsEntry("deployment.environment", "test");
    }

    @Test
    void severalAnswersToOneQuestionAreOneSpan() {
        traced(Map.of(), model(), running -> running.post("/v1/chat/completions", """
                {"model": "tiny", "n": 3, "messages": [{"role": "user", "content": "Hi"}],
                 "response_format": {"type": "json_object"}}"""));

        assertThat(TraceReceiver.values(receiver.span("chat tiny")))
                .contains(
                        entry("gen_ai.request.choice.count", 3L),
                        entry("gen_ai.output.type", "json"),
                        entry("gen_ai.response.finish_reasons", List.of("stop", "stop", "stop")),
                        entry("gen_ai.usage.input_tokens", 7L),
                        entry("gen_ai.usage.output_tokens", 15L));
    }

    @Test
    void textsVectorsAndRankingsAreTracedAsWell() {
        traced(Map.of(), model(), running -> {
            running.post("/v1/completions", "{\"model\": \"tiny\", \"prompt\": [\"one\", \"two\"]}");
            running.post("/v1/embeddings", "{\"model\": \"tiny\", \"input\": [\"a\", \"bcd\"]}");
            running.post("/v1/rerank", "{\"model\": \"tiny\", \"query\": \"which\", \"documents\": [\"a\", \"b\"]}");
        });

        // two prompts of one request, answered side by side in threads of their own
        Span request = receiver.span("POST /v1/completions");
        assertThat(receiver.spans().stream()
                        .filter(span -> span.getName().equals("text_completion tiny"))
                        .map(Span::getParentSpanId))
                .containsExactly(request.getSpanId(), request.getSpanId());
        assertThat(TraceReceiver.values(receiver.span("embeddings tiny")))
                .contains(
                        entry("gen_ai.operation.name", "embeddings"),
                        entry("gen_ai.embeddings.dimension.count", 2L),
                        entry("gen_ai.usage.input_tokens", 4L));
        assertThat(TraceReceiver.values(receiver.span("rerank tiny"))).contains(entry("gen_ai.usage.input_tokens", 5L));
    }

    @Test
    void whatGoesWrongIsToldByItsWord() {
        ScriptedModel busy = model().first(() -> {
            throw new OverloadedException("Too many wait, and you asked for " + SECRET, 1000);
        });
        traced(Map.of(), busy, running -> {
            assertThat(running.post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(429);
            running.get("/v1/mistake");
            running.get("/v1/nothing");
        });

        Span answer = receiver.span("chat tiny");
        assertThat(TraceReceiver.values(answer)).contains(entry("error.type", "overloaded"));
        assertThat(answer.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        Span refused = receiver.span("POST /v1/chat/completions");
        assertThat(TraceReceiver.values(refused))
                .contains(entry("error.type", "overloaded"), entry("http.response.status_code", 429L));
        assertThat(refused.getStatus().getCode())
                .as("a client's mistake is no error of the server")
                .isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
        Span failed = receiver.span("GET /v1/mistake");
        assertThat(TraceReceiver.values(failed)).contains(entry("error.type", "server_error"));
        assertThat(failed.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(TraceReceiver.values(receiver.span("GET"))).contains(entry("error.type", "not_found"));
        assertThat(receiver.spans().toString()).doesNotContain("secret", "inside of the server");
    }

    @Test
    void whatIsAskedAndAnsweredIsToldOnlyWhereItIsWanted() {
        traced(Map.of(), model(), running -> running.post("/v1/chat/completions", CHAT));
        assertThat(receiver.spans()).hasSize(2);
        assertThat(receiver.spans().toString()).doesNotContain(SECRET, "granted");
    }

    @Test
    void whatIsAskedAndAnsweredIsToldAsMessages() {
        traced(
                Map.of("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"),
                model(),
                running -> running.post("/v1/chat/completions", CHAT));

        Map<String, Object> told = TraceReceiver.values(receiver.span("chat tiny"));
        assertThat(told.get("gen_ai.input.messages"))
                .isEqualTo("[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"my secret wish\"}]}]");
        assertThat(told.get("gen_ai.output.messages"))
                .isEqualTo(
                        "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"granted\"}],\"finish_reason\":\"stop\"}]");
    }

    @Test
    void theLogNamesTheTrace() {
        traced(Map.of(), model(), running -> {
            running.post("/v1/chat/completions", CHAT, "traceparent", CALLER);
            running.awaitLog(1);
            assertThat(new JsonMapper()
                            .readTree(running.log.getFirst())
                            .get("trace")
                            .stringValue())
                    .isEqualTo("0af7651916cd43dd8448eb211c80319c");
        });
    }

    @Test
    void whatTheServerSaysOfItselfIsNotTraced() {
        traced(Map.of(), model(), running -> {
            for (String path : List.of("/health", "/ready", "/metrics", "/openapi.json", "/v1/models")) {
                running.get(path);
            }
        });

        assertThat(receiver.spans().stream().map(Span::getName)).containsExactly("GET /v1/models");
    }

    @Test
    void aClientWhoLeavesIsTold() {
        traced(Map.of(), model(), running -> {
            running.askAndLeave("/v1/whole");
            try {
                assertThat(running.noticed.get(10, TimeUnit.SECONDS)).contains("left");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            running.awaitLog(1);
        });

        assertThat(TraceReceiver.values(receiver.span("POST /v1/whole")))
                .contains(entry("error.type", "client_left"), entry("http.response.status_code", 499L));
    }

    @Test
    void aSamplerOfTheEnvironmentIsHeeded() {
        traced(Map.of("OTEL_TRACES_SAMPLER", "always_off"), model(), running -> {
            running.post("/v1/chat/completions", CHAT);
        });

        assertThat(receiver.spans()).isEmpty();
    }

    @Test
    void anAddressThatIsGivenGoesBeforeTheEnvironments() throws IOException {
        Map<String, String> environment =
                Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", receiver.address() + "/v1/traces");
        try (TraceReceiver other = new TraceReceiver()) {
            try (Traces traces = OtlpTraces.of(environment, other.address());
                    RunningServer running =
                            new RunningServer(ServerSettings.local(0), Access.local(), List.of(), traces)) {
                assertThat(traces).hasToString(other.address() + "/v1/traces");
                running.post("/v1/text", "{\"text\": \"Hi\"}");
            }
            assertThat(other.spans()).hasSize(1);
            assertThat(receiver.spans()).isEmpty();
        }
    }

    @Test
    void aCollectorThatIsNotThereHoldsNobodyUp() throws IOException {
        String nowhere = receiver.address();
        receiver.close();
        long start = System.nanoTime();
        traced(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", nowhere), model(), running -> {
            assertThat(running.post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(200);
        });
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(15));
        receiver = new TraceReceiver();
    }

    @Test
    void nothingIsSentUnlessTheEnvironmentOrAnAddressSaysSo() {
        assertThat(OtlpTraces.of(Map.of(), "")).isSameAs(Traces.NONE);
        assertThat(OtlpTraces.of(Map.of("OTEL_SERVICE_NAME", "ayni", "OTEL_TRACES_SAMPLER", "always_on"), ""))
                .isSameAs(Traces.NONE);
        assertThat(OtlpTraces.of(Map.of("OTEL_SDK_DISABLED", "true"), "http://localhost:4318"))
                .isSameAs(Traces.NONE);
        assertThat(OtlpTraces.of(
                        Map.of("OTEL_TRACES_EXPORTER", "none", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
                        ""))
                .isSameAs(Traces.NONE);
        try (Traces traces = OtlpTraces.of(Map.of("OTEL_TRACES_EXPORTER", "otlp"), "")) {
            assertThat(traces).hasToString("http://localhost:4318/v1/traces");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_TRACES_EXPORTER, zipkin, sent by otlp only",
        "OTEL_EXPORTER_OTLP_PROTOCOL, grpc, http/protobuf alone",
        "OTEL_TRACES_SAMPLER, sometimes, sometimes",
        "OTEL_EXPORTER_OTLP_ENDPOINT, localhost:4318, localhost:4318"
    })
    void whatCannotBeDoneIsSaidAtTheStart(String variable, String value, String told) {
        Map<String, String> environment = new HashMap<>(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"));
        environment.put(variable, value);

        assertThatThrownBy(() -> OtlpTraces.of(environment, ""))
                .isInstanceOf(ServerException.class)
                .hasMessageContaining(told)
                .hasMessageContaining("OTEL_");
    }

    private static String hex(ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }
}
