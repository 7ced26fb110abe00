package dev.ayni.server;

import dev.ayni.server.access.Role;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Route;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** What the server says of itself: whether it lives and can work, what can be asked for, and what was measured. */
final class StatusApi implements Api {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Route.Described TEXT = Route.Described.NOTHING;
    private static final Route.Described ANYTHING = new Route.Described("", "{\"type\": \"object\"}");
    private static final String STATUS =
            "{\"type\": \"object\", \"properties\": {\"status\": {\"type\": \"string\"}, \"waiting_for\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}}, \"required\": [\"status\"]}";

    private final Supplier<List<String>> missing;
    private final Supplier<String> description;
    private final Supplier<String> measurements;

    /**
     * What is said when it is asked for.
     *
     * @param missing what is waited for before requests can be answered, a few words each
     * @param description OpenAPI's
     * @param measurements as Prometheus reads them
     */
    StatusApi(Supplier<List<String>> missing, Supplier<String> description, Supplier<String> measurements) {
        this.missing = missing;
        this.description = description;
        this.measurements = measurements;
    }

    @Override
    public String name() {
        return "status";
    }

    @Override
    public List<Route> routes() {
        Route.Described status = new Route.Described("", STATUS);
        return List.of(
                new Route("GET", "/health", null, "Says that the server lives.", status, exchange -> {
                    exchange.json(Map.of("status", "ok"));
                }),
                new Route(
                        "GET",
                        "/ready",
                        null,
                        "Says whether the server can work; 503 if not yet.",
                        status,
                        exchange -> {
                            List<String> waiting = missing.get();
                            if (waiting.isEmpty()) {
                                exchange.json(Map.of("status", "ready"));
                            } else {
                                exchange.answer(
                                        503,
                                        "application/json",
                                        JSON.writeValueAsBytes(Map.of("status", "waiting", "waiting_for", waiting)));
                            }
                        }),
                new Route("GET", "/openapi.json", null, "Describes what can be asked for.", ANYTHING, exchange -> {
                    exchange.json(description.get());
                }),
                new Route(
                        "GET",
                        "/metrics",
                        Role.OPERATOR,
                        "Gives what was measured, for Prometheus.",
                        TEXT,
                        exchange -> {
                            exchange.answer(
                                    200,
                                    "text/plain; version=0.0.4; charset=utf-8",
                                    measurements.get().getBytes(StandardCharsets.UTF_8));
                        }));
    }

    @Override
    public ErrorShape errors() {
        return StatusApi::body;
    }

    /** An error for whoever speaks no protocol in particular. */
    static String body(ApiException error, String requestId) {
        return JSON.writeValueAsString(Map.of(
                "error",
                Map.of(
                        "message", String.valueOf(error.getMessage()),
                        "code", error.code(),
                        "request_id", requestId)));
    }
}
