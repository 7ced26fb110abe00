package dev.ayni.server.jobs;

import dev.ayni.chat.Usage;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.server.Answered;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.KeyedAccess.Used;
import dev.ayni.server.http.Afterwards;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.EventStream;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.http.Route;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** Runs requests of batches by the handlers of a server's protocols, without a network. */
public final class HandlerRunner implements RequestRunner {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerRunner.class);
    private static final JsonMapper MAPPER = new JsonMapper();

    private final List<Api> apis;
    private final Answered.Listener listener;

    /**
     * @param apis that know the paths of batches; the first that does answers
     * @param listener is told of every request that is answered; not of those that are to be sent again
     */
    public HandlerRunner(List<Api> apis, Answered.Listener listener) {
        this.apis = List.copyOf(apis);
        this.listener = listener;
    }

    @Override
    public Answer run(Caller caller, String id, String path, byte[] body) {
        for (Api api : apis) {
            for (Route route : api.routes()) {
                if (route.method().equals("POST") && route.path().equals(path)) {
                    Quiet exchange = new Quiet(caller, id, path, body);
                    Answer answer = run(route, api.errors(), exchange);
                    if (!answer.later()) {
                        listener.answered(exchange.over(answer));
                    }
                    return answer;
                }
            }
        }
        return new Answer(
                404,
                MAPPER.writeValueAsString(Map.of(
                        "error", Map.of("code", "not_found", "message", "There is nothing at %s.".formatted(path)))),
                0,
                List.of());
    }

    private static Answer run(Route route, ErrorShape errors, Quiet exchange) {
        try {
            route.handler().handle(exchange);
            return exchange.answer();
        } catch (ReaderLeft e) {
            return new Answer(503, "", 0, exchange.used()); // the server ends
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            ApiException error = Failures.of(e);
            exchange.error = error.code();
            if (error.status() >= 500 && !(e instanceof ApiException)) {
                LOG.error("request {}: {} failed", exchange.id(), exchange.path(), e);
            }
            return new Answer(
                    error.status(),
                    errors.body(error, exchange.id()),
                    seconds(error.headers().get("Retry-After")),
                    exchange.used());
        }
    }

    private static long seconds(@Nullable String retryAfter) {
        return retryAfter != null && retryAfter.matches("[0-9]{1,6}") ? Long.parseLong(retryAfter) : 0;
    }

    /** A request to which nobody listens while it is answered. */
    private static final class Quiet implements Exchange {
        private final Caller caller;
        private final String id;
        private final String path;
        private final byte[] body;
        private final Queue<Used> used = new ConcurrentLinkedQueue<>();
        private final Queue<Answered.Decided> decided = new ConcurrentLinkedQueue<>();
        private final Instant since = Instant.now();
        private final long started = System.nanoTime();
        private int status;
        private String answer = "";
        private String error = "";

        Quiet(Caller caller, String id, String path, byte[] body) {
            this.caller = caller;
            this.id = id;
            this.path = path;
            this.body = body;
        }

        Answer answer() {
            if (status == 0) {
                throw new IllegalStateException("the handler of %s answered nothing".formatted(path));
            }
            return new Answer(status, answer, 0, used());
        }

        Answered over(Answer told) {
            return new Answered(
                    id,
                    Answered.Kind.BATCH,
                    "",
                    since,
                    method(),
                    path,
                    path,
                    caller.principal(),
                    caller.keyId(),
                    told.status(),
                    error,
                    System.nanoTime() - started,
                    -1,
                    body.length,
                    told.body().length(),
                    used().stream()
                            .map(one -> new Answered.Use(one.model(), one.usage()))
                            .toList(),
                    List.copyOf(decided),
                    null,
                    null);
        }

        List<Used> used() {
            return List.copyOf(used);
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public @Nullable String header(String name) {
            return name.equalsIgnoreCase("Content-Type") ? "application/json" : null;
        }

        @Override
        public @Nullable String query(String name) {
            return null;
        }

        @Override
        public String pathValue(String name) {
            throw new IllegalArgumentException("the path %s has no {%s}".formatted(path, name));
        }

        @Override
        public byte[] body() {
            return body;
        }

        @Override
        public List<Part> parts() {
            return List.of();
        }

        @Override
        public Caller caller() {
            return caller;
        }

        @Override
        public void header(String name, String value) {
            // a batch keeps no headers
        }

        @Override
        public void answer(int code, String contentType, byte[] bytes) {
            status = code;
            answer = new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public void json(Object value) {
            status = 200;
            answer = value instanceof String text ? text : MAPPER.writeValueAsString(value);
        }

        @Override
        public EventStream stream(String contentType) {
            throw ApiException.invalid("stream", "A batch's answers are sent whole. Leave 'stream' out.");
        }

        @Override
        public boolean begun() {
            return status != 0;
        }

        @Override
        public Afterwards afterwards() {
            throw ApiException.invalid(
                    "background", "A batch's answers are waited for already. Leave 'background' out.");
        }

        @Override
        public void decided(Stage stage, Verdict verdict) {
            decided.add(new Answered.Decided(stage, verdict));
        }

        @Override
        public boolean left() {
            return Thread.currentThread().isInterrupted(); // the server ends
        }

        @Override
        public void used(String model, Usage usage) {
            used.add(new Used(model, usage));
        }
    }
}
