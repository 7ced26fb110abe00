package dev.ayni.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A small web server for tests, which can be told to misbehave and remembers what it was asked. */
final class ModelServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Behaviour> paths = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    /** One request as it came. */
    record Asked(
            String path,
            @Nullable String range,
            @Nullable String ifRange,
            @Nullable String authorization) {}

    /** What happens when a path is asked for. */
    @FunctionalInterface
    interface Behaviour {
        void answer(HttpExchange exchange) throws IOException;
    }

    ModelServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        asked.add(new Asked(
                path,
                exchange.getRequestHeaders().getFirst("Range"),
                exchange.getRequestHeaders().getFirst("If-Range"),
                exchange.getRequestHeaders().getFirst("Authorization")));
        Behaviour behaviour = paths.get(path);
        try (exchange) {
            if (behaviour == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                behaviour.answer(exchange);
            }
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    List<Asked> asked() {
        return List.copyOf(asked);
    }

    List<Asked> asked(String path) {
        return asked.stream().filter(request -> request.path().equals(path)).toList();
    }

    ModelServer on(String path, Behaviour behaviour) {
        paths.put(path, behaviour);
        return this;
    }

    /** One behaviour for each request, the last for all that follow. */
    ModelServer on(String path, List<Behaviour> inTurn) {
        List<Behaviour> left = new ArrayList<>(inTurn);
        return on(path, exchange -> {
            Behaviour next;
            synchronized (left) {
                next = left.size() > 1 ? left.removeFirst() : left.getFirst();
            }
            next.answer(exchange);
        });
    }

    static Behaviour status(int status, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Behaviour text(String type, String text) {
        return exchange -> {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", type);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    /** A whole file with an ETag, or the rest of it to those who ask by Range for the same content. */
    static Behaviour file(byte[] bytes) {
        return file(bytes, Integer.MAX_VALUE);
    }

    /** The same, but the connection is lost after so many bytes of an answer. */
    static Behaviour file(byte[] bytes, int cutAfter) {
        return exchange -> {
            String etag = '"' + Digest.of(bytes).hex().substring(0, 20) + '"';
            String range = exchange.getRequestHeaders().getFirst("Range");
            String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
            exchange.getResponseHeaders().add("ETag", etag);
            int start = 0;
            if (range != null && (ifRange == null || ifRange.equals(etag))) {
                start = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
                if (start >= bytes.length) {
                    exchange.getResponseHeaders().add("Content-Range", "bytes */" + bytes.length);
                    exchange.sendResponseHeaders(416, -1);
                    return;
                }
                exchange.getResponseHeaders()
                        .add("Content-Range", "bytes %d-%d/%d".formatted(start, bytes.length - 1, bytes.length));
            }
            int length = bytes.length - start;
            exchange.sendResponseHeaders(start > 0 ? 206 : 200, length);
            OutputStream body = exchange.getResponseBody();
            body.write(bytes, start, Math.min(length, cutAfter));
            body.flush();
        };
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
