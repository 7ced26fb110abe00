package dev.ayni.server.traces;

import dev.ayni.server.ServerException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.models.ModelPool;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Traces that are sent by OTLP over HTTP to whoever gathers them, as OpenTelemetry's standard variables of the environment
 * say: {@code OTEL_EXPORTER_OTLP_ENDPOINT}, {@code OTEL_SERVICE_NAME}, {@code OTEL_TRACES_SAMPLER} and all others.
 */
public final class OtlpTraces implements Traces {
    private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private static final String EXPORTER = "OTEL_TRACES_EXPORTER";
    private static final String CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
    private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");
    private static final TextMapGetter<Exchange> HEADERS = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Exchange exchange) {
            return List.of("traceparent", "tracestate", "baggage");
        }

        @Override
        public @Nullable String get(@Nullable Exchange exchange, String key) {
            return exchange == null ? null : exchange.header(key);
        }
    };

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;
    private final String where;
    private final boolean content;
    private final AtomicBoolean closed = new AtomicBoolean();

    private OtlpTraces(OpenTelemetrySdk sdk, String where, boolean content) {
        this.sdk = sdk;
        this.tracer = sdk.getTracer("dev.ayni.server");
        this.where = where;
        this.content = content;
    }

    /**
     * What the environment asks for: {@link Traces#NONE}, unless it or the address says where traces go.
     *
     * @param environment the variables of this process
     * @param address of a collector, such as {@code http://localhost:4318}, before that of the environment; empty: none
     * @throws ServerException if it asks for what cannot be done; the letter names the variable
     */
    public static Traces of(Map<String, String> environment, String address) {
        String exporter = environment.getOrDefault(EXPORTER, "").strip();
        boolean named = !address.isEmpty() || isSet(environment, ENDPOINT) || isSet(environment, TRACES_ENDPOINT);
        boolean off =
                environment.getOrDefault("OTEL_SDK_DISABLED", "").equalsIgnoreCase("true") || exporter.equals("none");
        if (off || !named && exporter.isEmpty()) {
            return NONE;
        }
        if (!exporter.isEmpty() && !exporter.equals("otlp")) {
            throw new ServerException("%s is '%s', and traces are sent by otlp only. Set it to otlp, or to none."
                    .formatted(EXPORTER, exporter));
        }
        for (String name : List.of("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")) {
            String protocol = environment.getOrDefault(name, "");
            if (!protocol.isEmpty() && !protocol.equals("http/protobuf")) {
                throw new ServerException(
                        "%s is '%s', and http/protobuf alone is spoken here. Leave it out, and name the collector's port for HTTP, usually 4318."
                                .formatted(name, protocol));
            }
        }
        return started(environment, address);
    }

    private static boolean isSet(Map<String, String> environment, String name) {
        return !environment.getOrDefault(name, "").isBlank();
    }

    private static Traces started(Map<String, String> environment, String address) {
        Map<String, String> settings = new HashMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith("OTEL_")) {
                settings.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        String where = where(environment, address);
        settings.put("otel.exporter.otlp.traces.endpoint", where);
        settings.put("otel.exporter.otlp.protocol", "http/protobuf");
        settings.put("otel.traces.exporter", "otlp");
        settings.put("otel.metrics.exporter", "none");
        settings.put("otel.logs.exporter", "none");
        try {
            OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                    .disableShutdownHook()
                    .addPropertiesCustomizer(ignored -> settings)
                    .addResourceCustomizer((resource, ignored) -> named(resource))
                    .build()
                    .getOpenTelemetrySdk();
            return new OtlpTraces(sdk, where, "true".equalsIgnoreCase(environment.get(CONTENT)));
        } catch (ConfigurationException | IllegalArgumentException e) {
            throw new ServerException(
                    "Traces cannot be sent as the variables OTEL_* say: %s. Mend the variable, or leave it out."
                            .formatted(e.getMessage()),
                    e);
        }
    }

    /** The name under which traces are found, unless the environment gave one. */
    private static Resource named(Resource resource) {
        String name = resource.getAttribute(SERVICE_NAME);
        return name == null || name.startsWith("unknown_service")
                ? resource.toBuilder().put(SERVICE_NAME, "ayni").build()
                : resource;
    }

    private static String where(Map<String, String> environment, String address) {
        if (address.isEmpty() && isSet(environment, TRACES_ENDPOINT)) {
            return environment.getOrDefault(TRACES_ENDPOINT, "");
        }
        String base = !address.isEmpty() ? address : environment.getOrDefault(ENDPOINT, "http://localhost:4318");
        return base + (base.endsWith("/") ? "" : "/") + "v1/traces";
    }

    /** Where they go, for whoever starts the server. */
    @Override
    public String toString() {
        return where + (content ? ", with what is asked and answered" : "");
    }

    @Override
    public RequestTrace begin(Exchange exchange, String scheme, String route) {
        Context parent = sdk.getPropagators().getTextMapPropagator().extract(Context.root(), exchange, HEADERS);
        String method = METHODS.contains(exchange.method()) ? exchange.method() : "_OTHER";
        SpanBuilder builder = tracer.spanBuilder(((method.equals("_OTHER") ? "HTTP" : method) + " " + route).strip())
                .setParent(parent)
                .setSpanKind(SpanKind.SERVER)
                .setAttribute(Names.METHOD, method)
                .setAttribute(Names.SCHEME, scheme)
                .setAttribute(Names.PATH, exchange.path())
                .setAttribute(Names.REQUEST_ID, exchange.id());
        String agent = exchange.header("user-agent");
        if (agent != null) {
            builder.setAttribute(Names.USER_AGENT, agent);
        }
        if (!route.isEmpty()) {
            builder.setAttribute(Names.ROUTE, route);
        }
        return new RequestSpan(builder.startSpan());
    }

    /** What OpenTelemetry is told of a request. */
    private record RequestSpan(Span span) implements RequestTrace {
        @Override
        public String id() {
            return span.getSpanContext().getTraceId();
        }

        @Override
        public <T> T within(Supplier<T> work) {
            try (Scope _ = span.makeCurrent()) {
                return work.get();
            }
        }

        @Override
        public void end(int status, String error) {
            span.setAttribute(Names.STATUS, (long) status);
            if (!error.isEmpty()) {
                span.setAttribute(Names.ERROR, error);
            }
            if (status >= 500) { // what a client did wrong is no error of the server
                span.setStatus(StatusCode.ERROR);
            }
            span.end();
        }
    }

    @Override
    public ModelPool around(ModelPool pool) {
        return new TracedModels(pool, tracer, content);
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        sdk.getSdkTracerProvider().shutdown().join(3, TimeUnit.SECONDS);
    }
}
