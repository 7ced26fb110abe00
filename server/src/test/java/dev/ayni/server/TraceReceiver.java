package dev.ayni.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes in traces as an OpenTelemetry collector does: OTLP over HTTP, in protobuf. */
final class TraceReceiver implements AutoCloseable {
    private final List<ResourceSpans> taken = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    TraceReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean protobuf =
                    "application/x-protobuf".equals(exchange.getRequestHeaders().getFirst("Content-Type"));
            if (protobuf) {
                taken.addAll(ExportTraceServiceRequest.parseFrom(exchange.getRequestBody())
                        .getResourceSpansList());
            }
            exchange.sendResponseHeaders(protobuf ? 200 : 415, -1);
        }
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What is told of the program that sends. */
    Map<String, Object> resource() {
        return values(taken.getFirst().getResource().getAttributesList());
    }

    List<Span> spans() {
        List<Span> spans = new ArrayList<>();
        for (ResourceSpans part : taken) {
            for (ScopeSpans scope : part.getScopeSpansList()) {
                spans.addAll(scope.getSpansList());
            }
        }
        return spans;
    }

    /** The one span of that name. */
    Span span(String name) {
        List<Span> named =
                spans().stream().filter(span -> span.getName().equals(name)).toList();
        if (named.size() != 1) {
            throw new AssertionError("There are %d spans '%s' among %s."
                    .formatted(
                            named.size(),
                            name,
                            spans().stream().map(Span::getName).toList()));
        }
        return named.getFirst();
    }

    /** What a span tells: strings, longs, doubles, booleans, and lists of them. */
    static Map<String, Object> values(Span span) {
        return values(span.getAttributesList());
    }

    private static Map<String, Object> values(List<KeyValue> attributes) {
        Map<String, Object> values = new TreeMap<>();
        attributes.forEach(attribute -> values.put(attribute.getKey(), value(attribute.getValue())));
        return values;
    }

    private static Object value(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> value.getBoolValue();
            case INT_VALUE -> value.getIntValue();
            case DOUBLE_VALUE -> value.getDoubleValue();
            case ARRAY_VALUE ->
                value.getArrayValue().getValuesList().stream()
                        .map(TraceReceiver::value)
                        .toList();
            default -> throw new AssertionError("A span tells " + value);
        };
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
