package dev.ayni.server;

import dev.ayni.chat.Usage;
import dev.ayni.server.access.Access;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.EventStream;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import dev.ayni.server.traces.Traces;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A server on this machine whose protocol has one route for each thing that a handler may do, and a client for it. */
final class RunningServer implements AutoCloseable {
    final Server server;
    final List<String> log = new CopyOnWriteArrayList<>();
    /** Opened by whoever wants the handlers of {@code /v1/stream} and {@code /v1/whole} to go on. */
    final CountDownLatch gate = new CountDownLatch(1);
    /** What a handler that ran into a reader's leaving has to say. */
    final CompletableFuture<String> noticed = new CompletableFuture<>();

    private final HttpClient client = HttpClient.newHttpClient();

    RunningServer(ServerSettings settings, Access access) {
        this(settings, access, List.of());
    }

    /** @param first APIs that stand before the one of this class */
    RunningServer(ServerSettings settings, Access access, List<Api> first) {
        this(settings, access, first, Traces.NONE);
    }

    RunningServer(ServerSettings settings, Access access, List<Api> first, Traces traces) {
        this(settings, access, first, true, traces);
    }

    private RunningServer(ServerSettings settings, Access access, List<Api> first, boolean everything, Traces traces) {
        List<Api> apis = new ArrayList<>(first);
        if (everything) {
            apis.add(new EverythingApi());
        }
        this.server = Server.start(settings, access, new NoModels(), apis, List::of, traces, log::add);
    }

    /** A server of these APIs alone. */
    static RunningServer of(ServerSettings settings, Access access, List<Api> apis) {
        return new RunningServer(settings, access, apis, false, Traces.NONE);
    }

    RunningServer() {
        this(ServerSettings.local(0), Access.local());
    }

    private final class EverythingApi implements Api {
        @Override
        public String name() {
            return "everything";
        }

        @Override
        public List<Route> routes() {
            return List.of(
                    Route.of("POST", "/v1/text", "Gives the text back.", Described.NOTHING, exchange -> {
                        JsonFields fields = JsonFields.of(exchange.body());
                        String text = fields.text("text");
                        long times = fields.whole("times", 1, 1000, 1);
                        fields.objects("nested");
                        fields.end();
                        exchange.used("tiny", new Usage(3, 1, 5, 100, 2_000_000, 8_000_000));
                        exchange.json(Map.of("text", text.repeat((int) times)));
                    }),
                    Route.of("POST", "/v1/stream", "Gives numbers one by one.", Described.NOTHING, this::stream),
                    Route.of("POST", "/v1/whole", "Works for long and answers whole.", Described.NOTHING, this::whole),
                    Route.of("POST", "/v1/files", "Takes files.", Described.NOTHING, RunningServer::files),
                    Route.of("GET", "/v1/things/{name...}", "Gives a name back.", Described.NOTHING, exchange -> {
                        exchange.json(Map.of("name", exchange.pathValue("name")));
                    }),
                    Route.of("GET", "/v1/mistake", "Fails.", Described.NOTHING, exchange -> {
                        throw new NullPointerException("the inside of the server");
                    }));
        }

        private void stream(Exchange exchange) {
            exchange.body();
            EventStream stream = exchange.stream("text/event-stream");
            stream.data("0");
            await(gate);
            try {
                for (int i = 1; i < 10_000; i++) {
                    stream.data(String.valueOf(i));
                }
            } catch (ReaderLeft e) {
                noticed.complete("the stream's reader has left");
                throw e;
            }
        }

        private void whole(Exchange exchange) {
            exchange.body();
            long until = System.nanoTime() + 20_000_000_000L;
            while (gate.getCount() > 0 && System.nanoTime() < until) {
                if (exchange.left()) {
                    noticed.complete("whoever waited has left");
                    return;
                }
                Thread.onSpinWait();
            }
            exchange.json(Map.of("whole", true));
        }

        @Override
        public ErrorShape errors() {
            return StatusApi::body;
        }
    }

    private static void files(Exchange exchange) {
        StringBuilder seen = new StringBuilder();
        for (Exchange.Part part : exchange.parts()) {
            try (InputStream content = part.content()) {
                seen.append("%s %s %d;".formatted(part.name(), part.fileName(), content.readAllBytes().length));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        exchange.json(Map.of("seen", seen.toString()));
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody opened the gate");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    URI at(String path) {
        return URI.create(server.address() + path);
    }

    HttpResponse<String> get(String path, String... headers) {
        return send(request(path, headers).GET().build());
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        return send(request(path, headers)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(at(path)).version(HttpClient.Version.HTTP_1_1);
        return headers.length == 0 ? request : request.headers(headers);
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    CompletableFuture<HttpResponse<String>> later(String path, String body) {
        return client.sendAsync(
                request(path).POST(HttpRequest.BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    /** A connection on which bytes are written as they are. */
    Socket socket() {
        try {
            Socket socket = new Socket("127.0.0.1", server.address().getPort());
            socket.setSoTimeout(20_000);
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks something without a body to speak of, and closes the connection when the server is at it. */
    void askAndLeave(String path) {
        askAndLeave(path, "{}");
    }

    /** The same with a body, in ASCII. */
    void askAndLeave(String path, String body) {
        try (Socket socket = socket()) {
            socket.getOutputStream()
                    .write("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(path, body.length(), body)
                            .getBytes(StandardCharsets.UTF_8));
            await(() -> server.underWay() == 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the log has so many lines. */
    void awaitLog(int lines) {
        await(() -> log.size() >= lines);
    }

    /** Waits until something is so, for twenty seconds at most. */
    static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("It did not come true in twenty seconds.");
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    /** Sends bytes as they are, and gives what comes back until the server closes or falls silent. */
    String raw(byte[] bytes, int silenceMillis) {
        try (Socket socket = socket()) {
            socket.setSoTimeout(silenceMillis);
            try {
                socket.getOutputStream().write(bytes);
                socket.getOutputStream().flush();
            } catch (IOException e) {
                // the server has had enough of it, and may have said why
            }
            return read(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Socket socket) {
        StringBuilder text = new StringBuilder();
        byte[] buffer = new byte[4096];
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                text.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            return text.toString(); // silence, or an end without ceremony
        }
        return text.toString();
    }

    @Override
    public void close() {
        gate.countDown();
        server.close();
        client.close();
    }
}
